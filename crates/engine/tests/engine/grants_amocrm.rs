//! amoCRM by its owner's consent: the same book of accesses, another vendor. The account is the strict double behind
//! the real adapter.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use nochnik_adapters::channels;
use nochnik_adapters::crm::{self, OpenContext};
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_adapters::ports::{Channel, Crm};
use nochnik_core::business::{ChannelEntry, CrmEntry, Document};
use nochnik_doubles::amocrm::{Double, Settings};
use nochnik_doubles::{Outcome, Request};
use nochnik_engine::clock::pause;
use nochnik_engine::grants::{Keeper, Refused};
use nochnik_engine::{Clock, Engine, Keys, Opener, Setup};
use nochnik_store::grants::{self, Of};
use nochnik_store::outbox::{self, Status};
use nochnik_store::{Store, businesses};
use serde_json::json;
use tokio::sync::Barrier;

const SALON: &str = "lotos";
const HOST: &str = "salon-demo.amocrm.ru";
const BACK: &str = "https://nochnik.example/oauth";
const OF: Of<'static> = Of { business: SALON, crm: "amocrm" };
const CALLERS: usize = 32;
const DAY: Duration = Duration::from_secs(86_400);

/// The account and the way to it.
#[derive(Clone)]
struct World {
    account: Double,
    clock: Clock,
    /// How many answers to a question for a token are lost.
    lost: Arc<AtomicUsize>,
    /// Holds the first calls until all of them have met the old access.
    crowd: Option<Arc<Barrier>>,
    calls: Arc<AtomicUsize>,
}

impl World {
    fn new(clock: Clock) -> Self {
        let account = Double::new(Settings { per_s: None, ..Settings::default() });
        account.add_app("int-1", "s3cr3t", BACK);
        Self { account, clock, lost: Arc::default(), crowd: None, calls: Arc::default() }
    }

    fn crm(&self, keeper: &Keeper) -> Arc<dyn Crm> {
        let context = OpenContext {
            grants: Some(keeper.of(SALON, "amocrm")),
            back_url: BACK.to_owned(),
            wire: Some(Arc::new(self.clone())),
            ..OpenContext::default()
        };
        crm::open(Some(&entry()), &context).unwrap().unwrap()
    }
}

#[async_trait]
impl Wire for World {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        assert_eq!(call.url.host_str(), Some(HOST));
        let query: Vec<(String, String)> = call.url.query_pairs().into_owned().collect();
        let kind = call.content.iter().map(|(kind, _)| ("content-type".to_owned(), (*kind).to_owned()));
        let headers = call.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let headers: Vec<(String, String)> = headers.chain(kind).collect();
        let (method, path) = (call.method.as_str(), call.url.path());
        let request = Request { method, path, query: &query, headers: &headers, body: call.body() };
        let outcome = self.account.request(&request, self.clock.now_ms());
        if path == "/oauth2/access_token" {
            let is_lost = self.lost.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            if is_lost.is_ok() {
                return Err(Lost::Perhaps("cut".to_owned()));
            }
        } else if let Some(crowd) = self.crowd.as_ref().filter(|_| self.calls.fetch_add(1, Ordering::Relaxed) < CALLERS)
        {
            crowd.wait().await;
        }
        match outcome {
            Outcome::Answered(answer) | Outcome::Late { answer, .. } => {
                let body = if answer.body.is_null() { Vec::new() } else { answer.body.to_string().into_bytes() };
                Ok(Answer { status: answer.status, body, ..Answer::default() })
            }
            Outcome::Lost | Outcome::Hung => Err(Lost::Perhaps("cut".to_owned())),
        }
    }
}

fn entry() -> CrmEntry {
    let base = format!("https://{HOST}");
    let fields = [("base_url", base.as_str()), ("client_id", "int-1"), ("client_secret", "s3cr3t")];
    let fields: BTreeMap<_, _> = fields.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    CrmEntry { kind: "amocrm".to_owned(), fields }
}

