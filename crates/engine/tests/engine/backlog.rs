//! A storm of leads and a portal that takes fifty requests at once and then two a second: the backlog
//! drains without a pause, the older lead first, and nothing is asked of the portal beyond its pace.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use nochnik_adapters::Failure;
use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::ports::{Attempt, Channel, Crm, Kind, Limits, Pace, Put};
use nochnik_core::business::{ChannelEntry, CrmEntry, Document};
use nochnik_core::crm::{Card, CrmRefs};
use nochnik_engine::clock::pause;
use nochnik_engine::{Clock, Engine, Keys, Opener, Setup};
use nochnik_store::{Store, businesses};

const BUSINESS: &str = "lotos";
const LEADS: usize = 200;
const START: &str = "2026-11-25T20:40:00Z";

/// Takes every card, and remembers when, in what doubt and whose phone.
pub struct Portal {
    clock: Clock,
    pub taken: Mutex<Vec<(Attempt, String)>>,
}

static KIND: Kind = Kind {
    name: "portal",
    title: "Портал",
    fields: &[],
    limits: Limits { text_chars_max: 0, buttons_max: 0, label_chars_max: 0 },
    can_poll: false,
    has_hook: false,
    is_for_staff: false,
    notice: None,
};

#[async_trait::async_trait]
impl Crm for Portal {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn destination(&self) -> String {
        "crm:portal".to_owned()
    }

    fn pace(&self) -> Pace {
        Pace { burst: 50, per_s: 2.0, parallel: 1, requests: 2 }
    }

    async fn put(&self, card: &Card, _: &CrmRefs, attempt: Attempt) -> Put {
        assert!(attempt.now <= self.clock.now());
        self.taken.lock().unwrap().push((attempt, card.phone.as_ref().unwrap().e164().to_owned()));
        Put { done: Ok(CrmRefs::from([("lead".to_owned(), card.origin.clone())])), requests: 2 }
    }

    async fn check(&self) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }
}

struct Doors(Arc<Portal>);

impl Opener for Doors {
    fn channel(&self, _: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        channels::open(entry, &OpenContext::default()).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(Some(self.0.clone()))
    }
}

/// An engine over the demo salon whose cards come into a portal, at 23:40 of a November night.
pub async fn open() -> (Engine, Arc<Portal>) {
    let clock = Clock::starting_at(START.parse().unwrap());
    let portal = Arc::new(Portal { clock, taken: Mutex::default() });
    let store = Store::open_inline().unwrap();
    let mut document: toml::Table = include_str!("../../../../businesses/demo.toml").parse().unwrap();
    document.insert("crm".into(), toml::Table::from_iter([("kind".into(), "portal".into())]).into());
    let document: Document = document.try_into().unwrap();
    let json = serde_json::to_string(&document).unwrap();
    store.write(move |sql| businesses::put(sql, BUSINESS, &json, 0)).await.unwrap();
    let setup = Setup {
        store,
        opener: Box::new(Doors(Arc::clone(&portal))),
        keys: Keys::new(vec![7; 32]),
        clock,
        node: "one".to_owned(),
        public_url: String::new(),
        listens: false,
    };
    (Engine::start(setup).await.unwrap(), portal)
}

/// A client writes what makes a lead of them, with the phone of this number.
pub async fn wishes(engine: &Engine, n: usize) {
    let text = format!("Хочу маникюр завтра после 18, Оля, 8 918 000 {:02} {:02}", n / 100, n % 100);
    let id = format!("00000000-0000-4000-8000-{n:012}");
    let body = serde_json::json!({ "id": id, "kind": "text", "text": text }).to_string();
    engine.chat(BUSINESS, "widget", &format!("client-{n}"), body.as_bytes()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn two_hundred_leads_in_ten_seconds_all_arrive_in_order_and_without_a_pause() {
    let (engine, portal) = open().await;
    for n in 0..LEADS {
        wishes(&engine, n).await;
        pause(Duration::from_millis(50)).await;
    }
    // Fifty at once, two a second: 400 requests are through after 175 seconds, and not a second later.
    pause(Duration::from_secs(168)).await;
    engine.stop().await;
    let taken = portal.taken.lock().unwrap();
    let phones: Vec<_> = taken.iter().map(|(_, phone)| phone.clone()).collect();
    let expected: Vec<_> = (0..LEADS).map(|n| format!("+79180000{n:03}")).collect();
    assert_eq!(phones, expected, "each once, the older first");
    let gaps = taken.windows(2).map(|pair| pair[1].0.now.duration_since(pair[0].0.now));
    let longest = gaps.max().unwrap();
    assert!(longest.as_millis() <= 1_050, "a pause of {longest:?} while cards waited");
    let begun = taken[0].0.now;
    for (n, (attempt, _)) in taken.iter().enumerate() {
        let allowed = 50.0 + 2.0 * attempt.now.duration_since(begun).as_secs_f64();
        assert!((2 * (n + 1)) as f64 <= allowed + 0.01, "put {n} came before the portal's bucket allowed it");
    }
}
