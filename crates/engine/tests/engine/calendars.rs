//! A calendar outside and a salon of ours tell each other what changed, on virtual time: Maria's, which only remembers,
//! and where a person's hand is the test's.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use nochnik_adapters::calendars::memory::Memory;
use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::failure::codes;
use nochnik_adapters::ports::{Calendar, Channel, Crm, EventState, Span, Taken};
use nochnik_core::business::{CalendarEntry, ChannelEntry, CrmEntry};
use nochnik_core::values::{Address, SpecialistId};
use nochnik_engine::clock::pause;
use nochnik_engine::{Clock, Engine, Keys, Opener, Setup, conversation_id};
use nochnik_store::bookings::{self, BookingStatus};
use nochnik_store::outbox::{self, Status};
use nochnik_store::{Sql, Store, businesses, messages};
use serde_json::{Value, json};

const SALON: &str = "lotos";
const NO_TIME: &str = "Свободного окна нет";
/// Longer than the minute between two looks at a calendar.
const A_LOOK: Duration = Duration::from_secs(70);
/// Longer than what a write takes that somebody's change came between.
const A_QUARREL: Duration = Duration::from_secs(150);

struct Doors {
    maria: Arc<Memory>,
    spare: Arc<Memory>,
}

impl Opener for Doors {
    fn channel(&self, _: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        channels::open(entry, &OpenContext::default()).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(None)
    }

    fn calendar(&self, _: &str, entry: &CalendarEntry) -> Result<Arc<dyn Calendar>, String> {
        let memory = if entry.account() == "maria" { &self.maria } else { &self.spare };
        Ok(Arc::clone(memory) as Arc<dyn Calendar>)
    }
}

struct Night {
    engine: Engine,
    maria: Arc<Memory>,
    /// Shows the same visits elsewhere.
    spare: Arc<Memory>,
    said: u32,
}

async fn open(calendars: Value) -> Night {
    open_with(calendars, Memory::default()).await
}

/// Wednesday 25 November 2026, 23:40 in Moscow. Roza owns the salon and hears of it in the site chat.
async fn open_with(calendars: Value, maria: Memory) -> Night {
    let demo: toml::Table = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    let mut document = serde_json::to_value(demo).unwrap();
    let person = |id: &str, name: &str, role: &str| json!({ "id": id, "name": name, "role": role, "means": [{ "channel": "widget", "peer": id }] });
    document["people"] =
        json!([person("marina", "Марина", "duty"), person("oleg", "Олег", "senior"), person("roza", "Роза", "owner")]);
    document["shifts"] = json!([{ "person": "marina", "from": "20:00", "to": "09:00" }]);
    document["calendars"] = calendars;
    let store = Store::open_inline().unwrap();
    store.write(move |sql| businesses::put(sql, SALON, &document.to_string(), 0)).await.unwrap();
    let (maria, spare) = (Arc::new(maria), Arc::<Memory>::default());
    let setup = Setup {
        store,
        opener: Box::new(Doors { maria: Arc::clone(&maria), spare: Arc::clone(&spare) }),
        keys: Keys::new(vec![7; 32]),
        clock: Clock::starting_at("2026-11-25T20:40:00Z".parse().unwrap()),
        node: "one".to_owned(),
        public_url: String::new(),
        listens: true,
    };
    Night { engine: Engine::start(setup).await.unwrap(), maria, spare, said: 0 }
}

fn marias() -> Value {
    json!([{ "kind": "memory", "id": "maria", "specialists": ["maria"] }])
}

/// On Thursday, by the clock of Moscow.
fn at(hour: &str) -> Timestamp {
    format!("2026-11-26T{hour}:00+03:00").parse().unwrap()
}

fn thursday(from: &str, to: &str) -> Taken {
    Taken { specialist: None, span: Span { from: at(from), to: at(to) } }
}

fn talk_of(peer: &str) -> String {
    let address = Address { channel: "widget".to_owned(), account: "widget".to_owned(), peer: peer.to_owned() };
    conversation_id(SALON, &address).to_string()
}

impl Night {
    async fn says(&mut self, peer: &str, text: &str) {
        self.says_in_haste(peer, text).await;
        pause(Duration::from_secs(10)).await;
    }

