//! The same random life, told to a plain model and to both engines: all must answer alike.

#![expect(clippy::disallowed_methods, reason = "a test drives its peers itself")]
use std::collections::{BTreeMap, BTreeSet, hash_map::RandomState};
use std::hash::{BuildHasher, Hasher};

use nochnik_store::bookings::{self, BookingStatus, NewBooking};
use nochnik_store::inbox::{self, Arrival};
use nochnik_store::outbox::{self, NewRow, Retry};
use nochnik_store::test_postgres::TestPostgres;
use nochnik_store::{Sql, Store, StoreError};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const SALON: &str = "lotos";
const LEASE_MS: i64 = 3;

/// One thing that happens. Numbers are small so that they meet often.
#[derive(Debug, Clone)]
enum Deed {
    Arrive { key: u8, conversation: u8 },
    Play { conversation: u8 },
    Put { key: u8, lane: u8, priority: u8 },
    Claim { node: u8, limit: u8 },
    Done { key: u8, node: u8 },
    Retry { key: u8, node: u8, delay: u8 },
    Hold { id: u8, specialist: u8, start: u8, length: u8 },
    Confirm { id: u8 },
    Cancel { id: u8 },
    NoShow { id: u8 },
    Arrived { id: u8 },
    Expire,
    Wait { ms: u8 },
}

fn deed() -> impl Strategy<Value = Deed> {
    use Deed::*;
    let id = 0..8_u8;
    prop_oneof![
        2 => (0..12_u8, 0..3_u8).prop_map(|(key, conversation)| Arrive { key, conversation }),
        2 => (0..3_u8).prop_map(|conversation| Play { conversation }),
        4 => (0..16_u8, 0..3_u8, 0..3_u8).prop_map(|(key, lane, priority)| Put { key, lane, priority }),
        4 => (0..2_u8, 1..4_u8).prop_map(|(node, limit)| Claim { node, limit }),
        3 => (0..16_u8, 0..2_u8).prop_map(|(key, node)| Done { key, node }),
        2 => (0..16_u8, 0..2_u8, 0..5_u8).prop_map(|(key, node, delay)| Retry { key, node, delay }),
        5 => (id.clone(), 0..2_u8, 0..12_u8, 1..6_u8)
            .prop_map(|(id, specialist, start, length)| Hold { id, specialist, start, length }),
        2 => id.clone().prop_map(|id| Confirm { id }),
        1 => id.clone().prop_map(|id| Cancel { id }),
        1 => id.clone().prop_map(|id| NoShow { id }),
        1 => id.prop_map(|id| Arrived { id }),
        1 => Just(Expire),
        2 => (1..4_u8).prop_map(|ms| Wait { ms }),
    ]
}

/// What memory alone would say. Rows go by key, because the engines number them differently.
#[derive(Default)]
struct Model {
    now: i64,
    inbox: Vec<(u8, u8, bool)>,
    outbox: Vec<Sending>,
    bookings: BTreeMap<u8, Visit>,
}

struct Sending {
    key: u8,
    lane: u8,
    priority: u8,
    due: i64,
    is_done: bool,
    lease: Option<(u8, i64)>,
}

struct Visit {
    specialist: u8,
    start: i64,
    end: i64,
    held_until: i64,
    status: BookingStatus,
}

impl Visit {
    fn is_live(&self) -> bool {
        matches!(self.status, BookingStatus::Held | BookingStatus::Confirmed | BookingStatus::Arrived)
    }
}

impl Model {
    /// Does the deed and returns what the store should answer.
    fn play(&mut self, deed: &Deed) -> String {
        match *deed {
            Deed::Arrive { key, conversation } => {
                let is_new = !self.inbox.iter().any(|row| row.0 == key);
                if is_new {
                    self.inbox.push((key, conversation, false));
                }
                format!("{is_new}")
            }
            Deed::Play { conversation } => {
                let waiting = self.inbox.iter_mut().filter(|row| row.1 == conversation && !row.2);
                let played: Vec<u8> = waiting
                    .map(|row| {
                        row.2 = true;
                        row.0
                    })
                    .collect();
                format!("{played:?}")
            }
            Deed::Put { key, lane, priority } => {
                let is_new = !self.outbox.iter().any(|row| row.key == key);
                if is_new {
                    self.outbox.push(Sending { key, lane, priority, due: self.now, is_done: false, lease: None });
                }
                format!("{is_new}")
            }
            Deed::Claim { node, limit } => format!("{:?}", self.claim(node, limit)),
            Deed::Done { key, node } => {
                let row = self.leased(key, node);
                let found = row.is_some();
                row.into_iter().for_each(|row| (row.is_done, row.lease) = (true, None));
                format!("{found}")
            }
            Deed::Retry { key, node, delay } => {
                let due = self.now + i64::from(delay);
                let row = self.leased(key, node);
                let found = row.is_some();
                row.into_iter().for_each(|row| (row.due, row.lease) = (due, None));
                format!("{found}")
            }
            Deed::Hold { id, specialist, start, length } => self.hold(id, specialist, start.into(), length.into()),
            Deed::Confirm { id } => self.change(id, &[BookingStatus::Held], BookingStatus::Confirmed),
            Deed::Cancel { id } => {
                self.change(id, &[BookingStatus::Held, BookingStatus::Confirmed], BookingStatus::Cancelled)
            }
            Deed::NoShow { id } => {
                self.change(id, &[BookingStatus::Confirmed, BookingStatus::Arrived], BookingStatus::NoShow)
            }
            Deed::Arrived { id } => {
                self.change(id, &[BookingStatus::Confirmed, BookingStatus::NoShow], BookingStatus::Arrived)
            }
            Deed::Expire => {
                let now = self.now;
                let late = |visit: &Visit| visit.status == BookingStatus::Held && visit.held_until <= now;
                let late = self.bookings.iter_mut().filter(|(_, visit)| late(visit));
                let ids: BTreeSet<u8> = late
                    .map(|(id, visit)| {
                        visit.status = BookingStatus::Expired;
                        *id
                    })
                    .collect();
                format!("{ids:?}")
            }
            Deed::Wait { ms } => {
                self.now += i64::from(ms);
                String::new()
            }
        }
    }

