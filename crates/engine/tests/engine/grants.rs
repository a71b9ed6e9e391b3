//! An access that an owner gave: renewed once however many need it, told once when it is lost, and no lead is lost
//! with it. The portal is the strict double behind the real adapter.

#![expect(clippy::print_stdout, reason = "a test stops at the first surprise and says what it skipped")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use nochnik_adapters::channels;
use nochnik_adapters::crm::{self, OpenContext};
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_adapters::ports::{Channel, Crm};
use nochnik_core::business::{ChannelEntry, CrmEntry, Document};
use nochnik_doubles::Outcome;
use nochnik_doubles::bitrix24::{APPLICATION_TOKEN, Double, Settings};
use nochnik_engine::clock::pause;
use nochnik_engine::grants::{Keeper, Refused};
use nochnik_engine::{Clock, Engine, Keys, Opener, Refusal, Setup};
use nochnik_store::grants::{self, NewGrant, Of};
use nochnik_store::outbox::{self, Status};
use nochnik_store::test_postgres::TestPostgres;
use nochnik_store::{Sql, Store, businesses, leads};
use serde_json::{Value, json};
use tokio::sync::Barrier;

const SALON: &str = "lotos";
const OF: Of<'static> = Of { business: SALON, crm: "bitrix24" };
const CALLERS: usize = 32;
const HOUR_MS: i64 = 3_600_000;
const HOOK: &str = "https://nochnik.example.ru/crm/lotos/path";

/// The portal and its authorisation server, and what goes wrong on the way.
#[derive(Clone)]
struct World {
    portal: Double,
    now_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// Answers of the authorisation server that get lost after it has done its work.
    lost: Arc<AtomicUsize>,
    /// All callers meet here before the first answer of the portal.
    crowd: Option<Arc<Barrier>>,
    calls: Arc<AtomicUsize>,
}

impl World {
    fn new(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        let portal = Double::new(Settings::unlimited());
        portal.add_app("local.1", "s3cr3t");
        let (lost, calls) = (Arc::default(), Arc::default());
        Self { portal, now_ms: Arc::new(now_ms), lost, crowd: None, calls }
    }

    fn crm(&self, keeper: &Keeper) -> Arc<dyn Crm> {
        let context = OpenContext {
            grants: Some(keeper.of(SALON, "bitrix24")),
            hook_url: Some(HOOK.to_owned()),
            wire: Some(Arc::new(self.clone())),
            ..OpenContext::default()
        };
        crm::open(Some(&entry()), &context).unwrap().unwrap()
    }
}

#[async_trait]
impl Wire for World {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        let now_ms = (self.now_ms)();
        if call.url.path() == "/oauth/token/" {
            let answer = self.portal.oauth_token(call.url.query().unwrap(), now_ms);
            let is_lost = self.lost.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            return match is_lost {
                Ok(_) => Err(Lost::Perhaps("cut".to_owned())),
                Err(_) => Ok(said(&answer)),
            };
        }
        let body: Value = serde_json::from_slice(call.body()).unwrap();
        let outcome = self.portal.request(call.url.path(), &body, now_ms);
        if let Some(crowd) = self.crowd.as_ref().filter(|_| self.calls.fetch_add(1, Ordering::Relaxed) < CALLERS) {
            crowd.wait().await;
        }
        match outcome {
            Outcome::Answered(answer) | Outcome::Late { answer, .. } => Ok(said(&answer)),
            Outcome::Lost | Outcome::Hung => Err(Lost::Perhaps("cut".to_owned())),
        }
    }
}

fn said(answer: &nochnik_doubles::Answer) -> Answer {
    Answer { status: answer.status, body: answer.body.to_string().into_bytes(), ..Answer::default() }
}

fn entry() -> CrmEntry {
    let fields = [("portal", "salon-demo.bitrix24.ru"), ("client_id", "local.1"), ("client_secret", "s3cr3t")];
    let fields: BTreeMap<_, _> = fields.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    CrmEntry { kind: "bitrix24".to_owned(), fields }
}

