//! A desk that only notes what it is asked, a salon with a night behind it, and a browser made of `oneshot`.

pub mod browser;
pub mod form;
pub mod night;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use nochnik_adapters::means;
use nochnik_adapters::ports::{Crm, Media, Notifier};
use nochnik_core::business::{Business, Document, Settings};
use nochnik_core::conversation::{Booking, BookingState};
use nochnik_core::dialogue::HandVisit;
use nochnik_core::event::{NoticeAnswer, StaffAct};
use nochnik_core::outside::{Hindrance, VisitChange};
use nochnik_core::schedule::{Busy, Extra, NoPlace, Slot, place};
use nochnik_core::values::{ServiceId, SpecialistId};
use nochnik_engine::grants::{Addresses, Visit};
use nochnik_engine::{Author, TakePage, TakeState};
use nochnik_server::key::Key;
use nochnik_server::web::desk::{Change, ChannelHealth, Desk, Health, HookRefusal, Inbox, Invitation};
use nochnik_server::web::{self, Bounds, Jobs, Place, Role, Web};
use nochnik_store::{Sql, Store, bookings, businesses};
use tokio::sync::broadcast;

/// Wednesday 25 November 2026, 23:41 in Rostov.
pub const NIGHT: &str = "2026-11-25T20:41:00Z";
pub const PORTAL: &str = "https://salon-demo.bitrix24.ru";
pub const PASSWORD: &str = "тёплая лампа на столе";

/// Notes every act; its clock stands until it is moved.
pub struct FakeDesk {
    pub store: Store,
    pub now: Mutex<Timestamp>,
    pub acts: Mutex<Vec<(String, String, String, StaffAct)>>,
    /// Visits entered by hand, and by which login.
    pub entered: Mutex<Vec<(String, HandVisit)>>,
    /// What was said of cases: conversation, case, who, what.
    pub answers: Mutex<Vec<(String, String, String, NoticeAnswer)>>,
    pub chats: Mutex<Vec<(String, String, String, Vec<u8>)>>,
    /// Names of acts that are done once.
    pub done: Mutex<BTreeSet<String>>,
    pub replays: Mutex<Vec<(String, i64, String)>>,
    /// Calendars that have rung: business, account, token.
    pub rings: Mutex<Vec<(String, String, String)>>,
    /// Programs that were tried out: business, program, who asked.
    pub trials: Mutex<Vec<(String, String, String)>>,
    /// Presses of «Беру» behind a link.
    pub takes: AtomicUsize,
    pub health: Mutex<Health>,
    /// What came for each business.
    pub inbox: Mutex<BTreeMap<String, Inbox>>,
    /// The door for pushes of every business.
    pub push: Mutex<Arc<dyn Notifier>>,
    /// The CRM of every business.
    pub crm: Mutex<Option<Arc<dyn Crm>>>,
    /// The CRM does not let us in any more.
    pub is_portal_gone: AtomicBool,
    pub changes: broadcast::Sender<Change>,
}

impl FakeDesk {
    pub fn new(store: Store) -> Arc<Self> {
        Arc::new(Self {
            store,
            now: Mutex::new(NIGHT.parse().unwrap()),
            acts: Mutex::default(),
            entered: Mutex::default(),
            answers: Mutex::default(),
            chats: Mutex::default(),
            done: Mutex::default(),
            replays: Mutex::default(),
            rings: Mutex::default(),
            trials: Mutex::default(),
            takes: AtomicUsize::new(0),
            is_portal_gone: AtomicBool::new(false),
            health: Mutex::new(well()),
            inbox: Mutex::new(BTreeMap::from([("lotos".to_owned(), Inbox { taken: 37, worked: 37, parked: 0 })])),
            push: Mutex::new(push_port(&means::new_push_key(), None)),
            crm: Mutex::default(),
            changes: broadcast::channel(64).0,
        })
    }

    pub fn pass(&self, minutes: i64) {
        let mut now = self.now.lock().unwrap();
        *now += jiff::SignedDuration::from_mins(minutes);
    }

    pub fn tell(&self, business: &str, conversation: &str) {
        // Nobody may be listening.
        let _ = self.changes.send(Change { business: business.into(), conversation: conversation.into() });
    }
}

