//! A visit that a person enters: booked at once, in one line with the bot's own, on both databases; and reminded of
//! without a chat. What a person does with a visit later, on both databases.

#![expect(clippy::print_stdout, reason = "a test says what it skipped")]

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan};
use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::ports::{Channel, Crm};
use nochnik_core::business::{ChannelEntry, CrmEntry};
use nochnik_core::dialogue::HandVisit;
use nochnik_core::event::StaffAct;
use nochnik_core::outside::{Hindrance, Stands, VisitChange};
use nochnik_core::schedule::{HandAsk, NoPlace};
use nochnik_core::values::{Address, BY_HAND, Phone, ServiceId, SpecialistId};
use nochnik_engine::clock::pause;
use nochnik_engine::{Author, Clock, Engine, Keys, Opener, Setup, conversation_id};
use nochnik_store::bookings::{Booking, BookingStatus};
use nochnik_store::test_postgres::TestPostgres;
use nochnik_store::{Sql, Store, audit, bookings, businesses, conversations, leads, messages, outbox};
use serde_json::json;

use super::salon;

const SALON: &str = "lotos";
/// People who press «Записать» at the same moment.
const PEOPLE: usize = 12;

struct Quiet;

impl Opener for Quiet {
    fn channel(&self, _: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        channels::open(entry, &OpenContext::default()).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(None)
    }
}

fn marina() -> Author {
    Author { person: "marina".to_owned(), login: "marina".to_owned() }
}

/// A manicure with Anna.
fn visit(name: &str, phone: &str, at: Timestamp) -> HandVisit {
    HandVisit {
        name: name.to_owned(),
        phone: Phone::parse(phone).ok(),
        takes_sms: false,
        ask: HandAsk { services: vec![ServiceId::new("manicure")], specialist: Some(SpecialistId::new("anna")) },
        at,
        is_sure: false,
    }
}

fn moscow(wall: &str) -> Timestamp {
    wall.parse::<DateTime>().unwrap().to_zoned(jiff::tz::TimeZone::get("Europe/Moscow").unwrap()).unwrap().timestamp()
}

async fn live(store: &Store) -> Vec<Booking> {
    let all = store.read(|sql| bookings::list(sql, SALON, 0, i64::MAX)).await.unwrap();
    all.into_iter().filter(|it| matches!(it.status, BookingStatus::Held | BookingStatus::Confirmed)).collect()
}

#[tokio::test(start_paused = true)]
async fn it_is_booked_when_the_person_hears_of_it() {
    let engine = salon::open(&[SALON]).await;
    let noon = moscow("2026-11-26T12:10");
    let vera = visit("Вера", "+79185550150", noon);
    assert_eq!(engine.enter(SALON, &marina(), &vera, "a").await.unwrap(), Ok(()));
    let [booking] = &live(&engine.store).await[..] else { panic!() };
    assert_eq!((booking.status, booking.client_name.as_str()), (BookingStatus::Confirmed, "Вера"));
    assert_eq!(engine.enter(SALON, &marina(), &vera, "a").await.unwrap(), Ok(()), "a second press of the same button");
    let again = engine.enter(SALON, &marina(), &vera, "b").await.unwrap();
    assert_eq!(again, Err(NoPlace::Taken));
    let late = visit("Вера", "+79185550150", moscow("2026-11-26T19:30"));
    assert_eq!(engine.enter(SALON, &marina(), &late, "c").await.unwrap(), Err(NoPlace::Doubted));
    let meant = HandVisit { is_sure: true, ..late };
    assert_eq!(engine.enter(SALON, &marina(), &meant, "c").await.unwrap(), Ok(()));
    let talks: Vec<String> = live(&engine.store).await.into_iter().map(|it| it.conversation_id).collect();
    assert_eq!((talks.len(), &talks[0]), (2, &talks[1]), "one number is one client");

    let id = talks[0].clone();
    let job = move |sql: &mut dyn Sql| {
        let talk = conversations::get(sql, SALON, &id)?.unwrap();
        let lead = leads::of_conversation(sql, SALON, &id)?.unwrap();
        let lines = audit::list(sql, SALON, i64::MAX, 9)?;
        Ok((talk, lead, messages::last(sql, SALON, &id, 9)?, lines))
    };
    let (talk, lead, bubbles, lines) = engine.store.read(job).await.unwrap();
    assert_eq!((talk.channel.as_str(), talk.is_after_hours, talk.needs_person), (BY_HAND, false, false));
    assert!(!talk.peer.contains("9185550150"), "the number stands where it can be erased, and nowhere else");
    assert_eq!((lead.phone.as_str(), lead.status.as_str()), ("+79185550150", "booked"));
    assert!(bubbles.iter().all(|bubble| bubble.author == "note" && bubble.text.contains("внесена вручную")));
    let deeds: Vec<(&str, &str)> = lines.iter().map(|line| (line.actor.as_str(), line.action.as_str())).collect();
    assert_eq!(deeds, [("marina", "visit_new"), ("marina", "visit_new")], "what was refused leaves no line");
}

