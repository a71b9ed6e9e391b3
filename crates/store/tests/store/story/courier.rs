//! What goes out: in order within a lane, leased to one courier, hot first.

use nochnik_store::outbox::{self, End, Finished, Lease, NewRow, Retry, Status};
use nochnik_store::{Sql, Store, StoreError};

use super::{HOUR, NIGHT, OLGA, SALON};

const BLOCKED: End<'static> = End { code: "unreachable", why: "заблокировал" };

pub fn effect<'a>(key: &'a str, lane: &'a str) -> NewRow<'a> {
    NewRow {
        key,
        conversation_id: OLGA,
        lane,
        destination: "telegram",
        kind: "say",
        priority: 5,
        payload: "{}",
        created_at_ms: NIGHT,
        due_at_ms: NIGHT,
    }
}

pub async fn a_lane_keeps_its_order(store: Store) {
    let (first, second, urgent) = store
        .write(|sql| {
            let lease = Some(Lease { owner: "n1", until_ms: NIGHT + 1_000 });
            let first = outbox::put(sql, SALON, &effect("1", "olga"), None)?.expect("new");
            let second = outbox::put(sql, SALON, &effect("2", "olga"), lease)?.expect("new");
            let urgent = outbox::put(sql, SALON, &NewRow { priority: 0, ..effect("3", "ivan") }, None)?.expect("new");
            assert!(!second.is_leased, "the first of the lane has not left yet");
            Ok((first.id, second.id, urgent.id))
        })
        .await
        .unwrap();
    let claimed = claim(&store, "n1", NIGHT).await;
    assert_eq!(claimed, [urgent, first], "by priority, and one of a lane");
    assert_eq!(claim(&store, "n2", NIGHT).await, [0_i64; 0]);

    // The first one fails for now: the second waits behind it.
    let later = move |sql: &mut dyn Sql| {
        let retry = Retry {
            owner: "n1",
            due_at_ms: NIGHT + 5_000,
            outcome: "unknown",
            why: "тишина",
            unknown_since_ms: Some(NIGHT),
        };
        outbox::retry(sql, SALON, first, &retry)
    };
    assert!(store.write(later).await.unwrap());
    assert_eq!(claim(&store, "n2", NIGHT + 4_999).await, [0_i64; 0]);
    // The urgent row is still leased to n1, until NIGHT + 10 s.
    assert_eq!(store.read(outbox::next_due_ms).await.unwrap(), Some(NIGHT + 5_000));
    let hotter = store.write(|sql| outbox::claim(sql, "n2", NIGHT + 5_000, 10_000, "telegram", 0, 9)).await.unwrap();
    assert_eq!(hotter, [], "nothing is hotter than the hottest");
    let again =
        store.write(|sql| outbox::claim(sql, "n2", NIGHT + 5_000, 10_000, "telegram", i64::MAX, 9)).await.unwrap();
    assert_eq!((again.len(), again[0].id, again[0].attempts), (1, first, 1));
    assert_eq!(again[0].unknown_since_ms, Some(NIGHT));
    assert_eq!(
        store.write(|sql| outbox::claim(sql, "n2", NIGHT + 5_000, 10_000, "sms", i64::MAX, 9)).await.unwrap(),
        []
    );
    let dead = store.write(move |sql| outbox::dead(sql, SALON, first, "n2", BLOCKED, NIGHT)).await.unwrap();
    assert_eq!(dead, Some(Finished { lane_goes_on: true }));
    assert_eq!(claim(&store, "n2", NIGHT + 5_000).await, [second], "a dead row frees its lane");

    // A person replays the dead one.
    let replayed = store.write(move |sql| outbox::replay(sql, SALON, first, NIGHT + 6_000)).await.unwrap();
    assert_eq!(replayed.map(|row| (row.id, row.attempts)), Some((first, 0)));
    assert_eq!(store.write(move |sql| outbox::replay(sql, SALON, first, NIGHT + 6_000)).await.unwrap(), None);
    assert_eq!(claim(&store, "n3", NIGHT + 6_000).await, [first]);
}

