//! The card that tests hand over.

use jiff::Timestamp;
use nochnik_core::crm::{Card, Stage, Todo, TranscriptLine};
use nochnik_core::lead::Heat;
use nochnik_core::values::Phone;

/// Sunday 22 November 2026, five in the morning in Rostov; the card is of this moment.
pub const NOW_MS: i64 = 1_795_312_800_000;
pub const PHONE: &str = "+79281234567";
pub const TODO_MARKER: &str = "N-4f1c22";

/// A hot night lead with everything in it.
pub fn card() -> Card {
    let at = Timestamp::from_millisecond(NOW_MS).unwrap();
    let line = |who: &str, text: &str| TranscriptLine { at, who: who.to_owned(), text: text.to_owned() };
    Card {
        request_no: 0,
        origin: "lotos:77:1".to_owned(),
        title: "Маникюр — Анна".to_owned(),
        name: Some("Анна".to_owned()),
        phone: Some(Phone::parse(PHONE).unwrap()),
        is_phone_confirmed: true,
        services: vec!["Маникюр".to_owned()],
        wanted: "завтра после 18:00".to_owned(),
        channel: "telegram".to_owned(),
        channel_title: "Телеграм".to_owned(),
        source: Some("ig_bio_nov".to_owned()),
        is_after_hours: true,
        is_urgent: false,
        takes_messages: true,
        heat: Heat::Hot,
        score: 0.83,
        reasons: vec!["назвала время".to_owned()],
        tags: vec!["горячий".to_owned()],
        stage: Stage::Qualified,
        booking: None,
        todo: Some(Todo {
            marker: TODO_MARKER.to_owned(),
            title: "Перезвонить: Анна, маникюр".to_owned(),
            text: "Горячий лид, ночь".to_owned(),
            deadline: "2026-11-25T06:15:00Z".parse().unwrap(),
        }),
        on_duty: Vec::new(),
        transcript: vec![line("клиент", "Хочу маникюр завтра"), line("бот", "Есть 18:30 у Анны")],
    }
}