/// The adapter with this key; `origin` is a push service of the test beside the real ones.
pub fn push_port(key: &str, origin: Option<&str>) -> Arc<dyn Notifier> {
    let mut fields = BTreeMap::from([
        ("private_key".to_owned(), serde_json::json!(key)),
        ("contact".to_owned(), serde_json::json!("https://nochnik.example")),
    ]);
    fields.extend(origin.map(|origin| ("test_origin".to_owned(), serde_json::json!(origin))));
    let context =
        means::OpenContext { now: Arc::new(|| nochnik_engine::Clock::System.now()), hook_url: None, wire: None };
    means::open("webpush", &fields, &context).unwrap()
}

fn well() -> Health {
    Health {
        workers: ["turns", "alarms", "sweep", "audit"].map(|name| (name.to_owned(), 400)).to_vec(),
        is_ready: true,
        channels: vec![ChannelHealth {
            business: "lotos".into(),
            account: "widget".into(),
            title: "Чат на сайте".into(),
            trouble: None,
        }],
        unopened: Vec::new(),
        inbox: Inbox { taken: 52, worked: 48, parked: 3 },
    }
}

#[async_trait]
impl Desk for FakeDesk {
    async fn hook(
        &self,
        business: &str,
        account: &str,
        secret: &str,
        _headers: &[(&str, &[u8])],
        body: &[u8],
        is_query: bool,
    ) -> Result<String, HookRefusal> {
        match (business, account, secret, body) {
            ("lotos", "whatsapp", "right", b"hub.challenge=42") if is_query => Ok("42".to_owned()),
            ("lotos", "telegram", "right", b"{}") => Ok(String::new()),
            ("lotos", "telegram", "right", b"later") => Err(HookRefusal::NotReady),
            ("lotos", "telegram", "right", _) => Err(HookRefusal::BadBody),
            ("lotos", "telegram", ..) => Err(HookRefusal::Forged),
            _ => Err(HookRefusal::NotFound),
        }
    }

