//! Whoever is on duty is called by a bot in the messenger of a Bitrix24 portal, which is fetched from: on virtual time, with
//! the portal's double at the other end and an SMS behind it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_adapters::ports::{Channel, Crm, Notifier};
use nochnik_adapters::{channels, means};
use nochnik_core::business::{ChannelEntry, CrmEntry, MeansEntry};
use nochnik_core::values::Address;
use nochnik_doubles::Outcome;
use nochnik_doubles::bitrix24::{BotMessage, Double, Settings};
use nochnik_doubles::means::{self as vendors, Request, Vendor, credentials};
use nochnik_engine::clock::pause;
use nochnik_engine::{Clock, Engine, Keys, Opener, Setup, case_report, conversation_id};
use nochnik_store::{Store, businesses, cases, conversations, messages};
use serde_json::{Value, json};

const SALON: &str = "lotos";
/// Marina's number on the portal.
const MARINA: i64 = 23;
/// Somebody else of the portal, whom the document does not know.
const STRANGER: i64 = 17;
const DISMISSED: i64 = 24;
/// Wednesday 25 November 2026, 23:40 in Rostov.
const NIGHT: &str = "2026-11-25T20:40:00Z";
const COMPLAINT: &str = "Это возмутительно, мне испортили волосы! Позовите администратора";

#[derive(Clone)]
struct World {
    portal: Double,
    smsru: vendors::Double,
    /// No connection to the portal can be made.
    is_down: Arc<AtomicBool>,
    clock: Clock,
}

#[async_trait]
impl Wire for World {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        let now_ms = self.clock.now_ms();
        let outcome = match call.url.host_str().unwrap() {
            "smsru.example" => self.smsru.request(&form(call), now_ms),
            _ if self.is_down.load(Ordering::Relaxed) => return Err(Lost::Before("no connection".to_owned())),
            _ => self.portal.request(call.url.path(), &serde_json::from_slice(call.body()).unwrap(), now_ms),
        };
        match outcome {
            Outcome::Answered(answer) | Outcome::Late { answer, .. } => {
                let body = answer.body.as_str().map_or_else(|| answer.body.to_string(), str::to_owned).into_bytes();
                Ok(Answer { status: answer.status, body, ..Answer::default() })
            }
            Outcome::Lost | Outcome::Hung => Err(Lost::Perhaps("cut".to_owned())),
        }
    }
}

fn form(call: &Call<'_>) -> Request {
    Request {
        method: "POST".to_owned(),
        path: call.url.path().to_owned(),
        query: call.url.query().unwrap_or_default().to_owned(),
        content_type: "application/x-www-form-urlencoded".to_owned(),
        authorization: String::new(),
        body: String::from_utf8(call.body().to_vec()).unwrap(),
    }
}

#[async_trait]
impl Opener for World {
    fn channel(&self, _: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        let wire: Arc<dyn Wire> = Arc::new(self.clone());
        let context = channels::OpenContext { hook_secret: "secret".to_owned(), grants: None, wire: Some(wire) };
        channels::open(entry, &context).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(None)
    }

    fn means(&self, _: &str, entry: &MeansEntry) -> Result<Arc<dyn Notifier>, String> {
        let (clock, wire) = (self.clock, Arc::new(self.clone()));
        let context = means::OpenContext { now: Arc::new(move || clock.now()), hook_url: None, wire: Some(wire) };
        means::open(&entry.kind, &entry.fields, &context).map_err(|problem| problem.to_string())
    }
}

/// The demo salon without any public address; Marina is called by the bot, then by SMS.
fn document(peer: i64) -> Value {
    let demo: toml::Table = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    let mut document = serde_json::to_value(demo).unwrap();
    document["channels"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "kind": "bitrix24_bot", "webhook_url": "https://salon-demo.bitrix24.ru/rest/17/h00kc0de/" }));
    document["means"] =
        json!([{ "kind": "smsru", "api_id": credentials::SMSRU_API_ID, "base_url": "https://smsru.example/" }]);
    document["people"] = json!([
        { "id": "marina", "name": "Марина", "role": "duty", "phone": "+79185550101", "means": [
            { "channel": "bitrix24_bot", "peer": peer.to_string() }, { "means": "smsru" },
        ] },
    ]);
    document["shifts"] = json!([]);
    document["escalation"] = json!([{ "level": 2, "role": "duty", "steps": [{ "after_min": 0, "means": 1 }, { "after_min": 5, "means": 2 }] }]);
    document
}