/// An access that the owner gave an hour ago.
async fn old_grant(store: &Store, world: &World, moment: &AtomicI64) {
    let code = world.portal.authorize(moment.load(Ordering::Relaxed)).unwrap();
    let query = format!("grant_type=authorization_code&client_id=local.1&client_secret=s3cr3t&code={code}");
    let tokens = world.portal.oauth_token(&query, moment.load(Ordering::Relaxed)).body;
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let new = NewGrant {
        client_id: "local.1".to_owned(),
        member_id: text("member_id"),
        endpoint: text("client_endpoint"),
        access: text("access_token"),
        refresh: text("refresh_token"),
        expires_at_ms: 0,
        application_token: None,
    };
    store.write(move |sql| grants::put(sql, OF, &new)).await.unwrap();
    moment.fetch_add(HOUR_MS, Ordering::Relaxed);
}

/// Thirty-two workers of two nodes meet an access that has just run out.
async fn one_renews(stores: [Store; 2]) {
    let moment = Arc::new(AtomicI64::new(1_795_312_800_000));
    let clock = Arc::clone(&moment);
    let mut world = World::new(move || clock.load(Ordering::Relaxed));
    old_grant(&stores[0], &world, &moment).await;
    world.crowd = Some(Arc::new(Barrier::new(CALLERS)));
    let nodes = [0, 1].map(|node| {
        let keeper = Keeper::new(stores[node].clone(), Clock::System, ["first", "second"][node]);
        world.crm(&keeper)
    });
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let crm = Arc::clone(&nodes[caller % 2]);
            tokio::spawn(async move { crm.staff().await })
        })
        .collect();
    for caller in callers {
        assert!(caller.await.unwrap().unwrap().is_some());
    }
    assert_eq!(world.portal.refreshes(), 1);
    let grant = stores[1].read(|sql| grants::get(sql, OF)).await.unwrap().unwrap();
    assert_eq!((grant.version, grant.leased_until_ms, grant.lost_at_ms), (2, 0, None));
    world.portal.assert_clean();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_f47_thirty_two_callers_renew_an_access_once_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite:{}", folder.path().join("night.db").display())).await.unwrap();
    one_renews([store.clone(), store]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_f47_thirty_two_callers_of_two_nodes_renew_an_access_once_on_postgresql() {
    let server = match TestPostgres::start() {
        Ok(server) => server,
        Err(why) => return println!("SKIPPED: no PostgreSQL: {why}"),
    };
    let url = server.database().unwrap();
    one_renews([Store::open(&url).await.unwrap(), Store::open(&url).await.unwrap()]).await;
}

/// Who dies with the lease in hand is waited for no longer than it lasts.
#[tokio::test(start_paused = true)]
async fn a_lease_of_the_dead_ends_and_another_renews() {
    let clock = Clock::starting_at("2026-11-25T20:40:00Z".parse().unwrap());
    let moment = Arc::new(AtomicI64::new(clock.now_ms() - HOUR_MS));
    let world = World::new(move || clock.now_ms());
    let store = Store::open_inline().unwrap();
    old_grant(&store, &world, &moment).await;
    let now_ms = clock.now_ms();
    let dead = store.write(move |sql| grants::lease(sql, OF, 1, "dead", (now_ms, now_ms + 60_000))).await.unwrap();
    assert!(dead);
    let crm = world.crm(&Keeper::new(store, clock, "alive"));
    assert!(crm.staff().await.is_err(), "it is told to come again");
    assert!(clock.now_ms() - now_ms >= 60_000, "after the lease");
    assert_eq!(world.portal.refreshes(), 0);
    crm.staff().await.unwrap();
    assert_eq!(world.portal.refreshes(), 1);
}

/// A caller that is given up takes nothing with it: what the vendor gave is kept.
#[tokio::test(start_paused = true)]
async fn a_caller_that_is_given_up_leaves_the_renewed_access_behind() {
    let clock = Clock::starting_at("2026-11-25T20:40:00Z".parse().unwrap());
    let moment = Arc::new(AtomicI64::new(clock.now_ms() - HOUR_MS));
    let world = World::new(move || clock.now_ms());
    let store = Store::open_inline().unwrap();
    old_grant(&store, &world, &moment).await;
    let crm = world.crm(&Keeper::new(store.clone(), clock, "one"));
    let caller = tokio::spawn(async move { crm.staff().await });
    while world.portal.refreshes() == 0 {
        assert!(!caller.is_finished());
        tokio::task::yield_now().await;
    }
    caller.abort();
    pause(Duration::from_secs(1)).await;
    let grant = store.read(|sql| grants::get(sql, OF)).await.unwrap().unwrap();
    assert_eq!(grant.version, 2);
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

/// The demo salon at night, its leads bound for the portal.
struct Night {
    engine: Engine,
    world: World,
    keys: Keys,
    said: usize,
}

impl Night {
    async fn open() -> Self {
        Self::listening(false).await
    }

    async fn listening(listens: bool) -> Self {
        let clock = Clock::starting_at("2026-11-25T20:40:00Z".parse().unwrap());
        let world = World::new(move || clock.now_ms());
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
        let keys = Keys::new(vec![7; 32]);
        let doors = Doors { world: world.clone(), keeper: Keeper::new(store.clone(), clock, "one") };
        let setup = Setup {
            store,
            opener: Box::new(doors),
            keys: keys.clone(),
            clock,
            node: "one".to_owned(),
            public_url: String::new(),
            listens,
        };
        let engine = Engine::start(setup).await.unwrap();
        if !listens {
            engine.watch_channels();
        }
        Self { engine, world, keys, said: 0 }
    }

    /// The owner lets us in, as by the button of the console.
    async fn connect(&self) {
        let link = self.engine.crm_link(SALON, "browser", &format!("secret-{}", self.engine.clock.now_ms())).await;
        let state = state_of(&link.unwrap().unwrap());
        self.engine.crm_redeem(&state, "browser", &self.query(), "roza").await.unwrap();
    }

    /// What the vendor sends the browser back with.
    fn query(&self) -> Vec<(String, String)> {
        let code = self.world.portal.authorize(self.engine.clock.now_ms()).unwrap();
        vec![("code".to_owned(), code)]
    }

    /// A new version of the document.
    async fn changed(&self, change: impl FnOnce(&mut Value)) {
        let row = self.engine.store.read(|sql| businesses::get(sql, SALON)).await.unwrap().unwrap();
        let mut document: Value = serde_json::from_str(&row.document).unwrap();
        change(&mut document);
        let (json, now_ms) = (document.to_string(), self.engine.clock.now_ms());
        self.engine.store.write(move |sql| businesses::put(sql, SALON, &json, now_ms)).await.unwrap();
        pause(Duration::from_secs(20)).await;
    }

    async fn client_asks(&mut self) {
        self.said += 1;
        let text = format!("Хочу маникюр завтра после 18, Оля, 8 918 000 00 {:02}", self.said);
        let id = format!("00000000-0000-4000-8000-{:012}", self.said);
        let body = json!({ "id": id, "kind": "text", "text": text }).to_string();
        self.engine.chat(SALON, "widget", &format!("client-{}", self.said), body.as_bytes()).await.unwrap();
        pause(Duration::from_secs(20)).await;
    }

    /// Phones of the leads on the portal, in the order in which they came to be.
    fn leads(&self) -> Vec<String> {
        let mut leads = self.world.portal.leads();
        leads.sort_by_key(|lead| lead.id);
        leads.into_iter().flat_map(|lead| lead.phones).collect()
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

    async fn news(&self, form: &str) -> Result<(), Refusal> {
        self.engine.crm_news(SALON, &self.keys.crm_path(SALON), form.as_bytes()).await
    }

    async fn is_lost(&self) -> bool {
        let grant = self.engine.store.read(|sql: &mut dyn Sql| grants::get(sql, OF)).await.unwrap();
        grant.unwrap().lost_at_ms.is_some()
    }
}

fn state_of(link: &str) -> String {
    link.split_once("state=").unwrap().1.to_owned()
}

fn phones(count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("+791800000{n:02}")).collect()
}

#[tokio::test(start_paused = true)]
async fn fault_f48_a_lost_renewal_is_told_once_and_loses_no_lead() {
    let mut night = Night::open().await;
    night.client_asks().await;
    assert_eq!(night.leads(), phones(0), "nobody has let us in yet");
    night.connect().await;
    pause(Duration::from_secs(330)).await;
    assert_eq!(night.leads(), phones(1), "what waited for it goes by itself");

    pause(Duration::from_secs(3_600)).await;
    night.world.lost.store(1, Ordering::Relaxed);
    for _ in 0..5 {
        night.client_asks().await;
    }
    pause(Duration::from_secs(2 * 3_600)).await;
    assert_eq!(night.world.portal.refreshes(), 1, "the answer was lost, and the old word is worth nothing");
    assert!(night.is_lost().await);
    let told = night.told().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("Заявки не потеряны") && told[0].contains("Подключить"), "{told:?}");
    assert_eq!(night.leads(), phones(1));

    night.connect().await;
    pause(Duration::from_secs(600)).await;
    assert_eq!(night.leads(), phones(6), "each once, the older first");
    assert!(!night.is_lost().await);
    assert_eq!(night.told().await.len(), 1);
    night.world.portal.assert_clean();
    night.engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_link_works_once_soon_and_in_its_own_browser() {
    let night = Night::open().await;
    let link = async |secret: &str, browser: &str| {
        state_of(&night.engine.crm_link(SALON, browser, secret).await.unwrap().unwrap())
    };
    let redeem =
        async |state: &str, browser: &str| night.engine.crm_redeem(state, browser, &night.query(), "roza").await;
    let state = link("one", "browser").await;
    assert!(matches!(redeem(&state, "another").await, Err(Refused::Link)), "another browser");
    assert!(matches!(redeem(&state, "browser").await, Err(Refused::Link)), "and it is used up by that");
    let state = link("two", "browser").await;
    redeem(&state, "browser").await.unwrap();
    assert!(matches!(redeem(&state, "browser").await, Err(Refused::Link)), "once");
    let state = link("three", "browser").await;
    pause(Duration::from_secs(600)).await;
    assert!(matches!(redeem(&state, "browser").await, Err(Refused::Link)), "ten minutes");
    let printed = link("four", "").await;
    redeem(&printed, "any").await.unwrap();
    for forged in ["", "lotos", "lotos.", "roza.two", "lotos.five"] {
        assert!(matches!(redeem(forged, "browser").await, Err(Refused::Link)), "{forged}");
    }
    night.engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn control_c01_the_portal_is_believed_by_its_word_alone() {
    let mut night = Night::open().await;
    let form = night.world.portal.install(night.engine.clock.now_ms()).unwrap();
    let elsewhere = night.engine.crm_news(SALON, "guessed", form.as_bytes()).await;
    assert!(matches!(elsewhere, Err(Refusal::NotFound)));
    night.news(&form).await.unwrap();
    pause(Duration::from_secs(1)).await;
    night.client_asks().await;
    assert_eq!(night.leads(), phones(1), "an installation lets us in");
    let told = ["ONAPPUNINSTALL", "ONCRMLEADUPDATE", "ONCRMLEADDELETE", "ONCRMDEALUPDATE", "ONCRMDEALDELETE"];
    assert_eq!(night.world.portal.handlers(), told.map(|event| (event.to_owned(), HOOK.to_owned())));

    let gone = night.world.portal.uninstall(night.engine.clock.now_ms()).unwrap();
    let forged = gone.replace(APPLICATION_TOKEN, "51856fefc120afa4b628cc82d3935ccf");
    assert!(matches!(night.news(&forged).await, Err(Refusal::Forged)));
    assert!(!night.is_lost().await, "a forged farewell changes nothing");
    let other = night.world.portal.event("ONCRMLEADUPDATE", 1, night.engine.clock.now_ms());
    night.news(&other).await.unwrap();
    night.news(&gone).await.unwrap();
    assert!(night.is_lost().await);
    pause(Duration::from_secs(10)).await;
    assert_eq!(night.told().await.len(), 1);

    night.client_asks().await;
    let again = night.world.portal.install(night.engine.clock.now_ms()).unwrap();
    night.news(&again).await.unwrap();
    pause(Duration::from_secs(600)).await;
    assert_eq!(night.leads(), phones(2));
    night.world.portal.assert_clean();
    night.engine.stop().await;
}

/// The portal's administrator may look, and whoever of its people is of our roster; nobody once it has put us out.
#[tokio::test(start_paused = true)]
async fn whoever_opens_our_page_in_the_portal_is_known_or_told_so() {
    let night = Night::open().await;
    let now_ms = || night.engine.clock.now_ms();
    let (admin, employee) = (17, 23);
    let visit = async |user| {
        let form = night.world.portal.opens_page(user, now_ms()).unwrap();
        night.engine.crm_visit(SALON, form.as_bytes()).await
    };
    assert!(matches!(visit(admin).await, Err(Refusal::Forged)), "not let in yet");
    night.news(&night.world.portal.install(now_ms()).unwrap()).await.unwrap();
    pause(Duration::from_secs(1)).await;
    let origin = "https://salon-demo.bitrix24.ru";
    let seen = visit(admin).await.unwrap();
    assert_eq!((seen.origin.as_str(), seen.may_look), (origin, true));
    assert!(!visit(employee).await.unwrap().may_look, "nobody of the roster");
    night.changed(|document| document["people"][0]["crm_user"] = json!(employee)).await;
    assert!(visit(employee).await.unwrap().may_look);
    assert!(matches!(night.engine.crm_visit("barber", b"").await, Err(Refusal::NotFound)));
    for (at, is_there) in
        [(origin, true), ("https://salon-demo.bitrix24.r", false), ("https://evil.example", false), ("", false)]
    {
        assert_eq!(night.engine.is_crm_at(SALON, at).await.unwrap(), is_there, "{at}");
    }
    night.news(&night.world.portal.uninstall(now_ms()).unwrap()).await.unwrap();
    assert!(matches!(visit(admin).await, Err(Refusal::Forged)), "put out");
    assert!(!night.engine.is_crm_at(SALON, origin).await.unwrap());
    night.world.portal.assert_clean();
    night.engine.stop().await;
}

/// The word of a portal that a card was changed is a bell and no fact: what became of it is looked at.
#[tokio::test(start_paused = true)]
async fn a_portal_that_tells_of_its_cards_is_looked_at_soon() {
    let night = Night::listening(true).await;
    let now_ms = |night: &Night| night.engine.clock.now_ms();
    night.news(&night.world.portal.install(now_ms(&night)).unwrap()).await.unwrap();
    pause(Duration::from_secs(1)).await;
    // Whoever stands in the middle of booking would go on under a new card.
    let text = "сколько стоит маникюр? Ольга, 8 918 555 00 01";
    let body = json!({ "id": "00000000-0000-4000-8000-000000000001", "kind": "text", "text": text }).to_string();
    night.engine.chat(SALON, "widget", "olga", body.as_bytes()).await.unwrap();
    pause(Duration::from_secs(20)).await;
    let lead = night.world.portal.leads()[0].id;
    let is_under_way = async |night: &Night| {
        !night.engine.store.read(|sql| leads::under_way(sql, SALON, 0, 100)).await.unwrap().is_empty()
    };
    pause(Duration::from_secs(60)).await;
    let told = night.world.portal.event("ONCRMLEADUPDATE", lead, now_ms(&night));
    night.news(&told).await.unwrap();
    pause(Duration::from_secs(20)).await;
    assert!(is_under_way(&night).await, "the event says nothing by itself");
    let lost = json!({ "entityTypeId": 1, "id": lead, "fields": { "stageId": "JUNK" } });
    let done = night.world.portal.call(&night.world.portal.path("crm.item.update"), &lost, now_ms(&night));
    assert_eq!(done.status, 200, "{}", done.body);
    let forged = told.replace(APPLICATION_TOKEN, "51856fefc120afa4b628cc82d3935ccf");
    assert!(matches!(night.news(&forged).await, Err(Refusal::Forged)));
    for _ in 0..50 {
        night.news(&told).await.unwrap();
    }
    let mut waited_s = 0;
    while is_under_way(&night).await && waited_s < 700 {
        pause(Duration::from_secs(5)).await;
        waited_s += 5;
    }
    assert!(waited_s <= 70, "a minute, not five: {waited_s} s");
    night.world.portal.assert_clean();
    night.engine.stop().await;
}
