//! One night: who writes what, what breaks when.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use nochnik_adapters::ports::Hook;
use nochnik_core::business::Document;
use nochnik_doubles::bitrix24::{self, Mode};
use nochnik_doubles::faults::Faults;
use nochnik_doubles::telegram;
use nochnik_engine::{Clock, Engine, Keys, Refusal, Setup};
use nochnik_store::{Store, businesses, inbox, outbox};

use crate::check;
use crate::dice::Dice;
use crate::portal;
use crate::wire::{OLD_PORT, Platforms, Wired};

pub const BUSINESS: &str = "lotos";
pub const TOKEN: &str = "7123456789:AAsimulated";
pub const MARINA: i64 = 9_000_001;
pub const OLEG: i64 = 9_000_002;
const FIRST_CLIENT: i64 = 5_000_000;
/// Tuesday 24 November 2026, 20:40 in Rostov: the salon has just closed.
const START: &str = "2026-11-24T17:40:00Z";
/// One step in so many kills the process.
const CRASH_ONE_IN: u64 = 150;

/// What a night came to; equal for equal seeds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    pub messages: u64,
    pub replies: u64,
    pub leads: u64,
    pub bookings: u64,
    pub cases: u64,
    pub crashes: u64,
    /// Calls to the CRM, and how many calls to the CRM and the messenger met a fault.
    pub calls: u64,
    pub faults: u64,
    /// Copies of one reply that a client saw beyond the first.
    pub repeated: u64,
    pub virtual_s: u64,
}

impl Ledger {
    pub fn add(&mut self, other: &Self) {
        self.messages += other.messages;
        self.replies += other.replies;
        self.leads += other.leads;
        self.bookings += other.bookings;
        self.cases += other.cases;
        self.crashes += other.crashes;
        self.calls += other.calls;
        self.faults += other.faults;
        self.repeated += other.repeated;
        self.virtual_s += other.virtual_s;
    }

    pub fn line(&self) -> String {
        format!(
            "{} messages, {} replies ({} repeated), {} leads (0 lost, 0 double), {} visits, {} cases, {} calls to the CRM, {} faults, {} crashes, {} h virtual",
            self.messages,
            self.replies,
            self.repeated,
            self.leads,
            self.bookings,
            self.cases,
            self.calls,
            self.faults,
            self.crashes,
            self.virtual_s / 3_600
        )
    }
}

/// Everything outside the engine.
pub struct Night {
    pub platforms: Platforms,
    pub store: Store,
    pub said: BTreeMap<i64, Vec<String>>,
    pub mode: Mode,
    pub faults: Arc<AtomicU64>,
    keys: Keys,
    engine: Option<Engine>,
    dice: Dice,
    crashes: u64,
}

/// Plays one night and checks it.
pub fn play(seed: u64, turns: u64) -> Ledger {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut night = Night::open(seed).await;
        for turn in 0..turns {
            if turn == turns / 2 && portal::moves(seed) {
                night.platforms.rename_portal();
            }
            night.something_happens().await;
        }
        night.calm().await;
        check::all(&night).await
    })
}

impl Night {
    async fn open(seed: u64) -> Self {
        let clock = Clock::starting_at(START.parse().unwrap());
        let telegram = telegram::Double::fast(TOKEN);
        telegram.limit_pace(false);
        let settings = portal::settings(seed);
        let mode = settings.mode;
        let bitrix24 = bitrix24::Double::new(settings);
        let store = Store::open_inline().unwrap();
        let json = serde_json::to_string(&document(&bitrix24.base_path())).unwrap();
        let now_ms = clock.now_ms();
        store.write(move |sql| businesses::put(sql, BUSINESS, &json, now_ms)).await.unwrap();
        let platforms = Platforms::new(telegram, bitrix24, clock);
        let mut night = Self {
            platforms,
            store,
            said: BTreeMap::new(),
            mode,
            faults: Arc::default(),
            keys: Keys::new(vec![7; 32]),
            engine: None,
            dice: Dice::new(seed),
            crashes: 0,
        };
        night.start().await;
        for person in [MARINA, OLEG] {
            night.platforms.telegram.client_says(person, "/start", night.platforms.clock.now_ms());
        }
        night.pass(5_000).await;
        night.break_things(seed);
        night
    }

