//! A person called by ever stronger means: messenger, SMS, phone call, each at the other end of its own double, on
//! virtual time; the link by which one of many taps takes the case; a client reminded by SMS.

#![expect(clippy::print_stdout, reason = "a test drives everything itself and says what it skipped")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use nochnik_adapters::channels;
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_adapters::means;
use nochnik_adapters::ports::{Channel, Crm, Hook, Notifier};
use nochnik_core::business::{ChannelEntry, CrmEntry, MeansEntry};
use nochnik_core::values::Address;
use nochnik_doubles::means::{Double, Request, Vendor, credentials};
use nochnik_doubles::{Fault, Faults, Outcome, telegram};
use nochnik_engine::clock::pause;
use nochnik_engine::{Clock, Engine, Keys, Opener, Setup, TakeState, case_report, conversation_id};
use nochnik_store::case_steps::Step;
use nochnik_store::test_postgres::TestPostgres;
use nochnik_store::{Store, bookings, businesses, cases, notices, ring_spending};
use serde_json::{Value, json};

const SALON: &str = "lotos";
const TOKEN: &str = "7123456789:AAmeans";
const SECOND_TOKEN: &str = "7123456790:AAsecond";
const MARINA: i64 = 9_000_001;
const OLGA: i64 = 9_000_002;
const OLGA_PHONE: &str = "79185550001";
const MARINA_PHONE: &str = "+79185550101";
/// Wednesday 25 November 2026, 23:40 in Rostov.
const NIGHT: &str = "2026-11-25T20:40:00Z";
/// 25 November 2026 in days since 1970.
const DAY: i64 = 20_782;
const COMPLAINT: &str = "Это возмутительно, мне испортили волосы! Позовите администратора";

/// Everything at the other end of the wire.
#[derive(Clone)]
struct World {
    telegram: telegram::Double,
    /// Another bot of the same salon.
    second: telegram::Double,
    smsru: Double,
    smsc: Double,
    zvonok: Double,
    clock: Clock,
}

impl World {
    fn new(clock: Clock) -> Self {
        let telegram = telegram::Double::fast(TOKEN);
        telegram.client_says(MARINA, "/start", clock.now_ms());
        Self {
            telegram,
            second: telegram::Double::fast(SECOND_TOKEN),
            smsru: Double::new(Vendor::SmsRu),
            smsc: Double::new(Vendor::Smsc),
            zvonok: Double::new(Vendor::Zvonok),
            clock,
        }
    }
}

#[async_trait]
impl Wire for World {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        let (url, body) = (&call.url, call.body());
        let now_ms = self.clock.now_ms();
        let request = || Request {
            method: "POST".to_owned(),
            path: url.path().to_owned(),
            query: url.query().unwrap_or_default().to_owned(),
            content_type: "application/x-www-form-urlencoded".to_owned(),
            authorization: String::new(),
            body: String::from_utf8(body.to_vec()).unwrap(),
        };
        let outcome = match url.host_str().unwrap() {
            "smsru.example" => self.smsru.request(&request(), now_ms),
            "smsc.example" => self.smsc.request(&request(), now_ms),
            "zvonok.example" => self.zvonok.request(&request(), now_ms),
            host => {
                let (token, method) = url.path().strip_prefix("/bot").unwrap().split_once('/').unwrap();
                let bot = if host == "second.example" { &self.second } else { &self.telegram };
                bot.request(token, method, &serde_json::from_slice(body).unwrap(), now_ms)
            }
        };
        match outcome {
            Outcome::Answered(answer) => Ok(said(answer)),
            Outcome::Late { after_ms, answer } => {
                pause(Duration::from_millis(after_ms.unsigned_abs())).await;
                Ok(said(answer))
            }
            _ => Err(Lost::Perhaps("the connection closed".to_owned())),
        }
    }
}

