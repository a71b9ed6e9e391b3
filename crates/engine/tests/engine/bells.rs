//! A calendar of Google's rings, and the salon looks at once: the strict double behind the real adapter, on virtual time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nochnik_adapters::calendars::{self, OpenContext};
use nochnik_adapters::channels;
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_adapters::ports::{Calendar, Channel, Crm, Hook};
use nochnik_core::business::{CalendarEntry, ChannelEntry, CrmEntry, Document};
use nochnik_doubles::google::{Double, Ring, Settings};
use nochnik_doubles::{Outcome, Request};
use nochnik_engine::clock::pause;
use nochnik_engine::{Clock, Engine, Keys, Opener, Refusal, Setup};
use nochnik_store::{Store, businesses};
use serde_json::json;

const SALON: &str = "lotos";
const PUBLIC: &str = "https://nochnik.example";
/// Shorter than the minute between two looks, longer than what follows a ring.
const A_MOMENT: Duration = Duration::from_secs(20);
const A_LOOK: Duration = Duration::from_secs(70);
const DAY: Duration = Duration::from_secs(86_400);

/// Google and the way there.
#[derive(Clone)]
struct World {
    google: Double,
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
        match self.google.request(&request, self.clock.now_ms()) {
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

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(None)
    }

    fn calendar(&self, _: &str, entry: &CalendarEntry) -> Result<Arc<dyn Calendar>, String> {
        let (clock, wire) = (self.0.clock, Arc::new(self.0.clone()));
        let context = OpenContext { now: Arc::new(move || clock.now()), wire: Some(wire) };
        calendars::open(&entry.kind, &entry.fields, &context).map_err(|problem| problem.to_string())
    }
}

struct Night {
    engine: Engine,
    google: Double,
}

fn document(google: &Double, calendars: bool) -> String {
    let demo: Document = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    let settings = google.settings();
    let fields = BTreeMap::from([
        ("calendar".to_owned(), json!(settings.calendar)),
        ("service_account".to_owned(), json!(settings.service_account())),
    ]);
    let entry = CalendarEntry { kind: "google".to_owned(), id: None, specialists: vec!["anna".to_owned()], fields };
    let document = Document { calendars: calendars.then_some(entry).into_iter().collect(), crm: None, ..demo };
    serde_json::to_string(&document).unwrap()
}

/// Wednesday 25 November 2026, 23:40 in Moscow; the calendar has been read once.
async fn open(public_url: &str) -> Night {
    let clock = Clock::starting_at("2026-11-25T20:40:00Z".parse().unwrap());
    let google = Double::new(Settings::default());
    let night = Night { engine: node(&google, clock, Store::open_inline().unwrap(), public_url).await, google };
    pause(A_MOMENT).await;
    night
}

async fn node(google: &Double, clock: Clock, store: Store, public_url: &str) -> Engine {
    let json = document(google, true);
    store.write(move |sql| businesses::put(sql, SALON, &json, 0)).await.unwrap();
    let setup = Setup {
        store,
        opener: Box::new(Doors(World { google: google.clone(), clock })),
        keys: Keys::new(vec![7; 32]),
        clock,
        node: "one".to_owned(),
        public_url: public_url.to_owned(),
        listens: true,
    };
    Engine::start(setup).await.unwrap()
}

impl Night {
    fn now_ms(&self) -> i64 {
        self.engine.clock.now_ms()
    }

    fn adds(&self, id: &str) {
        let at = |hour: &str| json!({ "dateTime": format!("2026-11-27T{hour}:00+03:00"), "timeZone": "Europe/Moscow" });
        self.google.person_adds(id, &at("12:00"), &at("13:00"), &json!({}), self.now_ms());
    }

    /// Google brings a message, perhaps with something of it altered.
    fn brings(&self, ring: &Ring, alter: impl Fn(&mut String, &mut String)) -> Result<(), Refusal> {
        let path = ring.address.strip_prefix(&format!("{PUBLIC}/hook/calendar/{SALON}/google/")).unwrap();
        let mut path = path.to_owned();
        let mut headers = ring.headers.clone();
        let token = headers.iter_mut().find(|(name, _)| name == "x-goog-channel-token").unwrap();
        alter(&mut path, &mut token.1);
        let headers: Vec<(&str, &[u8])> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        self.engine.ring(SALON, "google", &path, &Hook { headers: &headers, body: b"" })
    }