    async fn says_in_haste(&mut self, peer: &str, text: &str) {
        self.said += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.said);
        let body = json!({ "id": id, "kind": "text", "text": text }).to_string();
        self.engine.chat(SALON, "widget", peer, body.as_bytes()).await.unwrap();
    }

    async fn books(&mut self, peer: &str, hour: &str) {
        let phone = format!("8 918 555 00 {}", &hour[..2]);
        self.says(peer, &format!("маникюр без покрытия к Марии завтра в {hour}, Ольга, {phone}")).await;
        self.says(peer, "да, всё верно").await;
        assert_eq!(self.stands(peer).await, [(at(hour), BookingStatus::Confirmed)], "{:?}", self.last_told(peer).await);
    }

    /// What the bot has told this client, the newest last.
    async fn told(&self, peer: &str) -> Vec<String> {
        let talk = talk_of(peer);
        let job = move |sql: &mut dyn Sql| messages::list(sql, SALON, &talk, 0, 100);
        let bubbles = self.engine.store.read(job).await.unwrap();
        let bot = bubbles.into_iter().filter(|bubble| bubble.author == "bot");
        bot.map(|bubble| bubble.text.replace('\u{a0}', " ")).collect()
    }

    async fn last_told(&self, peer: &str) -> String {
        self.told(peer).await.pop().unwrap_or_default()
    }

    /// What the owner was told besides cards.
    async fn owner(&self) -> Vec<String> {
        let rows = self.engine.store.read(|sql| outbox::list(sql, SALON, Status::Done, 200)).await.unwrap();
        let texts = rows.into_iter().filter_map(|listed| {
            let payload: Value = serde_json::from_str(&listed.row.payload).unwrap();
            payload["tell"]["message"]["text"].as_str().map(|text| text.replace('\u{a0}', " "))
        });
        texts.collect()
    }

    /// This client's visits, by their beginning.
    async fn stands(&self, peer: &str) -> Vec<(Timestamp, BookingStatus)> {
        let talk = talk_of(peer);
        let listed = self.engine.store.read(|sql| bookings::list(sql, SALON, 0, i64::MAX)).await.unwrap();
        let own = listed.into_iter().filter(|booking| booking.conversation_id == talk);
        own.map(|booking| (Timestamp::from_millisecond(booking.starts_at_ms).unwrap(), booking.status)).collect()
    }
}

/// The visits that stand in a calendar: the name of the event and when it begins.
fn visits(memory: &Memory) -> Vec<(String, Timestamp)> {
    let visit = |(id, state)| match state {
        EventState::Visit { time, .. } => Some((id, time.span.from)),
        _ => None,
    };
    memory.events().into_iter().filter_map(visit).collect()
}

/// Somebody drags a visit to other hours.
fn drag(memory: &Memory, id: &str, from: &str, to: &str) {
    let found = memory.events().into_iter().find(|(event, _)| event == id).unwrap();
    let EventState::Visit { booking, time } = found.1 else { panic!("no visit of ours") };
    memory.write(id, EventState::Visit { booking, time: Taken { span: thursday(from, to).span, ..time } });
}

