//! A reminder and two chats of one client: whatever goes wrong in the first, it comes once, or somebody rings.

use std::sync::Arc;

use nochnik_core::story::Story;
use nochnik_doubles::{Fault, Faults};
use nochnik_store::bookings;
use serde_json::{Value, json};

use crate::ends::{End, Max, Telegram};
use crate::meta::WhatsApp;
use crate::stage::Stage;

const HOUR_MS: i64 = 3_600_000;

/// Thursday 19 November 2026, 23:40.
fn night() -> Story {
    crate::story("01-booking-step-by-step")
}

/// A client who has booked in the first chat, and is known in the second.
async fn booked(first: Arc<dyn End>, when: &str) -> Stage {
    let stage = Stage::open(&night(), vec![first, Arc::new(Telegram::new())]).await;
    stage.says(1, "добрый вечер").await;
    stage.shares_phone(1).await;
    stage.says(0, &format!("хочу маникюр {when}")).await;
    stage.says(0, "Оля").await;
    if !stage.end().seen().contains("Всё верно?") {
        stage.shares_phone(0).await;
    }
    stage.presses(0, "Да, всё верно").await;
    assert!(stage.end().seen().contains("Записал вас"), "{}", stage.end().seen());
    stage
}

/// Reminders seen in each chat.
fn reminders(stage: &Stage) -> [usize; 2] {
    [0, 1].map(|chat| {
        let seen = stage.ends[chat].seen();
        ["Напоминаем о", "Ждём вас: ", "Напоминаю о записи"].iter().map(|words| seen.matches(words).count()).sum()
    })
}

/// The visit stands on the list of those whom somebody rings.
async fn is_to_be_rung(stage: &Stage) -> bool {
    let job = |sql: &mut dyn nochnik_store::Sql| bookings::list(sql, "lotos", 0, i64::MAX);
    let listed = stage.engine.store.read(job).await.unwrap();
    listed.iter().any(|booking| booking.answer == Some(bookings::Answer::Silent))
}

#[tokio::test(start_paused = true)]
async fn a_reminder_comes_once_whatever_goes_wrong_in_its_chat() {
    let first = |name| -> Arc<dyn End> {
        if name == "max" { Arc::new(Max::new()) } else { Arc::new(WhatsApp::open_handed(&[])) }
    };
    // A fault of every try; where the reminder is to be seen: in its chat, in the other.
    let rows: [(&str, Fault, [usize; 2]); 4] = [
        ("refused for good", Fault::Status(403), [0, 1]),
        ("the token is no good", Fault::Status(401), [0, 1]),
        ("ill for hours", Fault::Status(503), [0, 1]),
        // It perhaps came, and it is the last before the visit: the other chat repeats it once.
        ("a page in place of an answer", Fault::Status(502), [0, 1]),
    ];
    for name in ["max", "whatsapp"] {
        for (fault_name, fault, expected) in &rows {
            let stage = booked(first(name), "завтра в 20:00").await;
            stage.engine.watch_channels();
            // Friday 17:50; the reminder is due at 18:00.
            stage.wait(18 * HOUR_MS + 10 * 60_000).await;
            let fault = *fault;
            stage.end().plan(Faults::by(move |_| Some(fault)));
            stage.live(40).await;
            assert_eq!(&reminders(&stage), expected, "{name}, {fault_name}\n{}", stage.ends[1].seen());
            stage.engine.kill().await;
        }
    }
}

/// The approved texts of the two reminders, as an owner's account has them.
fn templates() -> Vec<Value> {
    let template = |name: &str, body: &str, buttons: &[&str]| {
        let buttons: Vec<Value> = buttons.iter().map(|text| json!({ "type": "QUICK_REPLY", "text": text })).collect();
        json!({ "name": name, "language": "ru", "category": "UTILITY", "components": [
            { "type": "BODY", "text": body, "example": { "body_text": [["Лотос", "завтра, 18:30", "маникюр"]] } },
            { "type": "BUTTONS", "buttons": buttons },
        ] })
    };
    vec![
        template(
            "nochnik_remind",
            "Здравствуйте! Это {{1}}. Напоминаем о визите: {{2}}, {{3}}. Вы придёте?",
            &["Буду", "Перенести", "Отменить"],
        ),
        template(
            "nochnik_remind_soon",
            "Здравствуйте! Это {{1}}. Ждём вас: {{2}}, {{3}}. До встречи!",
            &["Перенести", "Отменить"],
        ),
    ]
}

/// WhatsApp takes free text for a day after the client's last word. Source: reliability F74.
#[tokio::test(start_paused = true)]
async fn a_closed_window_takes_an_approved_text_else_the_other_chat() {
    for (approved, expected) in [(templates(), [2, 0]), (Vec::new(), [1, 1])] {
        let stage = booked(Arc::new(WhatsApp::open_handed(&approved)), "в субботу в 17:00").await;
        // Friday 17:00, within the day; Saturday 15:00, beyond it.
        stage.wait(40 * HOUR_MS).await;
        stage.settle().await;
        assert_eq!(reminders(&stage), expected, "{}\n{}", stage.end().seen(), stage.ends[1].seen());
        stage.end().assert_clean();
        stage.engine.kill().await;
    }
}

/// Where there is no other way at all, somebody rings.
#[tokio::test(start_paused = true)]
async fn without_another_way_the_visit_is_to_be_rung() {
    let stage = Stage::open(&night(), vec![Arc::new(WhatsApp::open_handed(&[]))]).await;
    stage.says(0, "хочу маникюр в субботу в 17:00").await;
    stage.says(0, "Оля").await;
    stage.presses(0, "Да, всё верно").await;
    stage.wait(40 * HOUR_MS).await;
    stage.settle().await;
    assert!(is_to_be_rung(&stage).await, "{}", stage.end().seen());
    stage.engine.kill().await;
}
