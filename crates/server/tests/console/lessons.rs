//! «Разобрать» as people meet it: labels by a tap, training beside the work, publishing, going back.

#![expect(clippy::disallowed_methods, reason = "a test waits for work that takes seconds")]

use std::time::Duration;

use crate::support::browser::Browser;
use crate::support::{NIGHT, Site, night};
use axum::http::StatusCode;
use nochnik_store::lessons::{self, Label, NewLesson};
use nochnik_store::{Sql, audit, businesses, wish_models};

const LESSONS: &str = "/console/lessons";
/// Looks of a tenth of a second: training reads thousands of messages, and a debug build is slow.
const LOOKS_MAX: usize = 3_000;

fn night_ms() -> i64 {
    NIGHT.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

/// The client says it, and the reader is not sure; returns the number of the lesson.
async fn doubted(site: &Site, business: &'static str, peer: &str, text: &str) -> i64 {
    let id = night::talk(&site.store, business, "widget", peer, night_ms()).await;
    night::say(&site.store, business, &id, "client", text, None, night_ms()).await;
    let job = move |sql: &mut dyn Sql| {
        let lesson = NewLesson {
            conversation_id: &id,
            first_seq: 1,
            seq: 1,
            at_ms: night_ms(),
            context: "ask_when",
            heard: "faq",
            certainty: 0.31,
            is_missed: true,
        };
        lessons::put(sql, business, &lesson)?;
        Ok(lessons::waiting(sql, business, i64::MAX, 1)?[0].id)
    };
    site.store.write(job).await.unwrap()
}

async fn labelled(site: &Site) -> Vec<(String, String)> {
    let told = site.store.read(|sql| lessons::labelled(sql, "lotos", 100)).await.unwrap();
    told.into_iter().map(|lesson| (lesson.label, lesson.text)).collect()
}

#[tokio::test]
async fn a_message_is_labelled_by_a_tap_and_what_is_learned_names_nobody() {
    let site = Site::open().await;
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    assert!(manager.get(LESSONS).await.text.contains("Разбирать нечего"));
    let id = doubted(&site, "lotos", "olya", "Это Ольга, <b>мне</b> бы маникюр, 8 918 555-12-31").await;
    let page = manager.get(LESSONS).await.text;
    for told in [
        "Ждёт разбора 1\u{a0}сообщение.",
        "&lt;b&gt;мне",
        "не понял",
        "подумал: вопрос о работе, 31\u{a0}%",
        "ответ на «когда удобно?»",
        "Записаться",
        "Деловое предложение",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let one = format!("{LESSONS}/{id}");
    assert_eq!(manager.post(&one, &[("intent", "nonsense")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(manager.post(&one, &[("intent", "book")]).await.status, StatusCode::SEE_OTHER);
    assert!(manager.get(LESSONS).await.text.contains("Разбирать нечего"));
    let [(label, text)] = &labelled(&site).await[..] else { panic!("one lesson") };
    assert_eq!(label, "book");
    assert!(!text.contains("555") && !text.contains("Ольга") && text.contains("<service>"), "{text}");

    let done = manager.get(&format!("{LESSONS}/done")).await.text;
    assert!(done.contains("[услуга]") && done.contains("Записаться") && done.contains("Марина"), "{done}");
    assert_eq!(manager.post(&format!("{one}/off"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(labelled(&site).await, []);
    let journal = site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 2)).await.unwrap();
    assert_eq!(journal.iter().map(|line| line.action.as_str()).collect::<Vec<_>>(), ["lesson_off", "lesson"]);
    assert!(journal.iter().all(|line| line.actor == "marina" && line.subject == "visit-olya"));
}

#[tokio::test]
async fn what_is_not_worth_learning_is_passed_over() {
    let site = Site::open().await;
    let id = doubted(&site, "lotos", "olya", "ааааа").await;
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    assert_eq!(manager.post(&format!("{LESSONS}/{id}/off"), &[]).await.status, StatusCode::SEE_OTHER);
    assert!(manager.get(LESSONS).await.text.contains("Разбирать нечего"));
    assert_eq!(manager.post(&format!("{LESSONS}/{id}/off"), &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_labels_for_another_business_and_an_observer_not_at_all() {
    let site = Site::open().await;
    let foreign = doubted(&site, "barber", "canary", "чужие слова").await;
    let own = doubted(&site, "lotos", "olya", "свои слова").await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    assert!(!owner.get(LESSONS).await.text.contains("чужие слова"));
    for path in [format!("{LESSONS}/{foreign}"), format!("{LESSONS}/{foreign}/off")] {
        assert_eq!(owner.post(&path, &[("intent", "book")]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let mut observer = Browser::signed_in(&site.router, "gost").await;
    for path in [LESSONS.to_owned(), format!("{LESSONS}/done"), format!("{LESSONS}/state")] {
        assert_eq!(observer.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in [format!("{LESSONS}/{own}"), format!("{LESSONS}/{own}/off")] {
        assert_eq!(observer.post(&path, &[("intent", "book")]).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    for path in ["train", "publish", "back"] {
        assert_eq!(manager.post(&format!("{LESSONS}/{path}"), &[]).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let mut evil = owner.clone().with("sec-fetch-site", "cross-site").with("origin", "https://evil.example");
    assert_eq!(evil.post(&format!("{LESSONS}/{own}"), &[("intent", "book")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(labelled(&site).await, []);
}

/// Waits until the piece of the page says it.
async fn told(browser: &mut Browser, path: &str, words: &str) -> String {
    for _ in 0..LOOKS_MAX {
        let page = browser.get(path).await.text;
        if page.contains(words) {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("«{words}» did not come: {}", browser.get(path).await.text);
}

/// Labelled messages with a word of the house that nobody else uses.
async fn teach(site: &Site, label: &'static str, texts: &'static [&'static str]) {
    for text in texts {
        let id = doubted(site, "lotos", &format!("peer{}", text.len() * 7 + text.chars().count()), text).await;
        let label = Label { label, text, by: "roza", at_ms: night_ms() };
        site.store.write(move |sql| lessons::label(sql, "lotos", id, &label)).await.unwrap();
    }
}

const WORDS: &[&str] = &[
    "киньте подлёт утром",
    "хочу подлёт",
    "можно мне подлёт?",
    "пусть марина сделает подлёт",
    "подлёт после обеда если можно",
    "подлёт на выходных бывает?",
    "давайте подлёт",
    "я бы дождалась подлёта",
    "сделайте подлёт пожалуйста",
    "добрый вечер, подлёт завтра",
];

async fn version(site: &Site) -> i64 {
    site.store.read(|sql| businesses::get_version(sql, "lotos")).await.unwrap().unwrap().wishes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_taught_is_tried_on_what_was_kept_back_then_published_then_taken_back() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let few = owner.post(&format!("{LESSONS}/train"), &[]).await;
    assert!(few.status == StatusCode::BAD_REQUEST && few.text.contains("мало"), "{}", few.text);
    assert_eq!(owner.post(&format!("{LESSONS}/publish"), &[]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(owner.post(&format!("{LESSONS}/back"), &[]).await.status, StatusCode::BAD_REQUEST);

    teach(&site, "callback", WORDS).await;
    assert!(owner.get(LESSONS).await.text.contains("учим на 8, проверяем на 2"));
    assert_eq!(owner.post(&format!("{LESSONS}/train"), &[]).await.status, StatusCode::SEE_OTHER);
    assert!(owner.get(LESSONS).await.text.contains("Учим и проверяем"), "the page does not wait");
    let state = format!("{LESSONS}/state");
    let page = told(&mut owner, &state, "Опубликовать").await;
    for words in ["не хуже прежнего", "Контрольные", "0 из 2", "Размеченные", "0 из 8"]
    {
        assert!(page.contains(words), "{words}: nobody knew the word before: {page}");
    }
    assert!(page.contains("1 из 2") || page.contains("2 из 2"), "something of what was kept back is read now: {page}");
    assert!(!page.contains("every 2s"), "nothing is left to wait for");
    assert_eq!(version(&site).await, 0, "nothing is published by itself");

    assert_eq!(owner.post(&format!("{LESSONS}/publish"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(version(&site).await, 1);
    assert!(owner.get(LESSONS).await.text.contains("версия 1"));
    assert_eq!(owner.post(&format!("{LESSONS}/publish"), &[]).await.status, StatusCode::BAD_REQUEST, "once");
    assert_eq!(owner.post(&format!("{LESSONS}/back"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(version(&site).await, 0);
    let journal = site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 2)).await.unwrap();
    let lines: Vec<_> = journal.iter().map(|line| (line.action.as_str(), line.subject.as_str())).collect();
    assert_eq!(lines, [("model_back", "0"), ("model_new", "1")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_compared_with_another_one_is_not_published() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    teach(&site, "callback", WORDS).await;
    owner.post(&format!("{LESSONS}/train"), &[]).await;
    told(&mut owner, &format!("{LESSONS}/state"), "Опубликовать").await;
    site.store.write(|sql| wish_models::publish(sql, "lotos", b"by the command line", 1)).await.unwrap();
    let late = owner.post(&format!("{LESSONS}/publish"), &[]).await;
    assert!(late.status == StatusCode::BAD_REQUEST && late.text.contains("кто-то другой"), "{}", late.text);
    assert_eq!(version(&site).await, 1, "what the other has published stays");
}