#[tokio::test(start_paused = true)]
async fn what_is_taken_there_is_not_offered_here_until_it_is_free_again() {
    let mut night = open(marias()).await;
    night.maria.write("dentist", EventState::Busy(vec![thursday("12:00", "13:00")]));
    pause(A_LOOK).await;
    night.says("olga", "маникюр без покрытия к Марии завтра в 12:00").await;
    let told = night.last_told("olga").await;
    assert!(told.contains(NO_TIME) && !told.contains("12:00 — Мария"), "{told}");
    night.says("ira", "маникюр без покрытия к Анне завтра в 12:00").await;
    assert!(!night.last_told("ira").await.contains(NO_TIME), "Anna's time is her own");

    night.says("olga", "если вдруг освободится, напишите мне").await;
    night.maria.write("dentist", EventState::Gone);
    pause(A_LOOK).await;
    let told = night.last_told("olga").await;
    assert!(told.contains("Освободилось время") && told.contains("12:00 — Мария"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_visit_stands_in_the_calendar_for_as_long_as_here() {
    let mut night = open(marias()).await;
    night.books("olga", "12:00").await;
    pause(A_LOOK).await;
    assert_eq!(visits(&night.maria).into_iter().map(|(_, from)| from).collect::<Vec<_>>(), [at("12:00")]);
    assert_eq!(night.told("olga").await.len(), 2, "our own event is no news");
    night.says("olga", "отмените мою запись").await;
    pause(A_LOOK).await;
    assert_eq!(night.maria.events(), []);
    assert_eq!(night.owner().await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_visit_moved_there_is_moved_here_and_everywhere_and_its_client_hears_of_it() {
    let both = json!([
        { "kind": "memory", "id": "maria", "specialists": ["maria"] },
        { "kind": "memory", "id": "spare" },
    ]);
    let mut night = open(both).await;
    night.books("olga", "12:00").await;
    let (id, _) = visits(&night.maria).remove(0);
    drag(&night.maria, &id, "15:00", "16:00");
    pause(A_LOOK).await;
    assert_eq!(night.stands("olga").await, [(at("15:00"), BookingStatus::Confirmed)]);
    let told = night.last_told("olga").await;
    assert!(told.starts_with("Нам пришлось перенести вашу запись") && told.contains("15:00"), "{told}");
    assert_eq!(visits(&night.spare), [(id.clone(), at("15:00"))], "the other calendar follows");
    let told = night.told("olga").await.len();
    pause(A_LOOK * 3).await;
    assert_eq!(night.told("olga").await.len(), told, "nothing goes round in a loop");

    night.says("ira", "маникюр без покрытия к Марии завтра в 12:00").await;
    assert!(!night.last_told("ira").await.contains(NO_TIME), "the old time is free");
}

/// The move is seen first: the client cancels what was moved.
#[tokio::test(start_paused = true)]
async fn a_move_and_then_a_cancel_end_without_a_visit() {
    let mut night = open(marias()).await;
    night.books("olga", "12:00").await;
    let (id, _) = visits(&night.maria).remove(0);
    drag(&night.maria, &id, "15:00", "16:00");
    pause(A_LOOK).await;
    night.says("olga", "отмените мою запись").await;
    pause(A_QUARREL).await;
    assert_eq!(night.stands("olga").await, [(at("15:00"), BookingStatus::Cancelled)]);
    assert!(night.last_told("olga").await.starts_with("Отменил запись"));
    assert_eq!(night.maria.events(), []);
}

/// Neither knows of the other: the client's word came into our house first, and whoever moved the visit is told.
#[tokio::test(start_paused = true)]
async fn a_move_and_a_cancel_at_the_same_moment_end_in_one_truth_that_both_are_told() {
    let mut night = open(marias()).await;
    night.books("olga", "12:00").await;
    let (id, _) = visits(&night.maria).remove(0);
    drag(&night.maria, &id, "15:00", "16:00");
    night.says_in_haste("olga", "отмените мою запись").await;
    pause(A_QUARREL).await;
    assert_eq!(night.stands("olga").await, [(at("12:00"), BookingStatus::Cancelled)]);
    assert!(night.last_told("olga").await.starts_with("Отменил запись"));
    assert_eq!(night.maria.events(), [], "the event goes, wherever it was moved to");
    let owner = night.owner().await;
    assert_eq!(owner.len(), 1, "{owner:?}");
    assert!(owner[0].contains("перенесли в календаре «maria»") && owner[0].contains("отменил её"), "{owner:?}");
}

#[tokio::test(start_paused = true)]
async fn a_visit_moved_onto_another_goes_back_and_its_client_is_left_alone() {
    let mut night = open(marias()).await;
    night.books("olga", "12:00").await;
    let (id, _) = visits(&night.maria).remove(0);
    night.books("ira", "14:00").await;
    let said = night.told("olga").await.len();
    drag(&night.maria, &id, "14:00", "15:00");
    pause(A_QUARREL).await;
    assert_eq!(night.stands("olga").await, [(at("12:00"), BookingStatus::Confirmed)]);
    assert_eq!(visits(&night.maria).iter().find(|(event, _)| *event == id), Some(&(id.clone(), at("12:00"))));
    assert_eq!(night.told("olga").await.len(), said);
    let owner = night.owner().await;
    assert!(owner.len() == 1 && owner[0].contains("занято другой записью"), "{owner:?}");
}

#[tokio::test(start_paused = true)]
async fn a_visit_deleted_there_is_off_and_another_time_is_looked_for() {
    let mut night = open(marias()).await;
    night.books("olga", "12:00").await;
    let (id, _) = visits(&night.maria).remove(0);
    night.maria.write(&id, EventState::Gone);
    pause(A_LOOK).await;
    assert_eq!(night.stands("olga").await, [(at("12:00"), BookingStatus::Cancelled)]);
    assert!(night.last_told("olga").await.contains("отменилась с нашей стороны"));
    night.says("olga", "завтра в 14:00").await;
    night.says("olga", "да").await;
    assert_eq!(night.stands("olga").await.pop(), Some((at("14:00"), BookingStatus::Confirmed)));
}

/// A calendar emptied by mistake calls nobody off.
#[tokio::test(start_paused = true)]
async fn many_visits_gone_at_once_are_an_accident() {
    let mut night = open(marias()).await;
    let clients = [("a", "10:00"), ("b", "11:00"), ("c", "12:00"), ("d", "13:00")];
    for (peer, hour) in clients {
        night.books(peer, hour).await;
    }
    pause(A_LOOK).await;
    for (id, _) in visits(&night.maria) {
        night.maria.write(&id, EventState::Gone);
    }
    pause(A_QUARREL).await;
    for (peer, hour) in clients {
        assert_eq!(night.stands(peer).await, [(at(hour), BookingStatus::Confirmed)]);
    }
    assert_eq!(visits(&night.maria).len(), 4, "they are put back");
    let owner = night.owner().await;
    assert!(owner.len() == 1 && owner[0].contains("пропали записи клиентов (4)"), "{owner:?}");
}

/// Marked as ours, but of no booking that we know: it takes time like anybody's.
#[tokio::test(start_paused = true)]
async fn a_visit_that_nobody_knows_here_takes_its_time() {
    let mut night = open(marias()).await;
    let time = Taken { specialist: Some(SpecialistId::new("maria")), ..thursday("12:00", "13:00") };
    night.maria.write("old", EventState::Visit { booking: "lost/1".to_owned(), time });
    pause(A_LOOK).await;
    night.says("olga", "маникюр без покрытия к Марии завтра в 12:00").await;
    assert!(night.last_told("olga").await.contains(NO_TIME));
}

#[tokio::test(start_paused = true)]
async fn where_the_calendar_decides_a_visit_stands_once_it_is_written_there() {
    let mut night = open_with(marias(), Memory::deciding()).await;
    night.says("olga", "маникюр без покрытия к Марии завтра в 12:00, Ольга, 8 918 555 00 12").await;
    night.says("olga", "да, всё верно").await;
    let told = night.told("olga").await;
    let [.., before, last] = &told[..] else { panic!("{told:?}") };
    assert!(before.starts_with("Записываю") && last.starts_with("Записал вас"), "{told:?}");
    assert_eq!(night.stands("olga").await, [(at("12:00"), BookingStatus::Confirmed)]);
    assert_eq!(visits(&night.maria).len(), 1);
}

/// The salon's own administrator was faster: the time is offered to nobody again, though the calendar has not been read.
#[tokio::test(start_paused = true)]
async fn where_the_calendar_says_taken_another_time_is_offered() {
    let mut night = open_with(marias(), Memory::deciding()).await;
    night.says("olga", "маникюр без покрытия к Марии завтра в 12:00, Ольга, 8 918 555 00 12").await;
    night.maria.refuse(Some(codes::TAKEN));
    night.says_in_haste("olga", "да, всё верно").await;
    pause(Duration::from_secs(3)).await;
    let told = night.last_told("olga").await;
    assert!(told.contains("только что заняли") && !told.contains("12:00 — Мария"), "{told}");
    night.maria.refuse(None);
    night.says("olga", "первое").await;
    night.says("olga", "да").await;
    let stands = night.stands("olga").await;
    assert_eq!(stands.iter().filter(|(_, status)| *status == BookingStatus::Confirmed).count(), 1, "{stands:?}");
    assert_eq!(visits(&night.maria).len(), 1);
    assert_eq!(night.owner().await, [""; 0]);
}

/// It cannot be written there at all: a person settles it, the time is kept.
#[tokio::test(start_paused = true)]
async fn where_the_calendar_refuses_a_person_settles_it() {
    let mut night = open_with(marias(), Memory::deciding()).await;
    night.maria.refuse(Some("not_bookable"));
    night.says("olga", "маникюр без покрытия к Марии завтра в 12:00, Ольга, 8 918 555 00 12").await;
    night.says("olga", "да, всё верно").await;
    assert!(night.last_told("olga").await.starts_with("Передал заявку"));
    assert_eq!(night.stands("olga").await, [(at("12:00"), BookingStatus::Held)]);
}

/// Somebody's event over a visit of ours drops nothing; the owner hears which of them meet.
#[tokio::test(start_paused = true)]
async fn an_event_put_over_a_visit_is_told_to_the_owner_once() {
    let mut night = open(marias()).await;
    night.books("olga", "12:00").await;
    night.maria.write("lunch", EventState::Busy(vec![thursday("12:30", "13:30")]));
    pause(A_LOOK * 3).await;
    assert_eq!(night.stands("olga").await, [(at("12:00"), BookingStatus::Confirmed)]);
    let owner = night.owner().await;
    assert!(owner.len() == 1 && owner[0].contains("завтра 12:00"), "{owner:?}");
}

/// A calendar that is switched on later shows what had been booked before.
#[tokio::test(start_paused = true)]
async fn a_new_calendar_gets_the_visits_that_stand_already() {
    let mut night = open(json!([])).await;
    night.books("olga", "12:00").await;
    let job = |sql: &mut dyn Sql| businesses::get(sql, SALON);
    let mut document: Value =
        serde_json::from_str(&night.engine.store.read(job).await.unwrap().unwrap().document).unwrap();
    document["calendars"] = marias();
    let put = move |sql: &mut dyn Sql| businesses::put(sql, SALON, &document.to_string(), 0);
    night.engine.store.write(put).await.unwrap();
    night.engine.reload(SALON).await.unwrap();
    pause(A_LOOK).await;
    assert_eq!(visits(&night.maria).into_iter().map(|(_, from)| from).collect::<Vec<_>>(), [at("12:00")]);
    assert_eq!(night.told("olga").await.len(), 2);
}
