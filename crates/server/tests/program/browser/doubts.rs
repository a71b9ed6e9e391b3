//! What clients of last night said and the reader was not sure of: a queue that one play cannot say in time.

use std::path::Path;

use nochnik_store::conversations::Saved;
use nochnik_store::lessons::NewLesson;
use nochnik_store::messages::NewMessage;
use nochnik_store::{Sql, Store, StoreError, conversations, lessons, messages};

const SALON: &str = "lotos";
const MINUTE_MS: i64 = 60_000;
/// A word of the house that no reader knows; clients mean a call back by it.
const SAID: [&str; 11] = [
    "киньте подлёт утром",
    "хочу подлёт",
    "можно мне подлёт?",
    "пусть марина сделает подлёт",
    "подлёт после обеда, если можно",
    "подлёт на выходных бывает?",
    "давайте подлёт",
    "я бы дождалась подлёта",
    "сделайте подлёт, пожалуйста",
    "добрый вечер, подлёт завтра",
    "а подлёт до скольки делают?",
];

/// Puts them into a new database, a minute apart, the last one before `now_ms`.
pub async fn fill(database: &Path, now_ms: i64) {
    let store = Store::open(&format!("sqlite:{}", database.display())).await.unwrap();
    store.write(move |sql| doubts(sql, now_ms)).await.unwrap();
    store.close().await;
}

fn doubts(sql: &mut dyn Sql, now_ms: i64) -> Result<(), StoreError> {
    for (ago_min, text) in (1..).zip(SAID).collect::<Vec<_>>().into_iter().rev() {
        doubted(sql, &format!("doubt-{ago_min}"), text, now_ms - ago_min * MINUTE_MS)?;
    }
    Ok(())
}

fn doubted(sql: &mut dyn Sql, id: &str, text: &str, at_ms: i64) -> Result<(), StoreError> {
    let talk = Saved {
        id,
        channel: "widget",
        account: "widget",
        peer: id,
        expected_version: 0,
        state: "{}",
        speaker: "bot",
        heat: "cold",
        is_after_hours: true,
        needs_person: false,
        client_name: "",
        last_text_short: text,
        last_at_ms: at_ms,
        now_ms: at_ms,
    };
    conversations::save(sql, SALON, &talk)?;
    let message = NewMessage {
        conversation_id: id,
        at_ms,
        author: "client",
        person_id: None,
        text,
        buttons: None,
        vendor_id: None,
        delivery: None,
        chips: None,
        file: None,
    };
    messages::append(sql, SALON, &message)?;
    let lesson = NewLesson {
        conversation_id: id,
        first_seq: 1,
        seq: 1,
        at_ms,
        context: "ask_when",
        heard: "callback",
        certainty: 0.31,
        is_missed: false,
    };
    lessons::put(sql, SALON, &lesson)
}
