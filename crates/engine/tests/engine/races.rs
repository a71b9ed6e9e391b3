//! Sixty-four clients want one slot at the same moment, on both databases; and a node that dies in
//! the middle of its work, with another that goes on.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test drives everything itself and says what it skipped"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::ports::{Channel, Crm};
use nochnik_core::business::{ChannelEntry, CrmEntry, Document};
use nochnik_engine::{Clock, Engine, Keys, Opener, Setup, conversation_id};
use nochnik_store::bookings::{Booking, BookingStatus};
use nochnik_store::test_postgres::TestPostgres;
use nochnik_store::{Store, bookings, businesses, inbox, messages};

const BUSINESS: &str = "lotos";
const CLIENTS: usize = 64;

/// The quiet channels: nothing leaves the process.
struct Quiet;

impl Opener for Quiet {
    fn channel(&self, _: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        channels::open(entry, &OpenContext::default()).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(None)
    }
}

async fn node(store: &Store, name: &str) -> Engine {
    let setup = Setup {
        store: store.clone(),
        opener: Box::new(Quiet),
        keys: Keys::new(vec![7; 32]),
        clock: Clock::System,
        node: name.to_owned(),
        public_url: String::new(),
        listens: false,
    };
    Engine::start(setup).await.unwrap()
}

async fn import(store: &Store) {
    import_changed(store, |_| {}).await;
}

async fn import_changed(store: &Store, change: impl Fn(&mut Document)) {
    let mut document: Document = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    change(&mut document);
    let json = serde_json::to_string(&document).unwrap();
    store.write(move |sql| businesses::put(sql, BUSINESS, &json, 0)).await.unwrap();
}

async fn says(engine: &Engine, peer: &str, id: usize, text: &str) {
    let body = serde_json::json!({ "id": format!("00000000-0000-4000-8000-{id:012}"), "kind": "text", "text": text })
        .to_string();
    engine.chat(BUSINESS, "widget", peer, body.as_bytes()).await.unwrap();
}

/// What the bot said to the client, oldest first.
async fn heard(store: &Store, peer: &str) -> Vec<String> {
    let address =
        nochnik_core::values::Address { channel: "widget".into(), account: "widget".into(), peer: peer.into() };
    let id = conversation_id(BUSINESS, &address).to_string();
    let bubbles = store.read(move |sql| messages::last(sql, BUSINESS, &id, 100)).await.unwrap();
    bubbles.into_iter().filter(|bubble| bubble.author == "bot").map(|bubble| bubble.text).collect()
}

