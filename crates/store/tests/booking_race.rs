//! Many clients want the same slots at once: each slot has one owner, on both engines.
//!
//! `make races` runs the whole of it: 100,000 attempts on 1,000 slots; the ordinary check a small part.

#![expect(clippy::disallowed_methods, reason = "a race tells how long it took")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(clippy::print_stderr, reason = "the reader of a test run must see what ran, and how much of it")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use nochnik_store::bookings::{self, Busy, NewBooking};
use nochnik_store::test_postgres::TestPostgres;
use nochnik_store::{Store, StoreError, businesses};
use tokio::runtime::Runtime;

const SALON: &str = "lotos";
/// Tuesday 24 November 2026, 09:00 in Moscow.
const MORNING: i64 = 1_795_500_000_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const SPECIALISTS: i64 = 20;
const CLIENTS_AT_ONCE: i64 = 64;

/// How many slots, and how many attempts at each.
#[derive(Clone, Copy)]
struct Size {
    slots: i64,
    attempts: i64,
}

const SMALL: Size = Size { slots: 40, attempts: 50 };
const WHOLE: Size = Size { slots: 1_000, attempts: 100 };

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// One attempt; neighbours in number want the same slot. Half of them need only half of the hour.
async fn attempt(store: &Store, number: i64, size: Size) -> bool {
    let slot = number / size.attempts;
    let held = store
        .write(move |sql| {
            let starts_at_ms = MORNING + slot / SPECIALISTS * HOUR;
            let ends_at_ms = starts_at_ms + if number % 2 == 0 { HOUR } else { HOUR / 2 };
            let booking = NewBooking {
                id: &format!("client {number}"),
                conversation_id: "talk",
                specialist_id: &format!("specialist-{}", slot % SPECIALISTS),
                service_id: "manicure",
                client_name: "",
                starts_at_ms,
                ends_at_ms,
                visit_ends_at_ms: ends_at_ms,
                held_until_ms: Some(MORNING),
                spans: &[],
            };
            bookings::hold(sql, SALON, &booking)
        })
        .await;
    match held {
        Ok(()) => true,
        Err(StoreError::Taken) => false,
        Err(error) => panic!("attempt {number}: {error:?}"),
    }
}

/// Lets clients run for the slots, the same slot at the same moment, and counts the winners.
async fn race(store: &Store, size: Size) -> i64 {
    store.write(|sql| businesses::put(sql, SALON, "{}", MORNING).map(drop)).await.unwrap();
    let next = Arc::new(AtomicI64::new(0));
    let clients: Vec<_> = (0..CLIENTS_AT_ONCE)
        .map(|_| {
            let (store, next) = (store.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                let mut won = 0;
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= size.slots * size.attempts {
                        return won;
                    }
                    won += i64::from(attempt(&store, number, size).await);
                }
            })
        })
        .collect();
    let mut won = 0;
    for client in clients {
        won += client.await.unwrap();
    }
    won
}

/// Pairs that take one specialist at one time; found by looking, not by the database.
fn doubles(busy: &[Busy]) -> usize {
    let mut diaries: BTreeMap<&str, Vec<(i64, i64)>> = BTreeMap::new();
    for span in busy {
        diaries.entry(&span.subject).or_default().push((span.starts_at_ms, span.ends_at_ms));
    }
    diaries
        .values_mut()
        .map(|diary| {
            diary.sort_unstable();
            diary.windows(2).filter(|pair| pair[0].1 > pair[1].0).count()
        })
        .sum()
}

fn nobody_is_booked_twice(engine: &str, address: &str, size: Size) {
    runtime().block_on(async {
        let store = Store::open(address).await.unwrap();
        let began = Instant::now();
        let won = race(&store, size).await;
        let spent = began.elapsed();
        let busy = store.read(|sql| bookings::busy(sql, SALON, 0, i64::MAX)).await.unwrap();
        let doubles = doubles(&busy);
        eprintln!(
            "{engine}: {} attempts on {} slots in {:.1} s, {won} won, {doubles} double",
            size.slots * size.attempts,
            size.slots,
            spent.as_secs_f64()
        );
        assert_eq!(doubles, 0);
        assert_eq!((won, busy.len()), (size.slots, usize::try_from(size.slots).unwrap()), "one owner a slot");
        store.close().await;
    });
}

fn on_sqlite(size: Size) {
    let folder = tempfile::tempdir().unwrap();
    nobody_is_booked_twice("SQLite", &format!("sqlite:{}", folder.path().join("night.db").display()), size);
}

fn on_postgres(size: Size) {
    match TestPostgres::start() {
        Ok(server) => nobody_is_booked_twice("PostgreSQL", &server.database().unwrap(), size),
        Err(why) => eprintln!("SKIPPED on PostgreSQL: {why}"),
    }
}

#[test]
fn a_slot_has_one_owner_on_sqlite() {
    on_sqlite(SMALL);
}

#[test]
fn a_slot_has_one_owner_on_postgres() {
    on_postgres(SMALL);
}

#[test]
#[ignore = "takes a minute; run by `make races`"]
fn a_thousand_slots_on_sqlite() {
    on_sqlite(WHOLE);
}

#[test]
#[ignore = "takes minutes; run by `make races`"]
fn a_thousand_slots_on_postgres() {
    on_postgres(WHOLE);
}