#[tokio::test(start_paused = true)]
async fn the_bot_offers_that_time_to_nobody() {
    let engine = salon::open(&[SALON]).await;
    let vera = visit("Вера", "+79185550150", moscow("2026-11-26T12:00"));
    engine.enter(SALON, &marina(), &vera, "a").await.unwrap().unwrap();
    let text = "маникюр без покрытия к Анне завтра в 12:00";
    let body = json!({ "id": "00000000-0000-4000-8000-000000000001", "kind": "text", "text": text }).to_string();
    engine.chat(SALON, "widget", "olga", body.as_bytes()).await.unwrap();
    pause(Duration::from_secs(10)).await;
    let address = Address { channel: "widget".to_owned(), account: "widget".to_owned(), peer: "olga".to_owned() };
    let talk = conversation_id(SALON, &address).to_string();
    let heard = engine.store.read(move |sql| messages::last(sql, SALON, &talk, 9)).await.unwrap().pop().unwrap().text;
    assert!(!heard.contains(", 12:00 — Анна") && heard.contains("1. "), "{heard}");
}

/// Nothing waits for a channel that is not there: the visit comes to the list of whom to ring.
#[tokio::test(start_paused = true)]
async fn its_reminders_go_to_no_chat() {
    let engine = salon::open(&[SALON]).await;
    let vera = visit("Вера", "+79185550150", moscow("2026-11-28T12:00"));
    engine.enter(SALON, &marina(), &vera, "a").await.unwrap().unwrap();
    pause(Duration::from_secs(3 * 24 * 3_600)).await;
    let rows = |status| engine.store.read(move |sql| outbox::list(sql, SALON, status, 9));
    for status in [outbox::Status::Waiting, outbox::Status::Dead, outbox::Status::Done] {
        assert!(rows(status).await.unwrap().iter().all(|row| row.row.kind != "say"), "{status:?}");
    }
    let booking = live(&engine.store).await.pop().unwrap();
    assert_eq!(booking.answer, Some(bookings::Answer::Silent));
}

fn setup(store: &Store) -> Setup {
    Setup {
        store: store.clone(),
        opener: Box::new(Quiet),
        keys: Keys::new(vec![7; 32]),
        clock: Clock::System,
        node: "one".to_owned(),
        public_url: String::new(),
        listens: false,
    }
}

/// Half of them by hand, half in the chat of the site: one gets Anna's noon.
async fn one_wins(store: Store) {
    let demo: toml::Table = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    let document = serde_json::to_string(&demo).unwrap();
    store.write(move |sql| businesses::put(sql, SALON, &document, 0)).await.unwrap();
    let engine = Engine::start(setup(&store)).await.unwrap();
    let day = wanted_day();
    let noon = day.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::get("Europe/Moscow").unwrap()).unwrap().timestamp();
    let people = (0..PEOPLE).map(|n| {
        let (engine, visit) = (engine.clone(), visit("Вера", &format!("+791855501{n:02}"), noon));
        tokio::spawn(async move { engine.enter(SALON, &marina(), &visit, &n.to_string()).await.unwrap() })
    });
    let clients = (0..PEOPLE).map(|n| {
        let (engine, text) =
            (engine.clone(), format!("Запишите на маникюр без покрытия к Анне {} в 12:00", day.strftime("%d.%m")));
        let body =
            json!({ "id": format!("00000000-0000-4000-8000-{n:012}"), "kind": "text", "text": text }).to_string();
        tokio::spawn(
            async move { engine.chat(SALON, "widget", &format!("client-{n}"), body.as_bytes()).await.unwrap() },
        )
    });
    let (clients, people): (Vec<_>, Vec<_>) = (clients.collect(), people.collect());
    for client in clients {
        client.await.unwrap();
    }
    let mut stood = 0;
    for person in people {
        match person.await.unwrap() {
            Ok(()) => stood += 1,
            Err(why) => assert_eq!(why, NoPlace::Taken),
        }
    }
    for _ in 0..400 {
        if store.read(|sql| Ok(nochnik_store::inbox::counts(sql)?.waiting)).await.unwrap() == 0 {
            break;
        }
        pause(Duration::from_millis(50)).await;
    }
    let at_noon: Vec<Booking> =
        live(&store).await.into_iter().filter(|it| it.starts_at_ms == noon.as_millisecond()).collect();
    let [won] = &at_noon[..] else { panic!("one time, one client: {at_noon:?}") };
    assert_eq!(won.status == BookingStatus::Confirmed, stood == 1, "who was told so has it");
    assert!(stood <= 1);
    engine.stop().await;
    store.close().await;
}