    async fn start(&mut self) {
        let setup = Setup {
            store: self.store.clone(),
            opener: Box::new(Wired { platforms: self.platforms.clone(), keys: self.keys.clone() }),
            keys: self.keys.clone(),
            clock: self.platforms.clock,
            node: format!("node-{}", self.crashes),
            public_url: "https://night.example".to_owned(),
            listens: true,
        };
        self.engine = Some(Engine::start(setup).await.unwrap());
    }

    fn break_things(&self, seed: u64) {
        let plan = |seed, kinds| portal::faults(seed, kinds, Arc::clone(&self.faults));
        self.platforms.telegram.plan(plan(seed ^ 1, portal::kinds()));
        self.platforms.bitrix24.plan(plan(seed ^ 2, portal::late_kinds()));
    }

    async fn something_happens(&mut self) {
        if self.dice.one_in(CRASH_ONE_IN) {
            self.crash().await;
        }
        match self.dice.roll(20) {
            0 => self.staff_acts(),
            1 => self.platforms.telegram.duplicate_deliveries(1),
            _ => self.client_writes(),
        }
        let pause_ms = *self.dice.pick(&[5, 40, 300, 900, 2_000, 6_000, 15_000]);
        self.pass(pause_ms).await;
    }

    /// The process dies where it stands and comes back a moment later.
    async fn crash(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.kill().await;
        }
        self.crashes += 1;
        let down_ms = *self.dice.pick(&[0, 200, 5_000, 60_000]);
        self.pass(down_ms).await;
        self.start().await;
    }

    fn client_writes(&mut self) {
        let now_ms = self.platforms.clock.now_ms();
        let known = i64::try_from(self.said.len()).unwrap();
        let is_new = known == 0 || self.dice.one_in(8);
        let client =
            FIRST_CLIENT + if is_new { known } else { i64::try_from(self.dice.roll(known.unsigned_abs())).unwrap() };
        let telegram = self.platforms.telegram.clone();
        let last = telegram.last_to(client);
        // A client who sees buttons presses one of them as often as not.
        if let Some(last) =
            last.filter(|last| last.buttons.iter().flatten().any(|b| b.data.is_some()) && self.dice.one_in(2))
        {
            let shown: Vec<_> = last.buttons.iter().flatten().filter(|b| b.data.is_some()).cloned().collect();
            let button = self.dice.pick(&shown).clone();
            if telegram.client_presses(client, last.message_id, &button.data.unwrap_or_default(), now_ms).is_some() {
                self.said.entry(client).or_default().push(button.text);
                return;
            }
        }
        let text = self.words(client);
        telegram.client_says(client, &text, now_ms);
        self.said.entry(client).or_default().push(text);
    }

    fn words(&mut self, client: i64) -> String {
        // Every client has a number of their own: one phone is one person.
        let own = format!(
            "8 9{:02} {:03} {:02} {:02}",
            client / 10_000_000 % 100,
            client / 10_000 % 1_000,
            client / 100 % 100,
            client % 100
        );
        let lines = [
            "Здравствуйте".to_owned(),
            "привет".to_owned(),
            "хочу".to_owned(),
            "хочу записаться на маникюр".to_owned(),
            "сколько стоит стрижка?".to_owned(),
            "можно завтра после шести на маникюр?".to_owned(),
            "запишите на педикюр в субботу".to_owned(),
            "первое".to_owned(),
            "второе".to_owned(),
            "Оля".to_owned(),
            format!("Анна, {own}"),
            own,
            "да".to_owned(),
            "да, всё верно".to_owned(),
            "нет".to_owned(),
            "ой нет, лучше в четверг".to_owned(),
            "а где вы находитесь?".to_owned(),
            "отмените мою запись".to_owned(),
            "перенесите на пятницу".to_owned(),
            "позовите администратора".to_owned(),
            "ужас, мне испортили ногти, верните деньги".to_owned(),
            "спасибо".to_owned(),
            "если что-то освободится, напишите".to_owned(),
            "больше не жду".to_owned(),
        ];
        self.dice.pick(&lines).clone()
    }

    /// The duty manager or the senior looks at the last card and presses something, or answers it.
    fn staff_acts(&mut self) {
        let now_ms = self.platforms.clock.now_ms();
        let person = *self.dice.pick(&[MARINA, MARINA, OLEG]);
        let telegram = self.platforms.telegram.clone();
        let cards: Vec<_> =
            telegram.sent_to(person).into_iter().rev().take(6).filter(|m| m.data_of("Беру").is_some()).collect();
        if cards.is_empty() {
            return;
        }
        let card = self.dice.pick(&cards).clone();
        if self.dice.one_in(6) {
            telegram.client_replies(person, card.message_id, "Здравствуйте, это администратор", now_ms);
            return;
        }
        let answer = *self.dice.pick(&["Беру", "Беру", "Не могу", "Утром"]);
        if let Some(data) = card.data_of(answer).map(str::to_owned) {
            telegram.client_presses(person, card.message_id, &data, now_ms);
        }
    }

    /// Time goes on; Telegram delivers what is due meanwhile.
    async fn pass(&self, ms: u64) {
        let clock = self.platforms.clock;
        let end_ms = clock.now_ms() + i64::try_from(ms).unwrap();
        loop {
            self.deliver().await;
            let left_ms = end_ms - clock.now_ms();
            if left_ms <= 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(left_ms.min(100).unsigned_abs())).await;
        }
    }

    async fn deliver(&self) {
        let telegram = &self.platforms.telegram;
        for delivery in telegram.deliveries_due(self.platforms.clock.now_ms()) {
            let status = match &self.engine {
                Some(engine) => Some(post(engine, &delivery).await),
                None => None,
            };
            telegram.delivered(delivery.update_id, status, None, self.platforms.clock.now_ms());
        }
    }

    /// The faults end; within two hours of virtual time everything must have settled.
    async fn calm(&mut self) {
        self.platforms.telegram.plan(Faults::none());
        self.platforms.bitrix24.plan(Faults::none());
        for _ in 0..720 {
            self.pass(10_000).await;
            if self.is_settled().await {
                return;
            }
        }
        panic!("two hours after the last fault something still waits");
    }

    async fn is_settled(&self) -> bool {
        let (waiting_in, waiting_out) =
            self.store.read(|sql| Ok((inbox::counts(sql)?.waiting, outbox::counts(sql)?.waiting))).await.unwrap();
        waiting_in == 0 && waiting_out == 0 && self.platforms.telegram.pending() == 0
    }

    pub fn crashes(&self) -> u64 {
        self.crashes
    }

    pub fn virtual_s(&self) -> u64 {
        let start: jiff::Timestamp = START.parse().unwrap();
        self.platforms.clock.now().duration_since(start).as_secs().unsigned_abs()
    }
}