fn said(answer: nochnik_doubles::Answer) -> Answer {
    let body = match &answer.body {
        Value::String(page) => page.clone().into_bytes(),
        json => json.to_string().into_bytes(),
    };
    Answer { status: answer.status, body, ..Answer::default() }
}

#[async_trait]
impl Opener for World {
    fn channel(&self, _: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        let context = channels::OpenContext {
            hook_secret: "secret".to_owned(),
            grants: None,
            wire: Some(Arc::new(self.clone())),
        };
        channels::open(entry, &context).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(None)
    }

    fn means(&self, _: &str, entry: &MeansEntry) -> Result<Arc<dyn Notifier>, String> {
        let clock = self.clock;
        let context = means::OpenContext {
            now: Arc::new(move || clock.now()),
            hook_url: None,
            wire: Some(Arc::new(self.clone())),
        };
        means::open(&entry.kind, &entry.fields, &context).map_err(|problem| problem.to_string())
    }
}

/// The demo salon, where Marina is called by Telegram, two vendors of SMS and a phone call.
fn document() -> Value {
    let demo: toml::Table = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    let mut document = serde_json::to_value(demo).unwrap();
    document["channels"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "kind": "telegram", "mode": "webhook", "token": TOKEN, "base_url": "https://telegram.example" }));
    document["means"] = json!([
        { "kind": "smsru", "api_id": credentials::SMSRU_API_ID, "base_url": "https://smsru.example/" },
        { "kind": "smsc", "login": credentials::SMSC_LOGIN, "password": credentials::SMSC_PASSWORD,
          "base_url": "https://smsc.example/sys" },
        { "kind": "zvonok", "public_key": credentials::ZVONOK_PUBLIC_KEY, "campaign_id": credentials::ZVONOK_CAMPAIGN,
          "base_url": "https://zvonok.example/" },
    ]);
    document["people"] = json!([
        { "id": "marina", "name": "Марина", "role": "duty", "phone": MARINA_PHONE, "means": [
            { "channel": "telegram", "peer": MARINA.to_string() },
            { "means": "smsru" }, { "means": "smsc" }, { "means": "zvonok" },
        ] },
        { "id": "olya", "name": "Оля", "role": "senior", "phone": "+79185550102", "means": [{ "means": "smsru" }] },
    ]);
    document["shifts"] = json!([]);
    document["escalation"] = json!([
        { "level": 2, "role": "duty", "steps": [
            { "after_min": 0, "means": 1 }, { "after_min": 2, "means": 2 }, { "after_min": 4, "means": 4 },
        ] },
        { "level": 3, "role": "senior", "steps": [{ "after_min": 10 }] },
    ]);
    document
}

fn setup(store: Store, world: &World, keys: &Keys) -> Setup {
    Setup {
        store,
        opener: Box::new(world.clone()),
        keys: keys.clone(),
        clock: world.clock,
        node: "one".to_owned(),
        public_url: "https://n.example".to_owned(),
        listens: true,
    }
}

struct Night {
    world: World,
    engine: Engine,
    keys: Keys,
}

impl Night {
    async fn open() -> Self {
        Self::of(Store::open_inline().unwrap(), Clock::starting_at(NIGHT.parse().unwrap()), &document()).await
    }

    async fn of(store: Store, clock: Clock, document: &Value) -> Self {
        let json = document.to_string();
        store.write(move |sql| businesses::put(sql, SALON, &json, 0)).await.unwrap();
        let (world, keys) = (World::new(clock), Keys::new(vec![7; 32]));
        let engine = Engine::start(setup(store, &world, &keys)).await.unwrap();
        assert_eq!(engine.unopened(), []);
        Self { world, engine, keys }
    }

    /// Another engine over the same store, as after a crash.
    async fn again(&self, store: Store) -> Self {
        let world = self.world.clone();
        let engine = Engine::start(setup(store, &world, &self.keys)).await.unwrap();
        Self { world, engine, keys: self.keys.clone() }
    }