struct Doors {
    world: World,
    keeper: Keeper,
}

impl Opener for Doors {
    fn channel(&self, _: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        channels::open(entry, &channels::OpenContext::default()).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(Some(self.world.crm(&self.keeper)))
    }
}

/// The demo salon at night, its leads bound for the account.
struct Night {
    engine: Engine,
    world: World,
    said: usize,
}

impl Night {
    async fn open() -> Self {
        let clock = Clock::starting_at("2026-11-25T20:40:00Z".parse().unwrap());
        let world = World::new(clock);
        let store = Store::open_inline().unwrap();
        let demo: toml::Table = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
        let mut document = serde_json::to_value(demo).unwrap();
        for person in document["people"].as_array_mut().unwrap() {
            if person["role"] == "owner" {
                person["means"] = json!([{ "channel": "terminal", "peer": "roza" }]);
            }
        }
        let document = Document { crm: Some(entry()), ..serde_json::from_value(document).unwrap() };
        let json = serde_json::to_string(&document).unwrap();
        store.write(move |sql| businesses::put(sql, SALON, &json, 0)).await.unwrap();
        let doors = Doors { world: world.clone(), keeper: Keeper::new(store.clone(), clock, "one") };
        let setup = Setup {
            store,
            opener: Box::new(doors),
            keys: Keys::new(vec![7; 32]),
            clock,
            node: "one".to_owned(),
            public_url: String::new(),
            listens: false,
        };
        let engine = Engine::start(setup).await.unwrap();
        engine.watch_channels();
        Self { engine, world, said: 0 }
    }

    async fn link(&self, secret: &str, browser: &str) -> String {
        let link = self.engine.crm_link(SALON, browser, secret).await.unwrap().unwrap();
        assert!(link.starts_with("https://www.amocrm.ru/oauth?client_id=int-1&state="), "{link}");
        let state = link.split_once("state=").unwrap().1;
        state.split_once('&').unwrap().0.to_owned()
    }

    /// What the vendor sends the browser back with.
    fn query(&self, referer: &str) -> Vec<(String, String)> {
        let code = self.world.account.authorize(self.engine.clock.now_ms()).unwrap();
        [("code", code.as_str()), ("referer", referer)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    }

    /// The owner lets us in, as by the button of the console.
    async fn connect(&self) {
        let state = self.link(&format!("secret-{}", self.engine.clock.now_ms()), "browser").await;
        self.engine.crm_redeem(&state, "browser", &self.query(HOST), "roza").await.unwrap();
    }

    async fn client_asks(&mut self) {
        self.said += 1;
        let text = format!("Хочу маникюр завтра после 18, Оля, 8 918 000 00 {:02}", self.said);
        let id = format!("00000000-0000-4000-8000-{:012}", self.said);
        let body = json!({ "id": id, "kind": "text", "text": text }).to_string();
        self.engine.chat(SALON, "widget", &format!("client-{}", self.said), body.as_bytes()).await.unwrap();
        pause(Duration::from_secs(20)).await;
    }

    /// Phones of the contacts of the leads, in the order in which the leads came to be.
    fn leads(&self) -> Vec<String> {
        let contacts = self.world.account.contacts();
        let leads = self.world.account.leads();
        let of_lead =
            |id: &i64| contacts.iter().find(|contact| contact.id == *id).map(|contact| contact.phones.clone());
        leads.iter().flat_map(|lead| lead.contacts.iter().filter_map(of_lead)).flatten().collect()
    }

    /// What the owner was told of the access.
    async fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        for status in [Status::Waiting, Status::Done, Status::Dead] {
            let rows = self.engine.store.read(move |sql| outbox::list(sql, SALON, status, 200)).await.unwrap();
            let of_access = rows.into_iter().filter(|listed| listed.row.key.starts_with("crm_lost:"));
            told.extend(of_access.map(|listed| listed.row.payload));
        }
        told
    }
}

fn phones(count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("+791800000{n:02}")).collect()
}

