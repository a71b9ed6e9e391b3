//! What the reader was not sure of stands in the queue of those who teach it; what it understood does not.

use std::time::Duration;

use nochnik_core::values::Address;
use nochnik_engine::clock::pause;
use nochnik_engine::{Engine, conversation_id};
use nochnik_store::{lessons, messages};
use serde_json::json;

use super::salon;

const SALON: &str = "lotos";

async fn says(engine: &Engine, peer: &str, number: u32, text: &str) {
    let id = format!("00000000-0000-4000-8000-{number:012}");
    let body = json!({ "id": id, "kind": "text", "text": text }).to_string();
    engine.chat(SALON, "widget", peer, body.as_bytes()).await.unwrap();
    pause(Duration::from_secs(10)).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_not_understood_waits_to_be_labelled_and_its_words_stay_where_they_are() {
    let engine = salon::open(&[SALON]).await;
    says(&engine, "olga", 1, "Здравствуйте! Запишите меня на маникюр без покрытия завтра в 12:00").await;
    says(&engine, "ira", 2, "фыв олдж йцук").await;
    says(&engine, "ira", 3, "глокая куздра штеко будланула").await;
    says(&engine, "ira", 4, "Сколько стоит маникюр без покрытия?").await;

    let waiting = engine.store.read(|sql| lessons::waiting(sql, SALON, i64::MAX, 9)).await.unwrap();
    assert!(!waiting.is_empty(), "nonsense is not understood");
    let address = Address { channel: "widget".to_owned(), account: "widget".to_owned(), peer: "ira".to_owned() };
    let talk = conversation_id(SALON, &address).to_string();
    for lesson in &waiting {
        assert_eq!(lesson.conversation_id, talk, "a plain wish is no lesson");
        assert!(lesson.is_missed || lesson.certainty < 0.5, "{lesson:?}");
        assert_eq!((lesson.label.as_str(), lesson.text.as_str()), ("", ""), "no words are copied");
        let (talk, first, last) = (talk.clone(), lesson.first_seq, lesson.seq);
        let said = engine.store.read(move |sql| messages::list(sql, SALON, &talk, first - 1, last - first + 1)).await;
        let said = said.unwrap();
        assert!(said.iter().all(|bubble| bubble.author == "client"), "{said:?}");
        assert!(said.iter().all(|bubble| !bubble.text.contains("Сколько стоит")), "{said:?}");
    }
    let elsewhere = engine.store.read(|sql| lessons::waiting(sql, "roza", i64::MAX, 9)).await.unwrap();
    assert_eq!(elsewhere, []);
}