/// What a person does with a visit in the console is asked first, then done: it is approved, moved, called off.
async fn a_visit_is_changed(store: Store) {
    let mut demo: toml::Table = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    demo.entry("policy")
        .or_insert(toml::Table::new().into())
        .as_table_mut()
        .unwrap()
        .insert("confirm".to_owned(), "person".into());
    let document = serde_json::to_string(&demo).unwrap();
    store.write(move |sql| businesses::put(sql, SALON, &document, 0)).await.unwrap();
    let engine = Engine::start(setup(&store)).await.unwrap();
    let day = wanted_day().strftime("%d.%m").to_string();
    let words = [format!("маникюр без покрытия к Анне {day} в 12:00, Вера, 8 918 555 01 50"), "да".to_owned()];
    for (n, text) in words.iter().enumerate() {
        let body =
            json!({ "id": format!("00000000-0000-4000-8000-{n:012}"), "kind": "text", "text": text }).to_string();
        engine.chat(SALON, "widget", "vera", body.as_bytes()).await.unwrap();
        until(&store, |booking| booking.status == BookingStatus::Held && booking.held_until_ms.is_none() == (n == 1))
            .await;
    }
    let asked = live(&store).await.pop().unwrap();
    let talk = asked.conversation_id.as_str();
    assert!(engine.is_undecided(SALON, talk, &asked.id).await.unwrap());
    let act = |act, id| engine.staff(SALON, talk, "marina", act, id);
    act(StaffAct::Decide { booking: asked.id.clone(), is_approved: true }, "a").await.unwrap();
    until(&store, |booking| booking.status == BookingStatus::Confirmed).await;
    assert!(!engine.is_undecided(SALON, talk, &asked.id).await.unwrap());

    let (was, later) = (stands(&asked, 0), stands(&asked, 3));
    let moved = VisitChange { booking: asked.id.clone(), was, now: Some(later.clone()) };
    assert_eq!(engine.hindrance(SALON, talk, moved.clone()).await.unwrap(), None);
    act(StaffAct::Visit(moved), "b").await.unwrap();
    until(&store, |booking| booking.starts_at_ms == later.from.as_millisecond()).await;

    let off = VisitChange { booking: asked.id.clone(), was: later, now: None };
    assert_eq!(engine.hindrance(SALON, talk, off.clone()).await.unwrap(), None);
    act(StaffAct::Visit(off.clone()), "c").await.unwrap();
    until(&store, |booking| booking.status == BookingStatus::Cancelled).await;
    assert_eq!(engine.hindrance(SALON, talk, off).await.unwrap(), Some(Hindrance::Gone));
    engine.stop().await;
    store.close().await;
}

/// Where a visit stands, or would so many hours later.
fn stands(booking: &Booking, hours: i64) -> Stands {
    let at = |ms| Timestamp::from_millisecond(ms + hours * 3_600_000).unwrap();
    let specialist = SpecialistId::new(booking.specialist_id.as_str());
    Stands { specialist, from: at(booking.starts_at_ms), to: at(booking.visit_ends_at_ms) }
}

/// Waits until the only visit is so.
async fn until(store: &Store, is_so: impl Fn(&Booking) -> bool) {
    let mut all = Vec::new();
    for _ in 0..400 {
        all = store.read(|sql| bookings::list(sql, SALON, 0, i64::MAX)).await.unwrap();
        if all.first().is_some_and(&is_so) {
            return;
        }
        pause(Duration::from_millis(50)).await;
    }
    panic!("{all:?}");
}

/// A Wednesday at least a week ahead, so that the salon is open and nothing is too soon.
fn wanted_day() -> jiff::civil::Date {
    let today = Clock::System.now().to_zoned(jiff::tz::TimeZone::get("Europe/Moscow").unwrap()).date();
    let week = today.checked_add(7.days()).unwrap();
    week.series(1.day()).find(|day| day.weekday() == jiff::civil::Weekday::Wednesday).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_people_and_clients_one_gets_the_time_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    one_wins(Store::open(&format!("sqlite:{}", folder.path().join("race.db").display())).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_people_and_clients_one_gets_the_time_on_postgres() {
    let Ok(server) = TestPostgres::start().inspect_err(|why| println!("SKIPPED: no PostgreSQL: {why}")) else { return };
    one_wins(Store::open(&server.database().unwrap()).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_is_approved_moved_and_called_off_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    a_visit_is_changed(Store::open(&format!("sqlite:{}", folder.path().join("visit.db").display())).await.unwrap())
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_is_approved_moved_and_called_off_on_postgres() {
    let Ok(server) = TestPostgres::start().inspect_err(|why| println!("SKIPPED: no PostgreSQL: {why}")) else { return };
    a_visit_is_changed(Store::open(&server.database().unwrap()).await.unwrap()).await;
}