/// Thirty-two workers of two nodes meet an access that has just run out.
#[tokio::test(start_paused = true)]
async fn fault_f47_thirty_two_callers_renew_an_access_of_amocrm_once() {
    let night = Night::open().await;
    night.connect().await;
    pause(DAY).await;
    let world = World { crowd: Some(Arc::new(Barrier::new(CALLERS))), ..night.world.clone() };
    world.calls.store(0, Ordering::Relaxed);
    let nodes = ["first", "second"].map(|node| world.crm(&Keeper::new(night.engine.store.clone(), world.clock, node)));
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let crm = Arc::clone(&nodes[caller % 2]);
            tokio::spawn(async move { crm.staff().await })
        })
        .collect();
    for caller in callers {
        assert!(caller.await.unwrap().unwrap().is_some());
    }
    assert_eq!(world.account.accesses(), (1, 1));
    let grant = night.engine.store.read(|sql| grants::get(sql, OF)).await.unwrap().unwrap();
    assert_eq!((grant.version, grant.leased_until_ms, grant.lost_at_ms), (2, 0, None));
    world.account.assert_clean();
    night.engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn fault_f48_a_lost_renewal_of_amocrm_is_told_once_and_loses_no_lead() {
    let mut night = Night::open().await;
    night.client_asks().await;
    assert_eq!(night.leads(), phones(0), "nobody has let us in yet");
    night.connect().await;
    pause(Duration::from_secs(330)).await;
    assert_eq!(night.leads(), phones(1), "what waited for it goes by itself");

    pause(DAY).await;
    night.world.lost.store(1, Ordering::Relaxed);
    for _ in 0..5 {
        night.client_asks().await;
    }
    pause(Duration::from_secs(2 * 3_600)).await;
    assert_eq!(night.world.account.accesses(), (1, 1), "the answer was lost, and the old word is worth nothing");
    let told = night.told().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("Заявки не потеряны") && told[0].contains("amoCRM"), "{told:?}");
    assert_eq!(night.leads(), phones(1));

    night.connect().await;
    pause(Duration::from_secs(600)).await;
    assert_eq!(night.leads(), phones(6), "each once, the older first");
    assert_eq!(night.told().await.len(), 1);
    night.world.account.assert_clean();
    night.engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_code_is_exchanged_once_and_a_foreign_state_is_refused() {
    let night = Night::open().await;
    let redeem = async |state: &str, browser: &str, query: &[(String, String)]| {
        night.engine.crm_redeem(state, browser, query, "roza").await
    };
    for forged in ["", "lotos", "lotos.", "roza.two", "lotos.guessed"] {
        let refused = redeem(forged, "browser", &night.query(HOST)).await;
        assert!(matches!(refused, Err(Refused::Link)), "{forged}");
    }
    let state = night.link("one", "browser").await;
    assert!(matches!(redeem(&state, "another", &night.query(HOST)).await, Err(Refused::Link)), "another browser");
    let state = night.link("two", "browser").await;
    let elsewhere = redeem(&state, "browser", &night.query("stranger.amocrm.ru")).await;
    assert!(matches!(elsewhere, Err(Refused::Vendor(_))), "another account");
    assert_eq!(night.world.account.accesses(), (0, 0), "nothing was asked of the account");

    let (state, query) = (night.link("three", "browser").await, night.query(HOST));
    redeem(&state, "browser", &query).await.unwrap();
    assert!(matches!(redeem(&state, "browser", &query).await, Err(Refused::Link)), "the link is used up");
    let state = night.link("four", "browser").await;
    assert!(matches!(redeem(&state, "browser", &query).await, Err(Refused::Vendor(_))), "the code is used up");
    assert_eq!(night.world.account.accesses(), (1, 0));
    let grant = night.engine.store.read(|sql| grants::get(sql, OF)).await.unwrap().unwrap();
    assert_eq!((grant.version, grant.lost_at_ms), (1, None), "and the access stays");
    night.engine.stop().await;
}