    fn leased(&mut self, key: u8, node: u8) -> Option<&mut Sending> {
        self.outbox.iter_mut().find(|row| row.key == key && row.lease.is_some_and(|(owner, _)| owner == node))
    }

    fn claim(&mut self, node: u8, limit: u8) -> Vec<u8> {
        let mut seen = BTreeSet::new();
        let now = self.now;
        let heads = self.outbox.iter_mut().filter(|row| !row.is_done && seen.insert(row.lane));
        let is_free = |row: &Sending| row.due <= now && row.lease.is_none_or(|(_, until)| until <= now);
        let mut ready: Vec<&mut Sending> = heads.filter(|row| is_free(row)).collect();
        ready.sort_by_key(|row| row.priority);
        ready.truncate(limit.into());
        ready
            .into_iter()
            .map(|row| {
                row.lease = Some((node, now + LEASE_MS));
                row.key
            })
            .collect()
    }

    fn overlaps(&self, id: u8, specialist: u8, start: i64, end: i64) -> bool {
        let others = self.bookings.iter().filter(|(other, visit)| **other != id && visit.is_live());
        others.map(|(_, visit)| visit).any(|v| v.specialist == specialist && v.start < end && start < v.end)
    }

    fn hold(&mut self, id: u8, specialist: u8, start: i64, length: i64) -> String {
        let is_known = self.bookings.contains_key(&id);
        // Both may be true; then the engines may name either.
        if is_known || self.overlaps(id, specialist, start, start + length) {
            return "refused".into();
        }
        let held_until = self.now + 4;
        let visit = Visit { specialist, start, end: start + length, held_until, status: BookingStatus::Held };
        self.bookings.insert(id, visit);
        "held".into()
    }

    fn change(&mut self, id: u8, from: &[BookingStatus], to: BookingStatus) -> String {
        let Some(visit) = self.bookings.get(&id).filter(|visit| from.contains(&visit.status)) else {
            return "false".into();
        };
        if to == BookingStatus::Arrived && self.overlaps(id, visit.specialist, visit.start, visit.end) {
            return "refused".into();
        }
        self.bookings.entry(id).and_modify(|visit| visit.status = to);
        "true".into()
    }
}

/// Does the deed in a real store and returns its answer in the model's words.
async fn play(store: &Store, deed: &Deed, now: i64) -> String {
    let deed = deed.clone();
    match store.write(move |sql| act(sql, &deed, now)).await {
        Ok(answer) => answer,
        Err(StoreError::Taken | StoreError::Duplicate { .. }) => "refused".into(),
        Err(error) => panic!("{error:?}"),
    }
}