    /// How many times of other people's are known to take Anna's time.
    async fn known(&self) -> usize {
        let job = |sql: &mut dyn nochnik_store::Sql| nochnik_store::calendars::busy(sql, SALON, 0, i64::MAX);
        self.engine.store.read(job).await.unwrap().len()
    }

    async fn switches_off(&self) {
        let json = document(&self.google, false);
        self.engine.store.write(move |sql| businesses::put(sql, SALON, &json, 0)).await.unwrap();
        self.engine.reload(SALON).await.unwrap();
        pause(A_MOMENT).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_ring_brings_the_next_look_at_once_and_a_forged_one_nothing() {
    let night = open(PUBLIC).await;
    assert_eq!(night.google.channels(night.now_ms()).len(), 1);
    let hello = night.google.rings();
    night.adds("dentist");
    let rings = night.google.rings();
    assert!(matches!(night.brings(&rings[0], |_, token| token.push('x')), Err(Refusal::Forged)));
    assert!(matches!(night.brings(&rings[0], |path, _| path.push('x')), Err(Refusal::NotFound)));
    assert!(night.brings(&hello[0], |_, _| {}).is_ok());
    pause(A_MOMENT).await;
    assert_eq!(night.known().await, 0, "neither a forged ring nor the first one makes anybody look");
    night.brings(&rings[0], |_, _| {}).unwrap();
    pause(A_MOMENT).await;
    assert_eq!(night.known().await, 1);
    night.google.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn a_ring_that_was_lost_costs_a_minute() {
    let night = open(PUBLIC).await;
    night.adds("dentist");
    pause(A_LOOK).await;
    assert_eq!(night.known().await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_bell_is_hung_anew_before_it_ends_and_the_old_one_taken_down() {
    let night = open(PUBLIC).await;
    let first = night.google.channels(night.now_ms());
    pause(5 * DAY).await;
    assert_eq!(night.google.channels(night.now_ms()), first, "more than a day is left");
    pause(DAY + 2 * A_LOOK).await;
    let second = night.google.channels(night.now_ms());
    assert_eq!(second.len(), 1);
    assert_ne!(second, first);
    pause(8 * DAY).await;
    assert_eq!(night.google.channels(night.now_ms()).len(), 1, "there is one at any time");
    night.google.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn the_bell_goes_with_its_calendar_and_outlives_a_restart() {
    let night = open(PUBLIC).await;
    let hung = night.google.channels(night.now_ms());
    let again = node(&night.google, night.engine.clock, night.engine.store.clone(), PUBLIC).await;
    pause(A_LOOK).await;
    assert_eq!(night.google.channels(night.now_ms()), hung, "a node that begins finds the bell that hangs");
    again.stop().await;
    night.switches_off().await;
    assert_eq!(night.google.channels(night.now_ms()), Vec::<String>::new());
    night.google.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn without_a_public_encrypted_address_there_is_no_bell() {
    for public_url in ["", "http://10.0.0.5:8080"] {
        let night = open(public_url).await;
        assert_eq!(night.google.channels(night.now_ms()), Vec::<String>::new(), "{public_url}");
        night.adds("dentist");
        pause(A_LOOK).await;
        assert_eq!(night.known().await, 1, "{public_url}: looks go on");
    }
}

#[tokio::test(start_paused = true)]
async fn a_calendar_that_hangs_no_bell_is_read_all_the_same_and_asked_again() {
    let clock = Clock::starting_at("2026-11-25T20:40:00Z".parse().unwrap());
    let google = Double::new(Settings::default());
    google.plan(nochnik_doubles::Faults::by(|call| {
        (call.method == "calendar.events.watch").then_some(nochnik_doubles::Fault::Status(503))
    }));
    let night = Night { engine: node(&google, clock, Store::open_inline().unwrap(), PUBLIC).await, google };
    pause(A_MOMENT).await;
    night.adds("dentist");
    pause(A_LOOK).await;
    assert_eq!(night.known().await, 1);
    night.google.plan(nochnik_doubles::Faults::none());
    pause(Duration::from_secs(16 * 60)).await;
    assert_eq!(night.google.channels(night.now_ms()).len(), 1);
}
