//! One night in Telegram as somebody else wrote it: the npm emulator instead of our own double, so
//! that a misreading of Telegram which both sides of ours share would be seen.

use crate::real::emulator::{Emulator, Seen};
use crate::real::{MARINA, OLEG, Real, node};

const OLYA: i64 = 5_012_345_678;

/// The demo salon in Telegram, its CRM in memory.
fn document(telegram_url: &str) -> String {
    crate::real::document(telegram_url, toml::from_str("kind = \"memory\"").unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_night_with_the_third_party_emulator() {
    if !node::is_there("node") {
        return;
    }
    let telegram = Emulator::start().await;
    let mut real = Real::with(&document(telegram.url()));
    real.start().await;
    for person in [MARINA, OLEG] {
        telegram.says(person, "/start").await;
        telegram.last(&real, person, "an answer to the staff", |_| true).await;
    }

    let summary = ask_for_a_visit(&telegram, &real).await;
    let notice = take_the_notice(&telegram, &real).await;
    let yes = summary.data_of("Да").unwrap().to_owned();
    telegram.presses(OLYA, &summary, &yes).await;
    telegram.last(&real, OLYA, "the booking", |seen| seen.text.starts_with("Записал вас")).await;
    a_person_speaks(&telegram, &real, &notice).await;
    assert_eq!(real.log(), "", "the server has nothing to complain of");
}

/// A client comes to the summary, step by step.
async fn ask_for_a_visit(telegram: &Emulator, real: &Real) -> Seen {
    telegram.says(OLYA, "Здравствуйте! Хочу на маникюр").await;
    let offer = telegram.last(real, OLYA, "an offer", |seen| !seen.buttons.is_empty()).await;
    assert!(offer.text.contains("«Лотос»"), "the first message says who speaks: {}", offer.text);
    telegram.presses(OLYA, &offer, &offer.buttons[0].1).await;
    telegram.last(real, OLYA, "a question of the name", |seen| seen.text.contains("зовут")).await;
    telegram.says(OLYA, "Оля").await;
    telegram.last(real, OLYA, "a question of the phone", |seen| seen.text.contains("номер")).await;
    telegram.says(OLYA, "8 918 555 12 31").await;
    telegram.last(real, OLYA, "the summary", |seen| seen.text.contains("Всё верно")).await
}

/// The duty manager takes the case with a tap, and the notice says so.
async fn take_the_notice(telegram: &Emulator, real: &Real) -> Seen {
    let notice = telegram.last(real, MARINA, "a notice to Marina", |seen| seen.data_of("Беру").is_some()).await;
    assert!(notice.text.contains("Оля") || notice.text.contains("Имя"), "the notice names the client: {}", notice.text);
    telegram.presses(MARINA, &notice, notice.data_of("Беру").unwrap()).await;
    // The emulator keeps the buttons of an edited message; that they go is our own double's to see.
    let is_taken =
        |all: &[Seen]| all.iter().find(|seen| seen.id == notice.id && seen.text.contains("Взял в работу")).cloned();
    telegram.until(real, MARINA, "the notice to change", is_taken).await
}

/// A reply to the notice reaches the client, and the bot falls silent.
async fn a_person_speaks(telegram: &Emulator, real: &Real, notice: &Seen) {
    telegram.replies(MARINA, notice, "Оля, здравствуйте, это Марина. Чем помочь?").await;
    telegram.last(real, OLYA, "the manager's words", |seen| seen.text.contains("это Марина")).await;
    let before = telegram.sent_to(OLYA).await.len();
    telegram.says(OLYA, "Сколько стоит педикюр?").await;
    telegram.last(real, MARINA, "the question to reach Marina", |seen| seen.text.contains("Сколько стоит")).await;
    assert_eq!(telegram.sent_to(OLYA).await.len(), before, "the bot is silent while a person speaks");
}