async fn post(engine: &Engine, delivery: &telegram::Delivery) -> u16 {
    let path = delivery.url.rsplit('/').next().unwrap();
    let secret = delivery.secret.clone().unwrap_or_default();
    let body = delivery.body.to_string();
    let headers: [(&str, &[u8]); 1] = [("x-telegram-bot-api-secret-token", secret.as_bytes())];
    let hook = Hook { headers: &headers, body: body.as_bytes() };
    match engine.hook(BUSINESS, "telegram", path, &hook).await {
        Ok(_) => 200,
        Err(Refusal::NotStored(_)) => 503,
        Err(refusal) => panic!("a true delivery was refused: {refusal}"),
    }
}

/// The demo salon with two people of the staff in Telegram, both platforms at the wire's other end.
fn document(bitrix24_path: &str) -> Document {
    let demo = include_str!("../../../../businesses/demo.toml");
    let mut document: Document = toml::from_str(demo).unwrap();
    let own = format!(
        r#"
        [[people]]
        id = "marina"
        name = "Марина"
        role = "duty"
        means = [{{ channel = "telegram", peer = "{MARINA}" }}]
        [[people]]
        id = "oleg"
        name = "Олег"
        role = "senior"
        means = [{{ channel = "telegram", peer = "{OLEG}" }}]
        [[channels]]
        kind = "telegram"
        mode = "webhook"
        token = "{TOKEN}"
        base_url = "http://127.0.0.1:1"
        [crm]
        kind = "bitrix24"
        webhook_url = "http://127.0.0.1:{OLD_PORT}{bitrix24_path}"
        "#
    );
    let own: Own = toml::from_str(&own).unwrap();
    document.people = own.people;
    document.channels = own.channels;
    document.crm = Some(own.crm);
    document.shifts.clear();
    document.escalation.clear();
    document
}

#[derive(serde::Deserialize)]
struct Own {
    people: Vec<nochnik_core::business::Person>,
    channels: Vec<nochnik_core::business::ChannelEntry>,
    crm: nochnik_core::business::CrmEntry,
}
