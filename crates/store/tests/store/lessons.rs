//! The queue of messages to be labelled, on both engines: once each, bounded, and nobody's but its business's.

use nochnik_store::lessons::{self, Label, NewLesson, WAITING_MAX};
use nochnik_store::messages::{self, NewMessage};
use nochnik_store::test_postgres::TestPostgres;
use nochnik_store::{Sql, Store, StoreError};

const SALON: &str = "lotos";

/// Puts a lesson that points at one bubble.
fn lesson(sql: &mut dyn Sql, talk: &str, seq: i64) -> Result<(), StoreError> {
    let lesson = NewLesson {
        conversation_id: talk,
        first_seq: seq,
        seq,
        at_ms: seq,
        context: "ask_when",
        heard: "faq",
        certainty: 0.25,
        is_missed: true,
    };
    lessons::put(sql, SALON, &lesson)
}

fn taught(sql: &mut dyn Sql) -> Result<(), StoreError> {
    let said = NewMessage {
        conversation_id: "talk",
        at_ms: 1,
        author: "client",
        person_id: None,
        text: "слова",
        buttons: None,
        vendor_id: None,
        delivery: None,
        chips: None,
        file: None,
    };
    for seq in 1..=3 {
        messages::append(sql, SALON, &NewMessage { at_ms: seq, ..said })?;
        lesson(sql, "talk", seq)?;
    }
    lesson(sql, "talk", 1)?;
    lesson(sql, "gone", 1)?;
    let seqs = |sql: &mut dyn Sql, before| -> Result<Vec<i64>, StoreError> {
        Ok(lessons::waiting(sql, SALON, before, 9)?.into_iter().map(|lesson| lesson.seq).collect())
    };
    assert_eq!(seqs(sql, i64::MAX)?, [3, 2, 1], "once each, and not what was erased");
    let last = lessons::waiting(sql, SALON, i64::MAX, 1)?.remove(0);
    assert_eq!(
        (last.context.as_str(), last.heard.as_str(), last.certainty, last.is_missed),
        ("ask_when", "faq", 0.25, true)
    );
    assert_eq!(seqs(sql, last.id)?, [2, 1]);

    let book = Label { label: "book", text: "<service> <when>", by: "roza", at_ms: 7 };
    assert!(lessons::label(sql, SALON, last.id, &book)?);
    assert!(!lessons::label(sql, "other", last.id, &book)?, "of another business");
    assert_eq!(seqs(sql, i64::MAX)?, [2, 1]);
    let labelled = lessons::labelled(sql, SALON, 9)?;
    assert_eq!(
        labelled.iter().map(|one| (one.label.as_str(), one.text.as_str())).collect::<Vec<_>>(),
        [("book", "<service> <when>")]
    );
    assert_eq!((lessons::labelled(sql, "other", 9)?, lessons::get(sql, "other", last.id)?), (vec![], None));
    assert!(!lessons::remove(sql, "other", last.id)? && lessons::remove(sql, SALON, last.id)?);
    assert_eq!(lessons::labelled(sql, SALON, 9)?, []);

    for seq in 10..10 + WAITING_MAX {
        lesson(sql, "long", seq)?;
    }
    assert_eq!(lessons::count_waiting(sql, SALON)?, WAITING_MAX, "the oldest went");
    assert!(seqs(sql, i64::MAX)?.is_empty(), "nothing was ever said there");
    Ok(())
}

#[tokio::test]
async fn lessons_on_sqlite() {
    Store::open("sqlite::memory:").await.unwrap().write(taught).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "the reader of a test run must see what did not run")]
async fn lessons_on_postgres() {
    match TestPostgres::start() {
        Ok(server) => Store::open(&server.database().unwrap()).await.unwrap().write(taught).await.unwrap(),
        Err(why) => eprintln!("SKIPPED on PostgreSQL: {why}"),
    }
}
