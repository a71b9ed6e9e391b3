//! The link to a visit's calendar file: sent where clients can open it, and of one visit only.

use std::time::Duration;

use nochnik_engine::clock::pause;
use nochnik_engine::{Engine, conversation_id};
use nochnik_store::messages;
use serde_json::json;

use nochnik_core::values::Address;

use super::salon;

const SALON: &str = "lotos";

/// Olga books in the chat of the site; what she was told last.
async fn booked(engine: &Engine) -> String {
    for (n, text) in ["маникюр без покрытия завтра в 12:00, Ольга, 8 918 555 00 01", "да, всё верно"].iter().enumerate()
    {
        let body =
            json!({ "id": format!("00000000-0000-4000-8000-{n:012}"), "kind": "text", "text": text }).to_string();
        engine.chat(SALON, "widget", "olga", body.as_bytes()).await.unwrap();
        pause(Duration::from_secs(10)).await;
    }
    let address = Address { channel: "widget".to_owned(), account: "widget".to_owned(), peer: "olga".to_owned() };
    let talk = conversation_id(SALON, &address).to_string();
    let bubbles = engine.store.read(move |sql| messages::list(sql, SALON, &talk, 0, 100)).await.unwrap();
    bubbles.into_iter().next_back().unwrap().text
}

#[tokio::test(start_paused = true)]
async fn the_link_opens_the_visit_it_was_sent_for_and_no_other() {
    let engine = salon::open_at("https://n.example.ru", &[SALON]).await;
    let told = booked(&engine).await;
    let link = told.split_whitespace().find(|word| word.starts_with("https://n.example.ru/visit/")).unwrap();
    let parts: Vec<&str> = link.trim_end_matches(".ics").rsplit('/').take(4).collect();
    let [token, number, conversation, business] = parts[..] else { panic!("{link}") };
    let (settings, booking) = engine.visit(business, conversation, number, token).await.unwrap().unwrap();
    assert_eq!(settings.wall(booking.slot.starts_at).to_string(), "2026-11-26T12:00:00");
    for (number, token) in [("2", token), (number, "AAAAAAAAAAAAAAAAAAAAAA"), (number, "")] {
        assert!(engine.visit(business, conversation, number, token).await.unwrap().is_none(), "{number} {token}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_link_goes_out_while_nobody_could_open_it() {
    let told = booked(&salon::open(&[SALON]).await).await;
    assert!(told.contains("Записал вас") && !told.contains("/visit/"), "{told}");
}
