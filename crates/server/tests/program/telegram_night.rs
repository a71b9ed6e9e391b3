//! One night in Telegram, through the real binary: a client books, the duty manager is called and
//! takes it with a tap, Bitrix24 holds the lead once.

use crate::real::{MARINA, Real, World, now_ms, wait_for};
use nochnik_doubles::bitrix24::Settings;

const OLYA: i64 = 5_012_345_678;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_books_and_the_manager_takes_it() {
    let world = World::open(Settings { intensity: None, ..Settings::default() }).await;
    let mut real = Real::with(&world.document());
    real.start().await;
    world.staff_is_there(&real).await;
    let telegram = &world.telegram;

    telegram.client_says(OLYA, "Здравствуйте! Хочу на маникюр", now_ms());
    let offer = wait_for(&real, "an offer", 10, || telegram.last_to(OLYA).filter(|m| m.text.contains("1."))).await;
    assert!(offer.text.contains("Салон красоты «Лотос»"), "the first message says who speaks: {}", offer.text);
    assert!(offer.text.contains("персональн") || offer.text.contains("Данные обрабатывает"), "and carries the notice");

    let first = offer.buttons.iter().flatten().next().and_then(|b| b.data.clone()).unwrap();
    telegram.client_presses(OLYA, offer.message_id, &first, now_ms());
    wait_for(&real, "a question of the name", 10, || telegram.last_to(OLYA).filter(|m| m.text.contains("зовут"))).await;
    telegram.client_says(OLYA, "Оля", now_ms());
    wait_for(&real, "a question of the phone", 10, || telegram.last_to(OLYA).filter(|m| m.text.contains("номер")))
        .await;
    telegram.client_shares_contact(OLYA, "79185551231", now_ms());
    let summary =
        wait_for(&real, "the summary", 10, || telegram.last_to(OLYA).filter(|m| m.text.contains("Всё верно"))).await;
    assert!(summary.text.contains("+7 918 ***-**-31"), "the phone is read back masked: {}", summary.text);

    let notice =
        wait_for(&real, "a notice to Marina", 10, || telegram.last_to(MARINA).filter(|m| m.data_of("Беру").is_some()))
            .await;
    assert!(notice.text.contains("+7 918 555-12-31") || notice.text.contains("Телефон"), "{}", notice.text);
    let take = notice.data_of("Беру").unwrap().to_owned();
    let press = telegram.client_presses(MARINA, notice.message_id, &take, now_ms()).unwrap();
    wait_for(&real, "an answer to the press", 10, || telegram.answer_to_press(&press)).await;
    let taken = wait_for(&real, "the notice to change", 10, || {
        telegram
            .sent_to(MARINA)
            .into_iter()
            .find(|m| m.message_id == notice.message_id && m.text.contains("Взял в работу"))
    })
    .await;
    assert!(taken.buttons.is_empty(), "the buttons are gone");

    let yes = summary.data_of("Да").unwrap().to_owned();
    telegram.client_presses(OLYA, summary.message_id, &yes, now_ms());
    wait_for(&real, "the booking", 10, || telegram.last_to(OLYA).filter(|m| m.text.starts_with("Записал вас"))).await;

    let lead = wait_for(&real, "the lead in Bitrix24", 10, || world.bitrix24.leads().into_iter().next()).await;
    assert!(format!("{lead:?}").contains("Оля"), "{lead:?}");
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(world.bitrix24.leads().len(), 1);
    assert!(world.bitrix24.duplicates().is_empty());
    telegram.assert_clean();
    world.bitrix24.assert_clean();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_manager_answers_by_a_reply_and_the_bot_falls_silent() {
    let world = World::open(Settings { intensity: None, ..Settings::default() }).await;
    let mut real = Real::with(&world.document());
    real.start().await;
    world.staff_is_there(&real).await;
    let telegram = &world.telegram;

    telegram.client_says(OLYA, "Позовите, пожалуйста, администратора", now_ms());
    let promise = wait_for(&real, "a promise", 10, || telegram.last_to(OLYA)).await;
    assert!(promise.text.contains("Марина"), "the client hears who answers: {}", promise.text);
    let notice =
        wait_for(&real, "a notice to Marina", 10, || telegram.last_to(MARINA).filter(|m| m.data_of("Беру").is_some()))
            .await;

    telegram.client_replies(MARINA, notice.message_id, "Оля, здравствуйте, это Марина. Чем помочь?", now_ms());
    wait_for(&real, "the manager's words", 10, || telegram.last_to(OLYA).filter(|m| m.text.contains("это Марина")))
        .await;

    let before = telegram.sent_to(OLYA).len();
    telegram.client_says(OLYA, "Сколько стоит маникюр?", now_ms());
    wait_for(&real, "the question to reach Marina", 10, || {
        telegram.last_to(MARINA).filter(|m| m.text.contains("Сколько стоит"))
    })
    .await;
    assert_eq!(telegram.sent_to(OLYA).len(), before, "the bot is silent while a person speaks");
    telegram.assert_clean();
}
