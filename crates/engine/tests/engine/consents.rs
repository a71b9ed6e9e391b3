//! The consent log of a night: the notice of the first message, «стоп», and a row that somebody changed.

use std::time::Duration;

use nochnik_engine::Engine;
use nochnik_engine::clock::pause;
use nochnik_engine::consents::{Verdict, verify};
use nochnik_store::{businesses, consents};
use serde_json::json;

use super::salon;

const SALON: &str = "lotos";

/// Two clients write, one of them asks to be left alone.
async fn night() -> Engine {
    let engine = salon::open(&[SALON]).await;
    for (n, (peer, text)) in
        [("olga", "здравствуйте"), ("vera", "сколько стоит маникюр?"), ("olga", "не пишите мне больше")]
            .into_iter()
            .enumerate()
    {
        let id = format!("00000000-0000-4000-8000-{n:012}");
        let body = json!({ "id": id, "kind": "text", "text": text }).to_string();
        engine.chat(SALON, "widget", peer, body.as_bytes()).await.unwrap();
        pause(Duration::from_secs(10)).await;
    }
    engine
}

#[tokio::test(start_paused = true)]
async fn what_was_shown_and_what_was_withdrawn_is_proved() {
    let engine = night().await;
    let rows = engine.store.read(|sql| consents::list(sql, SALON, 0, 10)).await.unwrap();
    let told: Vec<_> = rows.iter().map(|row| (&*row.purpose, &*row.action, row.text_version)).collect();
    assert_eq!(told, [("booking", "notified", 1), ("booking", "notified", 1), ("messages", "withdrawn", 0)]);
    assert_eq!(rows[0].person, rows[2].person, "one client");
    assert_ne!(rows[0].person, rows[1].person);
    assert!(rows.iter().all(|row| !row.person.contains("olga") && !row.message_id.is_empty()));
    let text = engine.store.read(|sql| consents::text(sql, SALON, "booking", 1)).await.unwrap().unwrap();
    assert!(text.contains("Данные обрабатывает"), "{text}");
    assert_eq!(verify(&engine.store, SALON).await.unwrap(), Verdict::Whole { rows: 3 });
}

#[tokio::test(start_paused = true)]
async fn another_wording_is_shown_again_and_proved_as_another_version() {
    let engine = night().await;
    let demo: toml::Table = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    let mut document = serde_json::to_value(&demo).unwrap();
    document["id"] = json!(SALON);
    document["privacy"]["operator"] = json!("ООО «Другое лицо»");
    engine.store.write(move |sql| businesses::put(sql, SALON, &document.to_string(), 1)).await.unwrap();
    for (n, text) in ["а педикюр?", "а стрижка?"].into_iter().enumerate() {
        let body =
            json!({ "id": format!("10000000-0000-4000-8000-{n:012}"), "kind": "text", "text": text }).to_string();
        engine.chat(SALON, "widget", "vera", body.as_bytes()).await.unwrap();
        pause(Duration::from_secs(10)).await;
    }
    let rows = engine.store.read(|sql| consents::list(sql, SALON, 0, 10)).await.unwrap();
    let shown = rows.iter().filter(|row| row.person == rows[1].person).map(|row| row.text_version);
    assert_eq!(shown.collect::<Vec<_>>(), [1, 2], "shown once more, not each time");
    let text = engine.store.read(|sql| consents::text(sql, SALON, "booking", 2)).await.unwrap().unwrap();
    assert!(text.contains("Другое лицо"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn the_database_refuses_to_change_a_row_and_a_changed_one_is_found() {
    let engine = night().await;
    for refused in ["update consents set action = 'given'", "delete from consents", "delete from consent_texts"] {
        assert!(engine.store.write(move |sql| sql.exec(refused, &[])).await.is_err(), "{refused}");
    }
    for trigger in ["drop trigger consents_update", "drop trigger consents_delete"] {
        engine.store.write(move |sql| sql.exec(trigger, &[])).await.unwrap();
    }
    engine.store.write(|sql| sql.exec("update consents set action = 'given' where seq = 2", &[])).await.unwrap();
    assert_eq!(verify(&engine.store, SALON).await.unwrap(), Verdict::Broken { seq: 2 });
    engine.store.write(|sql| sql.exec("update consents set action = 'notified' where seq = 2", &[])).await.unwrap();
    engine.store.write(|sql| sql.exec("delete from consents where seq = 3", &[])).await.unwrap();
    assert_eq!(verify(&engine.store, SALON).await.unwrap(), Verdict::Broken { seq: 3 }, "the last one is missed, too");
}