struct Night {
    world: World,
    engine: Engine,
    store: Store,
}

impl Night {
    async fn open() -> Self {
        Self::of(MARINA).await
    }

    /// Enrolled and listening.
    async fn of(peer: i64) -> Self {
        let (store, clock) = (Store::open_inline().unwrap(), Clock::starting_at(NIGHT.parse().unwrap()));
        let json = document(peer).to_string();
        store.write(move |sql| businesses::put(sql, SALON, &json, 0)).await.unwrap();
        let portal = Double::new(Settings::default());
        let world = World { portal, smsru: vendors::Double::new(Vendor::SmsRu), is_down: Arc::default(), clock };
        let night = Self::begin(world, store).await;
        seconds(20).await;
        assert_eq!(night.world.portal.bots().len(), 1);
        night
    }

    async fn begin(world: World, store: Store) -> Self {
        let setup = Setup {
            store: store.clone(),
            opener: Box::new(world.clone()),
            keys: Keys::new(vec![7; 32]),
            clock: world.clock,
            node: "one".to_owned(),
            public_url: String::new(),
            listens: true,
        };
        let engine = Engine::start(setup).await.unwrap();
        assert_eq!(engine.unopened(), []);
        Self { world, engine, store }
    }

    async fn complains(&self) {
        let body = json!({ "id": "00000000-0000-4000-8000-000000000001", "kind": "text", "text": COMPLAINT });
        self.engine.chat(SALON, "widget", "olga", body.to_string().as_bytes()).await.unwrap();
    }

    /// What stands in Marina's dialogue with the bot.
    fn said(&self) -> Vec<BotMessage> {
        self.world.portal.bot_said(MARINA)
    }

    fn presses(&self, user: i64, message: &BotMessage, label: &str) {
        assert!(self.world.portal.presses(user, message.id, label, self.world.clock.now_ms()), "no such button");
    }

    fn texts(&self) -> usize {
        self.world.smsru.sent().len()
    }

    async fn case(&self) -> cases::Case {
        self.store.read(|sql| Ok(cases::unfinished(sql, SALON)?.remove(0))).await.unwrap()
    }

    async fn log(&self) -> Vec<String> {
        let id = self.case().await.id;
        let report = self.store.read(move |sql| case_report::of_case(sql, SALON, &id)).await.unwrap().unwrap();
        let step = |step: &nochnik_store::case_steps::Step| {
            [&*step.what, &*step.person_id, &*step.means].join(" ").trim().to_owned()
        };
        report.steps.iter().map(step).collect()
    }

    /// What the client of the site's chat has been told last.
    async fn client_heard(&self) -> String {
        let address = Address { channel: "widget".into(), account: "widget".into(), peer: "olga".into() };
        let talk = conversation_id(SALON, &address).to_string();
        let last = self.store.read(move |sql| messages::last(sql, SALON, &talk, 1)).await.unwrap();
        last.last().map_or(String::new(), |message| message.text.clone())
    }
}

async fn seconds(count: u64) {
    pause(Duration::from_secs(count)).await;
}

