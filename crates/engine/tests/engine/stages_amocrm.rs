//! A night whose leads go through the stages of amoCRM: the card follows the visit, and people's word on it comes back.
//! The account is the strict double behind the real adapter.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nochnik_adapters::channels;
use nochnik_adapters::crm::{self, OpenContext};
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_adapters::ports::{Channel, Crm};
use nochnik_core::business::{ChannelEntry, CrmEntry, Document};
use nochnik_core::event::StaffAct;
use nochnik_core::values::Address;
use nochnik_doubles::amocrm::{BOOKED, CANCELLED, Double, LOST, PIPELINE, Settings, WON};
use nochnik_doubles::{Outcome, Request};
use nochnik_engine::clock::pause;
use nochnik_engine::{Clock, Engine, Keys, Opener, Setup, conversation_id};
use nochnik_store::{Store, bookings, businesses};
use serde_json::json;

const SALON: &str = "lotos";
const BASE: &str = "https://salon-demo.amocrm.ru";
/// Longer than the five minutes between two looks.
const A_LOOK: Duration = Duration::from_secs(400);

/// The account and the way to it.
#[derive(Clone)]
struct World {
    account: Double,
    clock: Clock,
}

#[async_trait]
impl Wire for World {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        let query: Vec<(String, String)> = call.url.query_pairs().into_owned().collect();
        let kind = call.content.iter().map(|(kind, _)| ("content-type".to_owned(), (*kind).to_owned()));
        let headers = call.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let headers: Vec<(String, String)> = headers.chain(kind).collect();
        let (method, path) = (call.method.as_str(), call.url.path());
        let request = Request { method, path, query: &query, headers: &headers, body: call.body() };
        match self.account.request(&request, self.clock.now_ms()) {
            Outcome::Answered(answer) | Outcome::Late { answer, .. } => {
                let body = if answer.body.is_null() { Vec::new() } else { answer.body.to_string().into_bytes() };
                Ok(Answer { status: answer.status, body, ..Answer::default() })
            }
            Outcome::Lost | Outcome::Hung => Err(Lost::Perhaps("cut".to_owned())),
        }
    }
}

struct Doors(World);

impl Opener for Doors {
    fn channel(&self, _: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        channels::open(entry, &channels::OpenContext::default()).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, entry: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        let context = OpenContext { wire: Some(Arc::new(self.0.clone())), ..OpenContext::default() };
        crm::open(Some(entry), &context).map_err(|problem| problem.to_string())
    }
}

struct Night {
    engine: Engine,
    account: Double,
    said: u32,
}

/// Wednesday 25 November 2026, 23:40 in Moscow.
async fn open() -> Night {
    let clock = Clock::starting_at("2026-11-25T20:40:00Z".parse().unwrap());
    // A request takes no virtual time: all of one put would fall into one second.
    let settings = Settings { per_s: None, ..Settings::default() };
    let stages = json!({ "booked": "Записан", "arrived": WON, "no_show": LOST, "cancelled": CANCELLED });
    let fields = [("base_url", json!(BASE)), ("token", json!(settings.token)), ("stages", stages)];
    let fields: BTreeMap<_, _> = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let demo: Document = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    let document = Document { crm: Some(CrmEntry { kind: "amocrm".to_owned(), fields }), ..demo };
    let json = serde_json::to_string(&document).unwrap();
    let store = Store::open_inline().unwrap();
    store.write(move |sql| businesses::put(sql, SALON, &json, 0)).await.unwrap();
    let account = Double::new(settings);
    let setup = Setup {
        store,
        opener: Box::new(Doors(World { account: account.clone(), clock })),
        keys: Keys::new(vec![7; 32]),
        clock,
        node: "one".to_owned(),
        public_url: String::new(),
        listens: true,
    };
    Night { engine: Engine::start(setup).await.unwrap(), account, said: 0 }
}

impl Night {
    async fn says(&mut self, text: &str) {
        self.said += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.said);
        let body = json!({ "id": id, "kind": "text", "text": text }).to_string();
        self.engine.chat(SALON, "widget", "olga", body.as_bytes()).await.unwrap();
        pause(Duration::from_secs(20)).await;
    }

    async fn booked() -> Self {
        let mut night = open().await;
        night.says("запишите на маникюр без покрытия завтра в 12, Ольга, 8 918 555 00 01").await;
        night.says("да").await;
        assert_eq!(night.visit().await.1, "confirmed");
        night
    }

    fn talk() -> String {
        let address = Address { channel: "widget".to_owned(), account: "widget".to_owned(), peer: "olga".to_owned() };
        conversation_id(SALON, &address).to_string()
    }

    /// The client's only visit and how it stands.
    async fn visit(&self) -> (String, &'static str) {
        let talk = Self::talk();
        let rows = self.engine.store.read(move |sql| bookings::of_conversation(sql, SALON, &talk)).await.unwrap();
        let row = rows.into_iter().next_back().unwrap();
        (row.id, row.status.word())
    }

    /// The stage of the only lead.
    fn stage(&self) -> i64 {
        let leads = self.account.leads();
        assert_eq!(leads.len(), 1);
        leads[0].fields["status_id"].as_i64().unwrap()
    }

    fn people_move(&self, stage: i64) {
        let (lead, body) = (self.account.leads()[0].id, json!({ "status_id": stage, "pipeline_id": PIPELINE }));
        self.account.people("PATCH", &format!("leads/{lead}"), &body, self.engine.clock.now_ms());
    }

    async fn came(&self) {
        let act = StaffAct::Came { booking: self.visit().await.0, has_come: true };
        self.engine.staff(SALON, &Self::talk(), "marina", act, "came").await.unwrap();
        pause(Duration::from_secs(20)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_lead_follows_the_visit_to_its_end() {
    let night = Night::booked().await;
    assert_eq!(night.stage(), BOOKED);
    pause(Duration::from_secs(14 * 3_600)).await;
    night.came().await;
    assert_eq!(night.stage(), WON);
    night.account.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn a_lead_that_people_have_moved_is_left_to_them() {
    let night = Night::booked().await;
    night.people_move(CANCELLED);
    pause(Duration::from_secs(14 * 3_600)).await;
    night.came().await;
    assert_eq!(night.stage(), CANCELLED, "people's move is not fought");
    night.account.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn a_stage_that_people_choose_is_their_word_on_the_visit() {
    for (stage, status) in [(LOST, "no_show"), (WON, "arrived")] {
        let night = Night::booked().await;
        pause(Duration::from_secs(14 * 3_600)).await;
        night.people_move(stage);
        pause(A_LOOK).await;
        assert_eq!(night.visit().await.1, status);
        night.account.assert_clean();
    }
}