async fn until_quiet(store: &Store, within: Duration) {
    let begun = Instant::now();
    while store.read(|sql| Ok(inbox::counts(sql)?.waiting)).await.unwrap() > 0 {
        assert!(begun.elapsed() < within, "events still wait after {within:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn live(visits: Vec<Booking>) -> Vec<Booking> {
    visits.into_iter().filter(|visit| matches!(visit.status, BookingStatus::Held | BookingStatus::Confirmed)).collect()
}

/// A Wednesday at least a week ahead, so that the salon is open and nothing is too soon.
fn wanted_day() -> jiff::civil::Date {
    let today = Clock::System.now().to_zoned(jiff::tz::TimeZone::get("Europe/Moscow").unwrap()).date();
    let week = today.checked_add(jiff::ToSpan::days(7)).unwrap();
    week.series(jiff::ToSpan::days(1)).find(|day| day.weekday() == jiff::civil::Weekday::Wednesday).unwrap()
}

async fn one_wins(store: Store) {
    import(&store).await;
    let engine = node(&store, "one").await;
    all_want_noon(&engine).await;
    until_quiet(&store, Duration::from_secs(20)).await;
    let visits = live(store.read(|sql| bookings::list(sql, BUSINESS, 0, i64::MAX)).await.unwrap());
    assert_eq!(visits.len(), 1, "one slot, one client");
    let (won, offered) = outcomes(&store).await;
    assert_eq!((won, offered), (1, CLIENTS - 1), "the others are offered the nearest");
    engine.stop().await;
    store.close().await;
}

/// Every client writes at the same moment: a manicure at Anna's at noon of the wanted day.
async fn all_want_noon(engine: &Engine) {
    let day = wanted_day();
    let text = format!("Запишите на маникюр к Анне {:02}.{:02} в 12:00", day.day(), day.month());
    let all = (0..CLIENTS).map(|client| {
        let (engine, text) = (engine.clone(), text.clone());
        tokio::spawn(async move { says(&engine, &format!("client-{client}"), client, &text).await })
    });
    for said in all.collect::<Vec<_>>() {
        said.await.unwrap();
    }
}

/// How many clients were asked their name, and how many were offered other times.
async fn outcomes(store: &Store) -> (usize, usize) {
    let (mut won, mut offered) = (0, 0);
    for client in 0..CLIENTS {
        let last = heard(store, &format!("client-{client}")).await.pop().unwrap();
        won += usize::from(last.contains("Как вас зовут"));
        offered += usize::from(last.contains("1. "));
        assert!(!last.contains(", 12:00 — Анна"), "the taken slot is offered to nobody: {last}");
    }
    (won, offered)
}

/// As a lesson of ten the same noon has ten seats, each with its own client.
async fn ten_win(store: Store) {
    import_changed(&store, |document| {
        let lesson = document.services.iter_mut().find(|service| service.id == "manicure").unwrap();
        lesson.capacity = 10;
    })
    .await;
    let engine = node(&store, "one").await;
    all_want_noon(&engine).await;
    until_quiet(&store, Duration::from_secs(30)).await;
    let busy = store.read(|sql| bookings::busy(sql, BUSINESS, 0, i64::MAX)).await.unwrap();
    let mut seats: Vec<i64> = busy.iter().filter_map(|busy| Some(busy.seat.as_ref()?.1)).collect();
    seats.sort_unstable();
    assert_eq!(seats, (1..=10).collect::<Vec<_>>());
    assert_eq!(outcomes(&store).await, (10, CLIENTS - 10), "the others are offered the nearest lessons");
    engine.stop().await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_clients_ten_get_the_lesson_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    ten_win(Store::open(&format!("sqlite:{}", folder.path().join("race.db").display())).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_clients_ten_get_the_lesson_on_postgres() {
    let Some(server) = postgres() else { return };
    ten_win(Store::open(&server.database().unwrap()).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_f61_of_64_clients_one_gets_the_slot_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    one_wins(Store::open(&format!("sqlite:{}", folder.path().join("race.db").display())).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_f61_of_64_clients_one_gets_the_slot_on_postgres() {
    let Some(server) = postgres() else { return };
    one_wins(Store::open(&server.database().unwrap()).await.unwrap()).await;
}

fn postgres() -> Option<TestPostgres> {
    TestPostgres::start().inspect_err(|why| println!("SKIPPED: no PostgreSQL: {why}")).ok()
}

/// Two nodes on one database: one dies with work in its hands, the other finishes it, nothing twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_dies_and_another_goes_on() {
    let Some(server) = postgres() else { return };
    let url = server.database().unwrap();
    let (first_store, second_store) = (Store::open(&url).await.unwrap(), Store::open(&url).await.unwrap());
    import(&first_store).await;
    let first = node(&first_store, "first").await;
    let second = node(&second_store, "second").await;
    for client in 0..CLIENTS {
        says(
            if client % 2 == 0 { &first } else { &second },
            &format!("client-{client}"),
            client,
            "Сколько стоит маникюр?",
        )
        .await;
        if client == CLIENTS / 2 {
            first.kill().await;
        }
        if client > CLIENTS / 2 && client % 2 == 0 {
            // Its clients come to the other door.
            says(&second, &format!("client-{client}"), client, "Сколько стоит маникюр?").await;
        }
    }
    let begun = Instant::now();
    until_quiet(&second_store, Duration::from_secs(15)).await;
    println!("everything finished {:?} after the last message", begun.elapsed());
    for client in 0..CLIENTS {
        let heard = heard(&second_store, &format!("client-{client}")).await;
        assert_eq!(heard.len(), 1, "client {client} is answered once: {heard:?}");
    }
    second.stop().await;
}