    async fn ring(
        &self,
        business: &str,
        account: &str,
        secret: &str,
        headers: &[(&str, &[u8])],
    ) -> Result<(), HookRefusal> {
        let token = headers.iter().find(|(name, _)| *name == "x-goog-channel-token");
        let token = token.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).unwrap_or_default();
        match secret {
            "right" => self.rings.lock().unwrap().push((business.to_owned(), account.to_owned(), token)),
            "early" => return Err(HookRefusal::NotReady),
            _ => return Err(HookRefusal::NotFound),
        }
        Ok(())
    }

    async fn report(
        &self,
        business: &str,
        means: &str,
        secret: &str,
        _headers: &[(&str, &[u8])],
        body: &[u8],
    ) -> Result<(u16, &'static str), HookRefusal> {
        match (business, means, secret, body) {
            ("lotos", "smsru", "right", b"report=1") => Ok((200, "100")),
            ("lotos", "smsru", "right", _) => Err(HookRefusal::BadBody),
            _ => Err(HookRefusal::NotFound),
        }
    }

    /// Lets nobody in but one browser with one link.
    async fn crm_link(&self, business: &str) -> anyhow::Result<Option<Invitation>> {
        let link = "https://salon-demo.bitrix24.ru/oauth/authorize/?state=lotos.right".to_owned();
        Ok((business == "lotos").then(|| Invitation { link, browser: "b1".to_owned() }))
    }

    async fn crm_redeem(&self, state: &str, browser: &str, query: &[(String, String)]) -> Result<(), String> {
        let has_code = query.iter().any(|(name, value)| name == "code" && value == "c0de");
        if has_code && (state, browser) == ("lotos.right", "b1") {
            Ok(())
        } else {
            Err("Ссылка устарела".to_owned())
        }
    }

    async fn crm_news(&self, business: &str, secret: &str, body: &[u8]) -> Result<(), HookRefusal> {
        match (business, secret, body) {
            ("lotos", "right", b"event=ONAPPTEST") => Ok(()),
            ("lotos", "right", _) => Err(HookRefusal::Forged),
            _ => Err(HookRefusal::NotFound),
        }
    }

    /// Vouches for one body; the portal stands until it is taken away.
    async fn crm_visit(&self, business: &str, body: &[u8]) -> Result<Visit, HookRefusal> {
        let visit = |may_look| Ok(Visit { origin: PORTAL.to_owned(), may_look });
        match (business, body) {
            ("lotos", b"AUTH_ID=admin") => visit(true),
            ("lotos", b"AUTH_ID=stranger") => visit(false),
            _ => Err(HookRefusal::Forged),
        }
    }

    async fn is_crm_at(&self, _business: &str, origin: &str) -> anyhow::Result<bool> {
        Ok(origin == PORTAL && !self.is_portal_gone.load(Ordering::SeqCst))
    }

    fn crm(&self, _business: &str) -> Option<Arc<dyn Crm>> {
        self.crm.lock().unwrap().clone()
    }

    fn crm_addresses(&self, business: &str) -> Option<Addresses> {
        let address = |path: &str| format!("https://nochnik.example/{path}");
        let fields =
            vec![("Путь обработчика", address("oauth")), ("Путь первоначальной установки", address("crm/lotos/right"))];
        (business == "lotos").then_some(Addresses {
            place: "Разработчикам → Другое → Локальное приложение", fields
        })
    }

    /// Knows one link: open until its button is pressed.
    async fn take_page(&self, token: &str) -> anyhow::Result<Option<TakePage>> {
        let is_taken = self.takes.load(Ordering::SeqCst) > 0;
        Ok((token == "right").then(|| TakePage {
            business_name: "Лотос".into(),
            conversation: "c3".into(),
            opened: "02:10".into(),
            state: if is_taken { TakeState::Yours } else { TakeState::Open },
        }))
    }

    async fn take(&self, token: &str) -> anyhow::Result<Option<TakePage>> {
        if token == "right" {
            self.takes.fetch_add(1, Ordering::SeqCst);
        }
        self.take_page(token).await
    }

    /// Knows one visit, at noon of the next day in Moscow, by the right token alone.
    async fn opened(&self, code: &str, is_counted: bool) -> Result<Option<String>, anyhow::Error> {
        Ok((code == "abc").then(|| format!("https://maps.example/?counted={is_counted}")))
    }

    async fn visit(
        &self,
        business: &str,
        conversation: &str,
        number: &str,
        token: &str,
    ) -> anyhow::Result<Option<(Settings, Booking)>> {
        if (business, conversation, number, token) != ("lotos", "c3", "1", "right") {
            return Ok(None);
        }
        let starts_at: Timestamp = "2026-11-25T12:00:00+03:00".parse()?;
        let ends_at = starts_at + jiff::SignedDuration::from_mins(90);
        let slot = Slot {
            specialist: SpecialistId::new("anna"),
            starts_at,
            ends_at,
            busy_until: ends_at + jiff::SignedDuration::from_mins(10),
            extra: Extra::default(),
        };
        let state = BookingState::Confirmed { at: self.now() };
        let booking = Booking::new("c3/1".to_owned(), vec![ServiceId::new("manicure")], slot, state);
        Ok(Some((Settings::build(lotos(), 1).map_err(|problems| anyhow::anyhow!("{problems:?}"))?, booking)))
    }

    /// Keeps the message and answers with a sentence, as an engine would.
    async fn chat(&self, business: &str, account: &str, peer: &str, body: &[u8]) -> Result<(), HookRefusal> {
        let said: serde_json::Value = serde_json::from_slice(body).map_err(|_| HookRefusal::BadBody)?;
        self.chats.lock().unwrap().push((business.into(), account.into(), peer.into(), body.to_vec()));
        let (business, account, peer) = (business.to_owned(), account.to_owned(), peer.to_owned());
        let now_ms = self.now().as_millisecond();
        let id = night::talk(&self.store, &business, &account, &peer, now_ms).await;
        night::say(
            &self.store,
            &business,
            &id,
            "client",
            said["text"].as_str().unwrap_or_default(),
            said["id"].as_str(),
            now_ms,
        )
        .await;
        night::say(
            &self.store,
            &business,
            &id,
            "bot",
            "Здравствуйте! Я бот салона «Лотос». На какую услугу вас записать?",
            None,
            now_ms,
        )
        .await;
        self.tell(&business, &id);
        Ok(())
    }

    async fn staff(
        &self,
        business: &str,
        conversation: &str,
        person: &str,
        act: StaffAct,
        once: Option<&str>,
    ) -> Result<(), anyhow::Error> {
        if once.is_some_and(|once| !self.done.lock().unwrap().insert(once.to_owned())) {
            return Ok(());
        }
        let said = match &act {
            StaffAct::Reply { text } => Some(("person", text)),
            StaffAct::Note { text } => Some(("note", text)),
            _ => None,
        };
        if let Some((author, text)) = said {
            night::say(&self.store, business, conversation, author, text, None, self.now().as_millisecond()).await;
        }
        self.acts.lock().unwrap().push((business.into(), conversation.into(), person.into(), act));
        self.tell(business, conversation);
        Ok(())
    }

    async fn answer(
        &self,
        business: &str,
        conversation: &str,
        case: &str,
        person: &str,
        answer: NoticeAnswer,
        once: Option<&str>,
    ) -> Result<(), anyhow::Error> {
        if once.is_none_or(|once| self.done.lock().unwrap().insert(once.to_owned())) {
            self.answers.lock().unwrap().push((conversation.into(), case.into(), person.into(), answer));
            self.tell(business, conversation);
        }
        Ok(())
    }

    async fn has_act(&self, _business: &str, once: &str) -> Result<bool, anyhow::Error> {
        Ok(self.done.lock().unwrap().contains(once))
    }

    /// Of this desk's talks only times stand in the way: what the store holds of the specialist.
    async fn hindrance(
        &self,
        business: &str,
        _conversation: &str,
        change: VisitChange,
    ) -> Result<Option<Hindrance>, anyhow::Error> {
        let Some(to) = change.now else { return Ok(None) };
        if to.from <= self.now() {
            return Ok(Some(Hindrance::Past));
        }
        let (business, from_ms, to_ms) = (business.to_owned(), to.from.as_millisecond(), to.to.as_millisecond());
        let job = move |sql: &mut dyn Sql| bookings::busy(sql, &business, from_ms, to_ms);
        let busy = self.store.read(job).await?;
        let is_taken =
            |busy: &bookings::Busy| busy.subject == to.specialist.as_str() && busy.booking_id != change.booking;
        Ok(busy.iter().any(is_taken).then_some(Hindrance::Taken))
    }

    /// The demo salon with what this desk's store holds.
    async fn business(&self, business: &str) -> anyhow::Result<Option<Business>> {
        let (id, from_ms) = (business.to_owned(), self.now().as_millisecond());
        let job =
            move |sql: &mut dyn Sql| Ok((businesses::get(sql, &id)?, bookings::busy(sql, &id, from_ms, i64::MAX)?));
        let (Some(row), busy) = self.store.read(job).await? else { return Ok(None) };
        let settings = Settings::build(serde_json::from_str(&row.document)?, 1);
        let settings = settings.map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
        let at = |ms| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX);
        let taken = |row: bookings::Busy| Busy {
            booking: row.booking_id,
            ..Busy::of_specialist(SpecialistId::new(row.subject), at(row.starts_at_ms), at(row.ends_at_ms))
        };
        let busy = Arc::new(busy.into_iter().map(taken).collect());
        Ok(Some(Business { settings, changes: Arc::default(), busy }))
    }

    /// Notes it where it has a place.
    async fn enter(
        &self,
        business: &str,
        author: &Author,
        visit: &HandVisit,
        once: &str,
    ) -> anyhow::Result<Result<(), NoPlace>> {
        let Some(now) = self.business(business).await? else { return Ok(Err(NoPlace::NoVisit)) };
        match place(&now, &visit.ask, visit.at, self.now()) {
            Err(why) => return Ok(Err(why)),
            Ok(place) if !place.doubts.is_empty() && !visit.is_sure => return Ok(Err(NoPlace::Doubted)),
            Ok(_) => {}
        }
        if self.done.lock().unwrap().insert(once.to_owned()) {
            self.entered.lock().unwrap().push((author.login.clone(), visit.clone()));
        }
        Ok(Ok(()))
    }

    /// In this desk's store: whether the time is kept without a limit.
    async fn is_undecided(&self, business: &str, _conversation: &str, booking: &str) -> Result<bool, anyhow::Error> {
        let (business, id) = (business.to_owned(), booking.to_owned());
        let found = self.store.read(move |sql| bookings::get(sql, &business, &id)).await?;
        Ok(found.is_some_and(|it| it.status == bookings::BookingStatus::Held && it.held_until_ms.is_none()))
    }

    async fn file(&self, business: &str, conversation: &str, seq: i64) -> Result<Option<Media>, anyhow::Error> {
        let bytes: &[u8] = match (business, conversation, seq) {
            ("lotos", "c1", 1) => b"GIF89a",
            ("lotos", "c1", 2) => b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
            _ => return Ok(None),
        };
        // Its server lies about what it is.
        Ok(Some(Media { mime: Some("image/png".to_owned()), bytes: bytes.to_vec() }))
    }

    async fn replay(&self, business: &str, outbox_id: i64, actor: &str) -> Result<(), anyhow::Error> {
        self.replays.lock().unwrap().push((business.into(), outbox_id, actor.into()));
        Ok(())
    }

    async fn try_subscriber(&self, business: &str, subscriber: &str, actor: &str) -> Result<(), anyhow::Error> {
        self.trials.lock().unwrap().push((business.into(), subscriber.into(), actor.into()));
        Ok(())
    }

    async fn invite(&self, _business: &str, person: &str) -> Result<String, anyhow::Error> {
        Ok(format!("duty_{person}"))
    }

    fn push(&self, _business: &str) -> Option<Arc<dyn Notifier>> {
        Some(self.push.lock().unwrap().clone())
    }

    fn health(&self) -> Health {
        self.health.lock().unwrap().clone()
    }

    fn inbox(&self, business: &str) -> Inbox {
        self.inbox.lock().unwrap().get(business).copied().unwrap_or_default()
    }

    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }
}