fn act(sql: &mut dyn Sql, deed: &Deed, now: i64) -> Result<String, StoreError> {
    match *deed {
        Deed::Arrive { key, conversation } => {
            let (key, conversation) = (key.to_string(), conversation.to_string());
            let arrival = Arrival {
                dedupe_key: &key,
                conversation_id: &conversation,
                kind: "message",
                payload: &key,
                received_at_ms: now,
                due_at_ms: now,
            };
            Ok(inbox::put(sql, SALON, &arrival)?.is_some().to_string())
        }
        Deed::Play { conversation } => {
            let rows = inbox::pending(sql, SALON, &conversation.to_string(), 100)?;
            let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
            assert_eq!(inbox::finish(sql, SALON, &ids, now)?, ids.len() as u64);
            Ok(format!("{:?}", rows.iter().map(|row| row.payload.parse().unwrap()).collect::<Vec<u8>>()))
        }
        Deed::Put { key, lane, priority } => {
            let (key, lane) = (key.to_string(), lane.to_string());
            let row = NewRow {
                key: &key,
                conversation_id: "",
                lane: &lane,
                destination: "max",
                kind: "say",
                priority: priority.into(),
                payload: "{}",
                created_at_ms: now,
                due_at_ms: now,
            };
            Ok(outbox::put(sql, SALON, &row, None)?.is_some().to_string())
        }
        Deed::Claim { node, limit } => {
            let rows = outbox::claim(sql, &node.to_string(), now, LEASE_MS, "max", i64::MAX, limit.into())?;
            Ok(format!("{:?}", rows.iter().map(|row| row.key.parse().unwrap()).collect::<Vec<u8>>()))
        }
        Deed::Done { key, node } => {
            let Some(id) = id_of(sql, key)? else { return Ok("false".into()) };
            Ok(outbox::done(sql, SALON, id, &node.to_string(), None, now)?.is_some().to_string())
        }
        Deed::Retry { key, node, delay } => {
            let Some(id) = id_of(sql, key)? else { return Ok("false".into()) };
            let due_at_ms = now + i64::from(delay);
            let retry =
                Retry { owner: &node.to_string(), due_at_ms, outcome: "later", why: "", unknown_since_ms: None };
            Ok(outbox::retry(sql, SALON, id, &retry)?.to_string())
        }
        Deed::Hold { id, specialist, start, length } => {
            let booking = NewBooking {
                id: &id.to_string(),
                conversation_id: "",
                specialist_id: &specialist.to_string(),
                service_id: "",
                client_name: "",
                starts_at_ms: start.into(),
                ends_at_ms: i64::from(start) + i64::from(length),
                visit_ends_at_ms: i64::from(start) + i64::from(length),
                held_until_ms: Some(now + 4),
                spans: &[],
            };
            bookings::hold(sql, SALON, &booking).map(|()| "held".into())
        }
        Deed::Confirm { id } => Ok(bookings::confirm(sql, SALON, &id.to_string(), "Анна", false)?.to_string()),
        Deed::Cancel { id } => Ok(bookings::cancel(sql, SALON, &id.to_string())?.to_string()),
        Deed::NoShow { id } => Ok(bookings::no_show(sql, SALON, &id.to_string())?.to_string()),
        Deed::Arrived { id } => Ok(bookings::arrived(sql, SALON, &id.to_string())?.to_string()),
        Deed::Expire => {
            let late = bookings::expire_due(sql, now, 100)?;
            Ok(format!("{:?}", late.iter().map(|hold| hold.id.parse().unwrap()).collect::<BTreeSet<u8>>()))
        }
        Deed::Wait { .. } => Ok(String::new()),
    }
}

fn id_of(sql: &mut dyn Sql, key: u8) -> Result<Option<i64>, StoreError> {
    let text = "select id from outbox where business_id = $1 and key = $2";
    nochnik_store::one(sql, text, nochnik_store::values![SALON, &key.to_string()], |row| row.int(0))
}

/// Begins a new life in the same database.
fn forget_all(sql: &mut dyn Sql) -> Result<(), StoreError> {
    ["delete from inbox", "delete from outbox", "delete from booking_spans", "delete from bookings"]
        .into_iter()
        .try_for_each(|text| sql.exec(text, &[]).map(drop))
}

/// Takes the seed from the environment, or a fresh one, and prints it: `SEED=7 cargo test -p nochnik-store --test model`.
#[expect(clippy::print_stderr, reason = "a random test prints its seed")]
fn seeded() -> TestRng {
    let given = std::env::var("SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    let seed = given.unwrap_or_else(|| RandomState::new().build_hasher().finish());
    eprintln!("SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// Plays `cases` random lives of up to 60 deeds; proptest prints the shortest one that goes wrong.
fn play_lives(url: &str, cases: u32) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let store = runtime.block_on(Store::open(url)).unwrap();
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let lives = proptest::collection::vec(deed(), 1..60);
    let told = TestRunner::new_with_rng(config, seeded()).run(&lives, |life| {
        runtime.block_on(async {
            store.write(forget_all).await.unwrap();
            let mut model = Model::default();
            for (number, deed) in life.iter().enumerate() {
                let expected = model.play(deed);
                let answer = play(&store, deed, model.now).await;
                prop_assert_eq!(answer, expected, "deed {} of {:?}", number, life);
            }
            Ok(())
        })
    });
    told.unwrap();
}

#[test]
fn sqlite_lives_as_the_model_does() {
    play_lives("sqlite::memory:", 300);
}

#[test]
#[expect(clippy::print_stderr, reason = "the reader of a test run must see what did not run")]
fn postgres_lives_as_the_model_does() {
    match TestPostgres::start() {
        Ok(server) => play_lives(&server.database().unwrap(), 40),
        Err(why) => eprintln!("SKIPPED on PostgreSQL: {why}"),
    }
}
