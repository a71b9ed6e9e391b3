//! What people do with our requests in the CRM comes back: what they ended stays ended, and the next wish is a new request.

use std::sync::Arc;
use std::time::Duration;

use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::crm::memory::Memory;
use nochnik_adapters::ports::{Calendar, CardReport, CardState, Channel, Crm};
use nochnik_core::business::{CalendarEntry, ChannelEntry, CrmEntry};
use nochnik_core::values::Address;
use nochnik_engine::clock::pause;
use nochnik_engine::{Clock, Engine, Keys, Opener, Setup, conversation_id};
use nochnik_store::{Store, bookings, businesses, leads};
use serde_json::json;

const SALON: &str = "lotos";
/// Longer than the five minutes between two looks.
const A_LOOK: Duration = Duration::from_secs(400);

struct Doors(Arc<Memory>);

impl Opener for Doors {
    fn channel(&self, _: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        channels::open(entry, &OpenContext::default()).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(Some(Arc::clone(&self.0) as Arc<dyn Crm>))
    }

    fn calendar(&self, _: &str, entry: &CalendarEntry) -> Result<Arc<dyn Calendar>, String> {
        Err(format!("there is no {}", entry.kind))
    }
}

struct Night {
    engine: Engine,
    crm: Arc<Memory>,
    said: u32,
}

/// Wednesday 25 November 2026, 23:40 in Moscow.
async fn open() -> Night {
    let demo: toml::Table = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    let mut document = serde_json::to_value(demo).unwrap();
    document["crm"] = json!({ "kind": "memory" });
    let store = Store::open_inline().unwrap();
    store.write(move |sql| businesses::put(sql, SALON, &document.to_string(), 0)).await.unwrap();
    let crm = Arc::<Memory>::default();
    let setup = Setup {
        store,
        opener: Box::new(Doors(Arc::clone(&crm))),
        keys: Keys::new(vec![7; 32]),
        clock: Clock::starting_at("2026-11-25T20:40:00Z".parse().unwrap()),
        node: "one".to_owned(),
        public_url: String::new(),
        listens: true,
    };
    Night { engine: Engine::start(setup).await.unwrap(), crm, said: 0 }
}

fn talk_of(peer: &str) -> String {
    let address = Address { channel: "widget".to_owned(), account: "widget".to_owned(), peer: peer.to_owned() };
    conversation_id(SALON, &address).to_string()
}

/// As the CRM knows a client's request.
fn origin(peer: &str, number: &str) -> String {
    format!("{SALON}:{}:lead{number}", talk_of(peer))
}

impl Night {
    async fn says(&mut self, peer: &str, text: &str) {
        self.said += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.said);
        let body = json!({ "id": id, "kind": "text", "text": text }).to_string();
        self.engine.chat(SALON, "widget", peer, body.as_bytes()).await.unwrap();
        pause(Duration::from_secs(10)).await;
    }

    async fn lead(&self, peer: &str) -> leads::Lead {
        let talk = talk_of(peer);
        self.engine.store.read(move |sql| leads::of_conversation(sql, SALON, &talk)).await.unwrap().unwrap()
    }

    /// How the client's visits stand.
    async fn bookings(&self, peer: &str) -> Vec<String> {
        let talk = talk_of(peer);
        let rows = self.engine.store.read(move |sql| bookings::of_conversation(sql, SALON, &talk)).await.unwrap();
        rows.into_iter().map(|row| row.status.word().to_owned()).collect()
    }

    fn origins(&self) -> Vec<String> {
        self.crm.cards().into_iter().map(|card| card.origin).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn what_people_end_in_the_crm_ends_here_and_the_next_wish_is_a_new_card() {
    for (state, end, status) in
        [(CardState::Won, "won", "booked"), (CardState::Lost, "lost", "lost"), (CardState::Gone, "gone", "lost")]
    {
        let mut night = open().await;
        night.says("olga", "сколько стоит маникюр? Ольга, 8 918 555 00 01").await;
        assert_eq!(night.origins(), [origin("olga", "")]);
        night.crm.say(&origin("olga", ""), state.into());
        pause(A_LOOK).await;
        let lead = night.lead("olga").await;
        assert_eq!((lead.request_end.as_deref(), lead.status.as_str()), (Some(end), status));

        night.says("olga", "спасибо").await;
        assert_eq!(night.origins(), [origin("olga", "")], "{end}: thanks are no request");
        night.says("olga", "запишите на стрижку в субботу в 12").await;
        assert_eq!(night.origins(), [origin("olga", ""), origin("olga", "1")], "{end}");
        let lead = night.lead("olga").await;
        assert_eq!((lead.request_no, lead.request_end.as_deref()), (1, None));
        let refs: serde_json::Value = serde_json::from_str(&lead.crm_refs.unwrap()).unwrap();
        assert_eq!(refs["card"], origin("olga", "1"), "the old card is left in peace");
    }
}

#[tokio::test(start_paused = true)]
async fn cards_that_vanish_all_at_once_are_cards_we_may_not_see() {
    let mut night = open().await;
    for number in 0..4 {
        let peer = format!("client{number}");
        night.says(&peer, &format!("сколько стоит маникюр? Ольга, 8 918 555 00 0{number}")).await;
        night.crm.say(&origin(&peer, ""), CardState::Gone.into());
    }
    pause(A_LOOK).await;
    for number in 0..4 {
        assert_eq!(night.lead(&format!("client{number}")).await.request_end, None);
    }
    // Rights are given back, and one card was deleted indeed.
    for number in 1..4 {
        night.crm.say(&origin(&format!("client{number}"), ""), CardState::Open.into());
    }
    pause(A_LOOK).await;
    assert_eq!(night.lead("client0").await.request_end.as_deref(), Some("gone"));
    assert_eq!(night.lead("client1").await.request_end, None);
}

#[tokio::test(start_paused = true)]
async fn what_people_say_of_a_visit_in_the_crm_is_said_once() {
    let mut night = open().await;
    night.says("olga", "запишите на маникюр без покрытия завтра в 12, Ольга, 8 918 555 00 01").await;
    night.says("olga", "да").await;
    let booked = night.bookings("olga").await;
    assert_eq!(booked, ["confirmed"]);
    pause(Duration::from_secs(14 * 3_600)).await;
    for (has_come, status) in [(false, "no_show"), (true, "arrived"), (false, "arrived")] {
        night.crm.say(&origin("olga", ""), CardReport { state: CardState::Open, has_come: Some(has_come) });
        pause(A_LOOK).await;
        assert_eq!(night.bookings("olga").await, [status]);
    }
}