async fn claim(store: &Store, owner: &'static str, now_ms: i64) -> Vec<i64> {
    let rows =
        store.write(move |sql| outbox::claim(sql, owner, now_ms, 10_000, "telegram", i64::MAX, 9)).await.unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

pub async fn a_node_that_stalled_cannot_record_an_outcome(store: Store) {
    let row = store.write(|sql| outbox::put(sql, SALON, &effect("1", "olga"), None)).await.unwrap().unwrap().id;
    assert_eq!(claim(&store, "slow", NIGHT).await, [row]);
    assert_eq!(store.read(outbox::next_due_ms).await.unwrap(), Some(NIGHT + 10_000), "when the lease runs out");
    let again = store.write(|sql| outbox::claim(sql, "fast", NIGHT + 10_000, 10_000, "telegram", i64::MAX, 9)).await;
    let again: Vec<_> = again.unwrap().iter().map(|row| (row.id, row.unknown_since_ms)).collect();
    assert_eq!(again, [(row, Some(NIGHT + 10_000))], "nobody knows whether the slow one has sent it");
    let done = |owner| store.write(move |sql| outbox::done(sql, SALON, row, owner, Some("{}"), NIGHT));
    assert_eq!(done("slow").await.unwrap(), None);
    assert_eq!(done("fast").await.unwrap(), Some(Finished { lane_goes_on: false }));
    assert_eq!(done("fast").await.unwrap(), None, "once");
    let counts = store.read(outbox::counts).await.unwrap();
    assert_eq!((counts.waiting, counts.done, counts.dead), (0, 1, 0));
    assert_eq!(store.write(|sql| outbox::purge(sql, NIGHT + 1, 10)).await.unwrap(), 1);
}

/// Many couriers, one backlog: each row is claimed by exactly one of them.
pub async fn two_couriers_never_take_the_same_row(store: Store) {
    store
        .write(|sql| {
            (0..40).try_for_each(|n| {
                let (key, lane) = (format!("k{n}"), format!("lane{}", n % 20));
                outbox::put(sql, SALON, &effect(&key, &lane), None).map(drop)
            })
        })
        .await
        .unwrap();
    let couriers = ["n1", "n2", "n3", "n4"].map(|owner| {
        let store = store.clone();
        tokio::spawn(async move {
            claim(&store, owner, NIGHT).await.into_iter().chain(claim(&store, owner, NIGHT).await).collect()
        })
    });
    let mut taken: Vec<i64> = Vec::new();
    for courier in couriers {
        taken.extend::<Vec<i64>>(courier.await.unwrap());
    }
    taken.extend(claim(&store, "n5", NIGHT).await);
    let count = taken.len();
    taken.sort_unstable();
    taken.dedup();
    assert_eq!((taken.len(), count), (20, 20), "one row of each lane, once");
}

/// Cards of a storm are added to one row by many turns at once, and none is written over.
pub async fn what_many_add_to_one_row_is_all_there(store: Store) {
    const WORDS: usize = 32;
    store.write(|sql| outbox::put(sql, SALON, &effect("bundle", "olga"), None)).await.unwrap();
    let adding = (0..WORDS).map(|n| {
        let store = store.clone();
        let add = move |sql: &mut dyn Sql| {
            let words = outbox::waiting_payload(sql, SALON, "bundle")?.unwrap();
            outbox::reword(sql, SALON, "bundle", &format!("{words} {n}"))
        };
        tokio::spawn(async move { store.write(add).await })
    });
    for added in adding.collect::<Vec<_>>() {
        assert!(added.await.unwrap().unwrap());
    }
    let words = store.read(|sql| outbox::by_key(sql, SALON, "bundle")).await.unwrap().unwrap().payload;
    assert_eq!(words.split(' ').count(), 1 + WORDS, "{words}");
}

fn ids(sql: &mut dyn Sql, status: Status) -> Result<Vec<i64>, StoreError> {
    Ok(outbox::list(sql, SALON, status, 9)?.into_iter().map(|listed| listed.row.id).collect())
}

pub async fn haste_and_replacement(store: Store) {
    let lease = Some(Lease { owner: "n1", until_ms: NIGHT + HOUR });
    store
        .write(move |sql| {
            let old =
                outbox::put(sql, SALON, &NewRow { kind: "typing", ..effect("1", "olga") }, None)?.expect("new").id;
            outbox::put(sql, SALON, &effect("2", "olga"), None)?;
            let new =
                outbox::put(sql, SALON, &NewRow { kind: "typing", ..effect("3", "olga") }, None)?.expect("new").id;
            outbox::supersede(sql, SALON, "olga", "typing", new, NIGHT)?;
            assert_eq!(ids(sql, Status::Superseded)?, [old]);
            outbox::hurry(sql, SALON, "olga", 0)?;
            outbox::hurry(sql, SALON, "olga", 3)?;
            let hurried = outbox::list(sql, SALON, Status::Waiting, 9)?;
            assert_eq!(
                hurried.iter().map(|listed| listed.row.priority).collect::<Vec<_>>(),
                [0, 0],
                "haste is never taken back"
            );
            let waiting = outbox::destinations_waiting(sql, NIGHT)?;
            assert_eq!((waiting.len(), waiting[0].count, waiting[0].oldest_at_ms), (1, 2, NIGHT));
            let dead = outbox::put(sql, SALON, &NewRow { kind: "card", ..effect("4", "crm") }, lease)?.expect("new").id;
            assert!(outbox::dead(sql, SALON, dead, "n1", BLOCKED, NIGHT)?.is_some());
            let newer =
                outbox::put(sql, SALON, &NewRow { kind: "card", ..effect("5", "crm") }, lease)?.expect("new").id;
            outbox::supersede(sql, SALON, "crm", "card", newer, NIGHT)?;
            assert_eq!(ids(sql, Status::Dead)?, [0_i64; 0], "one letter, not two");
            Ok(())
        })
        .await
        .unwrap();
}