/// A server with the demo salon «lotos», a second business «barber», and a login for each role.
pub struct Site {
    pub store: Store,
    pub desk: Arc<FakeDesk>,
    pub web: Arc<Web>,
    pub router: axum::Router,
}

impl Site {
    pub async fn open() -> Self {
        Self::open_at("").await
    }

    pub async fn open_at(public_url: &str) -> Self {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let desk = FakeDesk::new(store.clone());
        let now_ms = desk.now().as_millisecond();
        for (id, document) in [("lotos", lotos()), ("barber", barber())] {
            let json = serde_json::to_string(&document).unwrap();
            store.write(move |sql| businesses::put(sql, id, &json, now_ms)).await.unwrap();
        }
        for (login, role) in [("roza", Role::Owner), ("marina", Role::Manager), ("gost", Role::Observer)] {
            web::set_password(&store, "lotos", login, role, PASSWORD, now_ms).await.unwrap();
        }
        let web = Arc::new(Web {
            store: store.clone(),
            desk: desk.clone(),
            place: Place { public_url: public_url.to_owned(), trusted_proxies: Vec::new(), nothing_leaves: false },
            key: Key::random().unwrap(),
            push_key: "BPublicKeyOfTheTest".to_owned(),
            titles: BTreeMap::from([("widget".to_owned(), "Чат на сайте".to_owned())]),
            metrics: None,
            bounds: Bounds::default(),
            jobs: Jobs::default(),
        });
        Self { store, desk, router: web::router(web.clone()), web }
    }
}

/// The demo salon, whose chat may also stand on its own site.
pub fn lotos() -> Document {
    let mut document: Document = toml::from_str(include_str!("../../../../../businesses/demo.toml")).unwrap();
    let widget = document.channels.iter_mut().find(|entry| entry.kind == "widget").unwrap();
    widget.fields.insert("origins".to_owned(), serde_json::json!(["https://lotos.example"]));
    document
}

fn barber() -> Document {
    let mut document: Document = serde_json::from_str(include_str!("../../../../../businesses/barber.json")).unwrap();
    document.id = "barber".to_owned();
    document
}
