//! A time held for a client while a person leads the talk: the server is down when the hold ends, or the hold is lost.

use std::time::Duration;

use nochnik_core::event::{NoticeAnswer, StaffAct};
use nochnik_core::values::Address;
use nochnik_engine::clock::pause;
use nochnik_engine::{Engine, conversation_id};
use nochnik_store::alarms::{self, NewAlarm};
use nochnik_store::bookings::{self, BookingStatus};
use nochnik_store::{Sql, cases, inbox, messages};
use serde_json::json;

use super::salon;

const SALON: &str = "lotos";
/// Longer than a hold and than the auditor's patience with it.
const DOWN: Duration = Duration::from_secs(15 * 60);

fn talk() -> String {
    let address = Address { channel: "widget".to_owned(), account: "widget".to_owned(), peer: "vera".to_owned() };
    conversation_id(SALON, &address).to_string()
}

async fn says(engine: &Engine, id: u32, text: &str) {
    let id = format!("00000000-0000-4000-8000-{id:012}");
    let body = json!({ "id": id, "kind": "text", "text": text }).to_string();
    engine.chat(SALON, "widget", "vera", body.as_bytes()).await.unwrap();
    pause(Duration::from_secs(10)).await;
}

/// Noon is held for Vera; she wants a person, and Marina leads the talk from now on.
async fn held_and_led(engine: &Engine) {
    says(engine, 1, "маникюр без покрытия к Марии завтра в 12:00").await;
    says(engine, 2, "позовите администратора").await;
    engine.staff(SALON, &talk(), "marina", StaffAct::TakeOver, "take").await.unwrap();
    pause(Duration::from_secs(10)).await;
    assert_eq!(visit(engine).await, BookingStatus::Held);
}

async fn visit(engine: &Engine) -> BookingStatus {
    let listed = engine.store.read(|sql| bookings::of_conversation(sql, SALON, &talk())).await.unwrap();
    listed.last().unwrap().status
}

/// «Записан».
async fn booked(engine: &Engine) {
    let case = engine.store.read(|sql| cases::last_of(sql, SALON, &talk())).await.unwrap();
    engine.answer(SALON, &talk(), &case.unwrap().id, "marina", NoticeAnswer::Booked, "booked").await.unwrap();
    pause(Duration::from_secs(10)).await;
}

/// Events that wait, and events set aside.
async fn left(engine: &Engine) -> (i64, i64) {
    let counts = engine.store.read(inbox::counts).await.unwrap();
    (counts.waiting, counts.parked)
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_ended_while_the_server_was_down_is_kept_for_the_person_who_leads() {
    let engine = salon::open(&[SALON]).await;
    held_and_led(&engine).await;
    engine.kill().await;
    pause(DOWN).await;
    let engine = salon::open_after(&engine).await;
    pause(Duration::from_secs(10)).await;
    assert_eq!(visit(&engine).await, BookingStatus::Held, "the auditor leaves it to the talk");
    booked(&engine).await;
    assert_eq!((visit(&engine).await, left(&engine).await), (BookingStatus::Confirmed, (0, 0)));
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_was_lost_is_heard_of_by_its_talk() {
    let engine = salon::open(&[SALON]).await;
    held_and_led(&engine).await;
    let lost = "update bookings set status = 'expired' where status = 'held'";
    engine.store.write(move |sql| sql.run(lost, &[])).await.unwrap();
    booked(&engine).await;
    assert_eq!((visit(&engine).await, left(&engine).await), (BookingStatus::Expired, (0, 0)), "the talk goes on");
}

/// Whatever stands in the way for ever is no race: a person hears of it, and the talk goes on.
#[tokio::test(start_paused = true)]
async fn a_race_that_nobody_wins_is_set_aside() {
    let engine = salon::open(&[SALON]).await;
    let never = "create trigger never before insert on bookings begin select raise(abort, 'taken'); end";
    engine.store.write(move |sql| sql.run(never, &[])).await.unwrap();
    says(&engine, 1, "маникюр без покрытия к Марии завтра в 12:00").await;
    assert_eq!(left(&engine).await, (0, 1));
    says(&engine, 2, "сколько стоит маникюр?").await;
    assert_eq!(left(&engine).await, (0, 1), "what came behind is played");
}

/// A newer node has set an alarm that this one does not know: the others ring all the same.
#[tokio::test(start_paused = true)]
async fn an_alarm_that_cannot_be_read_stops_no_other() {
    let engine = salon::open(&[SALON]).await;
    let unread = |sql: &mut dyn Sql| {
        let (conversation_id, subject, generation, due_at_ms) = ("other", "", 0, 0);
        let alarm =
            NewAlarm { conversation_id, kind: "newer", subject, generation, payload: "{\"newer\":1}", due_at_ms };
        alarms::put(sql, SALON, &alarm)
    };
    engine.store.write(unread).await.unwrap();
    says(&engine, 1, "маникюр без покрытия к Марии завтра в 12:00").await;
    assert_eq!(visit(&engine).await, BookingStatus::Held);
    pause(DOWN).await;
    let bubbles = engine.store.read(|sql| messages::last(sql, SALON, &talk(), 1)).await.unwrap();
    assert!(bubbles[0].text.contains("бронь снята"), "{}", bubbles[0].text);
    assert_ne!(visit(&engine).await, BookingStatus::Held);
    let waiting = engine.store.read(|sql| alarms::waiting(sql, SALON, "other")).await.unwrap();
    assert_eq!(waiting.len(), 1, "kept for whoever can read it");
}