#[tokio::test(start_paused = true)]
async fn a_press_in_the_portals_messenger_takes_the_case_and_the_client_hears_of_it() {
    let night = Night::open().await;
    night.complains().await;
    seconds(5).await;
    let card = night.said().pop().unwrap();
    let labels: Vec<&str> = card.buttons.iter().map(|button| button.label.as_str()).collect();
    assert!(labels.starts_with(&["Беру", "Не могу"]), "{labels:?}");
    assert!(card.text.contains("волос"), "{}", card.text);
    // Twice, before anybody looks.
    night.presses(MARINA, &card, "Беру");
    night.presses(MARINA, &card, "Беру");
    seconds(15).await;
    let case = night.case().await;
    assert_eq!((case.state, case.taken_by.as_deref()), (cases::CaseState::Taken, Some("marina")));
    assert!(night.client_heard().await.contains("Марина"), "{}", night.client_heard().await);
    let said = night.said();
    assert!(said[0].text.contains("Взял в работу: Марина"), "{}", said[0].text);
    assert!(said.iter().any(|message| message.is_answer && message.text.contains("Вы взяли")), "{said:?}");
    seconds(600).await;
    assert_eq!(night.texts(), 0, "nobody is called any more");
    assert_eq!(night.log().await, ["opened", "called marina bitrix24_bot", "taken marina"]);
    night.world.portal.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn a_press_of_somebody_else_takes_nothing() {
    let night = Night::open().await;
    night.complains().await;
    seconds(5).await;
    let card = night.said().pop().unwrap();
    night.presses(STRANGER, &card, "Беру");
    seconds(30).await;
    assert_eq!(night.case().await.state, cases::CaseState::Open);
    seconds(300).await;
    assert_eq!(night.texts(), 1, "the ladder goes on");
    night.presses(MARINA, &card, "Беру");
    seconds(15).await;
    assert_eq!(night.case().await.taken_by.as_deref(), Some("marina"), "and hers still works");
}

#[tokio::test(start_paused = true)]
async fn a_portal_that_is_down_is_passed_over_at_once() {
    let night = Night::open().await;
    night.world.is_down.store(true, Ordering::Relaxed);
    night.complains().await;
    seconds(30).await;
    assert_eq!((night.said().len(), night.texts()), (0, 1));
    // The bot hears again by itself.
    night.world.is_down.store(false, Ordering::Relaxed);
    seconds(120).await;
    let bot = night.world.portal.bots()[0];
    night.world.portal.tells_bot(MARINA, bot, "вы тут?", None, night.world.clock.now_ms());
    seconds(90).await;
    assert!(night.said().iter().any(|message| message.text.contains("подмена")), "{:?}", night.said());
}

#[tokio::test(start_paused = true)]
async fn who_cannot_be_written_to_is_called_by_the_next_means() {
    let night = Night::of(DISMISSED).await;
    night.complains().await;
    seconds(20).await;
    assert_eq!(night.texts(), 1);
    assert!(night.world.portal.bot_said(DISMISSED).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_press_made_while_nobody_listened_is_heard_once_after_a_restart() {
    let night = Night::open().await;
    night.complains().await;
    seconds(12).await;
    night.engine.stop().await;
    let card = night.said().pop().unwrap();
    night.presses(MARINA, &card, "Беру");
    seconds(30).await;
    let night = Night::begin(night.world.clone(), night.store.clone()).await;
    seconds(20).await;
    assert_eq!(night.case().await.taken_by.as_deref(), Some("marina"));
    let bot = night.world.portal.bots()[0];
    assert_eq!(night.world.portal.unconfirmed(bot), 0);
    night.engine.stop().await;
    let night = Night::begin(night.world.clone(), night.store.clone()).await;
    seconds(20).await;
    let taken = night.log().await.into_iter().filter(|step| step.starts_with("taken")).count();
    assert_eq!((taken, night.world.portal.bots().len()), (1, 1), "one bot and one answer, however often we begin");
    night.world.portal.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn who_writes_to_the_bot_is_no_client() {
    let night = Night::open().await;
    let bot = night.world.portal.bots()[0];
    night.world.portal.tells_bot(STRANGER, bot, "хочу маникюр завтра в 10", None, night.world.clock.now_ms());
    seconds(15).await;
    let told = night.world.portal.bot_said(STRANGER).pop().unwrap().text;
    assert!(told.contains("рабочий бот") && told.contains("код"), "{told}");
    let address =
        Address { channel: "bitrix24_bot".into(), account: "bitrix24_bot".into(), peer: STRANGER.to_string() };
    let talk = conversation_id(SALON, &address).to_string();
    assert!(night.store.read(move |sql| conversations::peek(sql, SALON, &talk)).await.unwrap().is_none());
    night.world.portal.assert_clean();
}