    /// When each call of the case left, and by which account.
    async fn calls(&self) -> Vec<(i64, String)> {
        let id = self.case().await.id;
        let report = self.engine.store.read(move |sql| case_report::of_case(sql, SALON, &id)).await.unwrap().unwrap();
        report.steps.into_iter().filter_map(|step| Some((step.sent_at_ms?, step.means))).collect()
    }

    async fn complains(&self) {
        let body = json!({ "id": "00000000-0000-4000-8000-000000000001", "kind": "text", "text": COMPLAINT });
        self.engine.chat(SALON, "widget", "olga", body.to_string().as_bytes()).await.unwrap();
    }

    async fn case(&self) -> cases::Case {
        self.engine.store.read(|sql| Ok(cases::unfinished(sql, SALON)?.remove(0))).await.unwrap()
    }

    /// The steps of the case; one that came about too late says so.
    async fn log(&self) -> Vec<String> {
        let id = self.case().await.id;
        let report = self.engine.store.read(move |sql| case_report::of_case(sql, SALON, &id)).await.unwrap().unwrap();
        let step = |step: &Step| {
            let late = if case_report::lateness_ms(step) > case_report::LATE_MS { "late" } else { "" };
            [&*step.what, &*step.person_id, &*step.means, late].join(" ").trim().to_owned()
        };
        report.steps.iter().map(step).collect()
    }

    async fn notices(&self) -> Vec<notices::Notice> {
        let case = self.case().await.id;
        self.engine.store.read(move |sql| notices::for_case(sql, SALON, &case)).await.unwrap()
    }

    fn bot(&self, account: &str) -> &telegram::Double {
        if account == "second" { &self.world.second } else { &self.world.telegram }
    }

    /// Lets a bot's webhook deliver what has happened in it.
    async fn hears(&self, account: &str) {
        let bot = self.bot(account);
        for delivery in bot.deliveries_due(self.engine.clock.now_ms()) {
            let (path, secret) = (self.keys.hook_path(SALON, account), delivery.secret.unwrap());
            let headers: &[(&str, &[u8])] = &[("x-telegram-bot-api-secret-token", secret.as_bytes())];
            let body = delivery.body.to_string();
            self.engine.hook(SALON, account, &path, &Hook { headers, body: body.as_bytes() }).await.unwrap();
            bot.delivered(delivery.update_id, Some(200), None, self.engine.clock.now_ms());
        }
        seconds(20).await;
    }

    async fn says(&self, account: &str, text: &str) {
        let bot = self.bot(account);
        bot.client_says(OLGA, text, self.engine.clock.now_ms());
        self.hears(account).await;
    }

    /// Olga gives her own number by the button.
    async fn shares_number(&self, account: &str) {
        let bot = self.bot(account);
        bot.client_shares_contact(OLGA, OLGA_PHONE, self.engine.clock.now_ms());
        self.hears(account).await;
    }

    /// How many went out by Telegram, SMS.RU, SMSC and phone.
    fn rung(&self) -> [usize; 4] {
        let World { telegram, smsru, smsc, zvonok, .. } = &self.world;
        [usize::from(telegram.last_to(MARINA).is_some()), smsru.sent().len(), smsc.sent().len(), zvonok.sent().len()]
    }
}

async fn seconds(count: u64) {
    pause(Duration::from_secs(count)).await;
}

/// The same salon with two bots, and with what `differs` puts into its document.
async fn two_bots(differs: &Value) -> Night {
    let mut document = document();
    let channels = document["channels"].as_array_mut().unwrap();
    channels.retain(|channel| channel["kind"] != "telegram");
    for (id, token, host) in [("telegram", TOKEN, "telegram"), ("second", SECOND_TOKEN, "second")] {
        let base_url = format!("https://{host}.example");
        channels.push(json!({ "kind": "telegram", "id": id, "mode": "webhook", "token": token, "base_url": base_url }));
    }
    for (key, value) in differs.as_object().unwrap() {
        document[key] = value.clone();
    }
    let night = Night::of(Store::open_inline().unwrap(), Clock::starting_at(NIGHT.parse().unwrap()), &document).await;
    // The webhooks are registered meanwhile.
    seconds(5).await;
    night
}

async fn salon_that_reminds_by_sms() -> Night {
    two_bots(&json!({ "care": { "sms": "smsru", "remind_before_min": [180, 120] } })).await
}

/// Olga books tomorrow at one in the first bot.
async fn books(night: &Night) {
    night.says("telegram", "маникюр без покрытия завтра в 13:00, Ольга").await;
    night.shares_number("telegram").await;
    night.says("telegram", "да, всё верно").await;
}

/// SMS of reminders to Olga, as texts.
fn texts(night: &Night) -> Vec<String> {
    let sent = night.world.smsru.sent();
    sent.into_iter().filter(|sms| sms.phone == OLGA_PHONE).map(|sms| sms.text).collect()
}

/// The bot learns of it from the refusal of the reminder itself.
#[tokio::test(start_paused = true)]
async fn fault_f73_who_left_the_chat_is_reminded_by_sms_once_for_each_reminder() {
    let night = salon_that_reminds_by_sms().await;
    books(&night).await;
    night.says("telegram", "да, можно").await;
    night.world.telegram.client_leaves_telegram(OLGA);
    until_half_past_ten().await;
    assert_eq!(texts(&night).len(), 1, "three hours before, at ten");
    assert!(texts(&night)[0].contains("13:00"), "{:?}", texts(&night));
    assert!(!texts(&night)[0].contains("аникюр"), "what for is nobody else's affair");
    seconds(3_600).await;
    assert_eq!(texts(&night).len(), 2, "and two hours before");
    night.world.smsru.assert_clean();
    night.world.telegram.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn who_did_not_agree_gets_no_sms() {
    let night = salon_that_reminds_by_sms().await;
    books(&night).await;
    night.says("telegram", "не нужно").await;
    night.world.telegram.client_leaves_telegram(OLGA);
    until_half_past_ten().await;
    assert_eq!(texts(&night), Vec::<String>::new());
}

/// Both bots know by Telegram's own word that the number is hers.
#[tokio::test(start_paused = true)]
async fn another_chat_of_the_client_reminds_before_any_sms() {
    let night = salon_that_reminds_by_sms().await;
    let second = &night.world.second;
    night.says("second", "сколько стоит маникюр?").await;
    night.shares_number("second").await;
    books(&night).await;
    night.says("telegram", "да, можно").await;
    night.world.telegram.client_leaves_telegram(OLGA);
    until_half_past_ten().await;
    let told = second.last_to(OLGA).unwrap().text;
    assert!(told.contains("записи из другого чата") && told.contains("13:00"), "{told}");
    assert_eq!(texts(&night), Vec::<String>::new());
    second.assert_clean();
}

/// From a few minutes after midnight.
async fn until_half_past_ten() {
    seconds(10 * 3_600 + 47 * 60).await;
}

#[tokio::test(start_paused = true)]
async fn stronger_means_ring_at_two_and_four_minutes_and_a_key_takes_the_case() {
    let night = Night::open().await;
    night.complains().await;
    seconds(20).await;
    assert_eq!(night.rung(), [1, 0, 0, 0]);
    seconds(120).await;
    assert_eq!(night.rung(), [1, 1, 0, 0]);
    seconds(120).await;
    assert_eq!(night.rung(), [1, 1, 0, 1]);
    let sms = &night.world.smsru.sent()[0];
    assert_eq!(sms.phone, MARINA_PHONE.trim_start_matches('+'));
    assert!(sms.text.contains("https://n.example/take/"), "{}", sms.text);
    for word in ["волос", "жалоба", "olga"] {
        assert!(!sms.text.contains(word), "a client's affair in an SMS: {}", sms.text);
    }
    let call = night.world.zvonok.sent()[0].id.clone();
    night.world.zvonok.moves(&call, "user");
    let body = night.world.zvonok.report(&call, Some("1"), night.engine.clock.now_ms());
    let (path, hook) = (night.keys.means_path(SALON, "zvonok"), Hook { headers: &[], body: &body });
    assert!(night.engine.report(SALON, "zvonok", "wrong", &hook).await.is_err());
    for _ in 0..2 {
        assert_eq!(night.engine.report(SALON, "zvonok", &path, &hook).await.unwrap().status, 204);
    }
    seconds(1).await;
    assert_eq!(
        (night.case().await.state, night.case().await.taken_by.as_deref()),
        (cases::CaseState::Taken, Some("marina"))
    );
    seconds(600).await;
    assert_eq!(night.rung(), [1, 1, 0, 1], "nobody is called any more");
    assert_eq!(
        night.log().await,
        ["opened", "called marina telegram", "called marina smsru", "called marina zvonok", "taken marina"],
        "each step within five seconds of its moment"
    );
    for double in [&night.world.smsru, &night.world.smsc, &night.world.zvonok] {
        double.assert_clean();
    }
    night.world.telegram.assert_clean();
}

/// Money is over at the first vendor: the second one sends within a quarter of a minute.
#[tokio::test(start_paused = true)]
async fn fault_f70_a_vendor_that_refuses_is_passed_over_at_once() {
    let night = Night::open().await;
    night.world.smsru.refuses(Some("201"));
    night.complains().await;
    seconds(20).await;
    seconds(120).await;
    assert_eq!(night.rung(), [1, 0, 1, 0]);
    seconds(120).await;
    assert_eq!(night.rung(), [1, 0, 1, 1], "the call comes at its own time");
}

/// SMS.RU tells when it is asked that the SMS did not arrive.
#[tokio::test(start_paused = true)]
async fn an_sms_that_did_not_arrive_is_asked_after_and_passed_on() {
    let night = Night::open().await;
    night.complains().await;
    seconds(125).await;
    let sms = night.world.smsru.sent()[0].id.clone();
    night.world.smsru.moves(&sms, "104");
    seconds(25).await;
    assert_eq!(night.rung(), [1, 1, 1, 0]);
}

/// A messenger that refuses for good: the SMS does not wait for its two minutes.
#[tokio::test(start_paused = true)]
async fn a_blocked_bot_is_passed_on_to_an_sms() {
    let night = Night::open().await;
    night.world.telegram.client_blocks(MARINA, night.engine.clock.now_ms());
    night.complains().await;
    seconds(20).await;
    assert_eq!(night.rung()[1..], [1, 0, 0]);
}

/// What is spent is counted, and beyond the day's money only messengers ring.
#[tokio::test(start_paused = true)]
async fn control_c21_the_days_money_bounds_what_is_sent() {
    let mut document = document();
    document["policy"]["means_kop_per_day"] = json!(1);
    let night = Night::of(Store::open_inline().unwrap(), Clock::starting_at(NIGHT.parse().unwrap()), &document).await;
    let body =
        json!({ "id": "00000000-0000-4000-8000-000000000001", "kind": "text", "text": "позовите администратора" });
    night.engine.chat(SALON, "widget", "olga", body.to_string().as_bytes()).await.unwrap();
    seconds(300).await;
    let spent = night.engine.store.read(|sql| ring_spending::of_day(sql, SALON, DAY)).await.unwrap();
    assert!(spent > 0, "the first one is paid for");
    assert_eq!(night.rung(), [1, 1, 0, 0], "and no other");
}

/// Thirty-two taps of each of two people, on both databases.
#[tokio::test]
async fn of_sixty_four_taps_one_person_wins() {
    taps(Store::open_inline().unwrap()).await;
    match TestPostgres::start() {
        Ok(server) => taps(Store::open(&server.database().unwrap()).await.unwrap()).await,
        Err(why) => println!("SKIPPED: no PostgreSQL: {why}"),
    }
}

async fn taps(store: Store) {
    let mut document = document();
    document["people"][0]["means"] = json!([{ "means": "smsru" }]);
    document["people"][1]["role"] = json!("duty");
    document["escalation"].as_array_mut().unwrap().truncate(1);
    let night = Night::of(store, Clock::System, &document).await;
    night.complains().await;
    for _ in 0..200 {
        if night.world.smsru.sent().len() == 2 {
            break;
        }
        pause(Duration::from_millis(50)).await;
    }
    let tokens: Vec<String> = night.notices().await.into_iter().map(|notice| notice.token).collect();
    assert_eq!(tokens.len(), 2, "both on duty are called");
    // A robot looks at both links: nothing happens.
    for token in &tokens {
        assert_eq!(night.engine.take_page(token).await.unwrap().unwrap().state, TakeState::Open);
    }
    let taps = (0..64).map(|n| night.engine.take_by_link(&tokens[n % 2]));
    let pages: Vec<_> = join_all(taps).await.into_iter().map(|page| page.unwrap().unwrap()).collect();
    let winner = night.case().await.taken_by.unwrap();
    let won = tokens.iter().map(async |token| night.engine.take_page(token).await.unwrap().unwrap().state);
    let won = join_all(won).await;
    assert_eq!(won.iter().filter(|state| **state == TakeState::Yours).count(), 1, "{winner}: {won:?}");
    assert!(won.iter().any(|state| matches!(state, TakeState::Taken { .. })), "{won:?}");
    assert!(pages.iter().all(|page| page.state != TakeState::Open));
    assert!(night.engine.take_page("AAAAAAAAAAAAAAAAAAAAAA").await.unwrap().is_none());
    let address = Address { channel: "widget".into(), account: "widget".into(), peer: "olga".into() };
    assert_eq!(pages[0].conversation, conversation_id(SALON, &address).to_string());
    night.engine.stop().await;
}

/// A visit that a person confirms: nobody is woken for it, in the morning one tap is enough.
#[tokio::test(start_paused = true)]
async fn a_visit_of_the_night_is_confirmed_in_the_morning_by_one_tap() {
    let night = two_bots(&json!({ "policy": { "confirm": "person" } })).await;
    let telegram = &night.world.telegram;
    books(&night).await;
    let waiting = telegram.last_to(OLGA).unwrap().text;
    seconds(8 * 3_600).await;
    let cards = || telegram.sent_to(MARINA).into_iter().filter(|card| card.data_of("Подтвердить").is_some());
    assert_eq!(cards().count(), 0, "nobody is woken");
    seconds(2 * 3_600 + 40 * 60).await;
    let card = cards().next_back().unwrap();
    let data = card.data_of("Подтвердить").unwrap();
    telegram.client_presses(MARINA, card.message_id, data, night.engine.clock.now_ms()).unwrap();
    night.hears("telegram").await;
    let told = telegram.last_to(OLGA).unwrap().text;
    assert!(told != waiting && told.contains("13:00"), "{told}");
    let visits = night.engine.store.read(|sql| bookings::list(sql, SALON, 0, i64::MAX)).await.unwrap();
    assert_eq!(visits.iter().map(|visit| visit.status).collect::<Vec<_>>(), [bookings::BookingStatus::Confirmed]);
    telegram.assert_clean();
}

/// The node dies half a minute into the ladder and comes back: what fell due meanwhile goes out in order, half a
/// minute apart, and nothing twice; five minutes after the last call everybody reads that nobody took it. Minutes and seconds after the complaint at which each means rings.
/// Source: reliability 4.1.
#[tokio::test(start_paused = true)]
async fn a_ladder_goes_on_after_the_node_was_down() {
    for (down_s, expected) in [
        (0, ["0:00 telegram", "2:00 smsru", "4:00 zvonok", "10:00 smsru", "15:00 smsru", "15:00 smsru"]),
        (3 * 60, ["0:00 telegram", "3:30 smsru", "4:00 zvonok", "10:00 smsru", "15:00 smsru", "15:00 smsru"]),
        (20 * 60, ["0:00 telegram", "20:30 smsru", "21:00 zvonok", "21:30 smsru", "26:30 smsru", "26:30 smsru"]),
    ] {
        let (store, clock) = (Store::open_inline().unwrap(), Clock::starting_at(NIGHT.parse().unwrap()));
        let night = Night::of(store.clone(), clock, &document()).await;
        let began_ms = clock.now_ms();
        night.complains().await;
        seconds(30).await;
        night.engine.kill().await;
        seconds(down_s).await;
        let again = night.again(store).await;
        seconds(26 * 60).await;
        let rung = again.calls().await;
        let told: Vec<String> = rung
            .iter()
            .map(|(at_ms, account)| {
                // Ten seconds after a restart are allowed.
                let after_s = (at_ms - began_ms).div_euclid(10_000) * 10;
                format!("{}:{:02} {account}", after_s / 60, after_s % 60)
            })
            .collect();
        assert_eq!(told, expected, "down for {down_s} s");
    }
}

/// Marina was called by SMS and has left since, Nina works in her place: the old link takes nothing, the owner hears of it once.
#[tokio::test(start_paused = true)]
async fn fault_f79_who_works_here_no_more_takes_nothing_and_the_owner_hears_of_it() {
    let mut document = document();
    document["people"][0]["means"] = json!([{ "means": "smsru" }]);
    document["people"].as_array_mut().unwrap().push(json!({
        "id": "roza", "name": "Роза", "role": "owner", "means": [{ "channel": "telegram", "peer": MARINA.to_string() }],
    }));
    document["escalation"].as_array_mut().unwrap().truncate(1);
    let night = Night::of(Store::open_inline().unwrap(), Clock::starting_at(NIGHT.parse().unwrap()), &document).await;
    night.complains().await;
    seconds(20).await;
    let token = night.notices().await.remove(0).token;
    document["people"][0]["id"] = json!("nina");
    let json = document.to_string();
    night.engine.store.write(move |sql| businesses::put(sql, SALON, &json, 1)).await.unwrap();
    night.engine.reload(SALON).await.unwrap();
    for _ in 0..2 {
        assert!(night.engine.take_by_link(&token).await.unwrap().is_none());
        seconds(20).await;
    }
    assert_eq!(night.case().await.taken_by, None);
    let told = night.world.telegram.sent_to(MARINA);
    assert_eq!(told.iter().filter(|seen| seen.text.contains("«Беру» нажал тот")).count(), 1, "{told:?}");
}

/// What is said in a chat that lets nothing out stays there, and an SMS says where to ring; when the chat is well again,
/// the answer comes after all.
#[tokio::test(start_paused = true)]
async fn fault_f69_who_has_one_chat_that_is_down_is_told_by_sms_once_where_to_ring() {
    let care = json!({ "sms": "smsru", "remind_before_min": [180, 120] });
    let night = two_bots(&json!({ "care": care, "phone": "+78635550100" })).await;
    night.engine.watch_channels();
    books(&night).await;
    night.says("telegram", "да, можно").await;
    night.world.telegram.plan(Faults::by(|_| Some(Fault::Status(401))));
    night.says("telegram", "где вы находитесь?").await;
    night.says("telegram", "и до которого часа работаете?").await;
    seconds(10 * 60).await;
    let told = texts(&night);
    assert!(
        matches!(&told[..], [one] if one.contains("чат временно не работает") && one.contains("+78635550100")),
        "{told:?}"
    );
    night.world.telegram.plan(Faults::none());
    seconds(10 * 60).await;
    assert!(night.world.telegram.sent_to(OLGA).iter().any(|seen| seen.text.contains("Примерная")));
    assert_eq!(texts(&night).len(), 1);
}
