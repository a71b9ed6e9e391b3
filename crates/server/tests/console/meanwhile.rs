//! Two people have the same form of settings open, and both save: whoever is second sees what the first has written.

use axum::http::StatusCode;
use nochnik_core::business::{Document, Holidays};
use nochnik_store::businesses;

use crate::support::Site;
use crate::support::browser::{Answer, Browser};
use crate::support::form::untouched;

const REPLIES: &str = "/console/settings/replies";
const DAYS: &str = "/console/settings/days";
const TOLD: &str = "настройки изменил кто-то другой";

async fn document(site: &Site) -> Document {
    let row = site.store.read(|sql| businesses::get(sql, "lotos")).await.unwrap().unwrap();
    serde_json::from_str(&row.document).unwrap()
}

/// The form as it stands on the page with this typed into it; an empty text empties a line and takes a tick away.
fn filled(page: &str, typed: &[(&str, &str)]) -> Vec<(String, String)> {
    let is_typed = |name: &str| typed.iter().any(|(own, _)| *own == name);
    let kept = untouched(page).into_iter().filter(|(name, _)| !is_typed(name));
    kept.chain(typed.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))).collect()
}

async fn send(browser: &mut Browser, path: &str, form: &[(String, String)]) -> Answer {
    let form: Vec<(&str, &str)> = form.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    browser.post(path, &form).await
}

async fn saves(browser: &mut Browser, path: &str, form: &[(String, String)]) {
    let saved = send(browser, path, form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{path}: {}", saved.text);
}

/// Opens the page, lets another save there first, and returns what the own save is answered with.
async fn overtaken(browser: &mut Browser, path: &str, theirs: &[(&str, &str)], own: &[(&str, &str)]) -> String {
    let opened = browser.get(path).await.text;
    saves(browser, path, &filled(&opened, theirs)).await;
    let refused = send(browser, path, &filled(&opened, own)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    assert!(refused.text.contains(TOLD), "{path}: {}", refused.text);
    refused.text
}

async fn replies(site: &Site) -> Vec<(String, String)> {
    document(site).await.replies.into_iter().collect()
}

fn pairs<const N: usize>(replies: [(&str, &str); N]) -> Vec<(String, String)> {
    replies.map(|(title, text)| (title.to_owned(), text.to_owned())).to_vec()
}

#[tokio::test]
async fn a_second_save_of_ready_replies_keeps_those_of_another() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let empty = owner.get(REPLIES).await.text;
    saves(&mut owner, REPLIES, &filled(&empty, &[("title-0", "Адрес"), ("text-0", "Ленина, 1")])).await;

    let added = [("title-1", "Скидка"), ("text-1", "Десять процентов")];
    let page = overtaken(&mut owner, REPLIES, &added, &[("text-0", "Ленина, 2")]).await;
    assert!(page.contains("Десять процентов") && page.contains("Ленина, 2"), "{page}");
    saves(&mut owner, REPLIES, &untouched(&page)).await;
    assert_eq!(replies(&site).await, pairs([("Адрес", "Ленина, 2"), ("Скидка", "Десять процентов")]));

    // Both wrote the same one: it stands as it is now, with the own words beside it.
    let page = overtaken(&mut owner, REPLIES, &[("text-0", "Мира, 5")], &[("text-0", "Садовая, 7")]).await;
    assert!(page.contains(">Мира, 5</textarea>") && page.contains("У вас здесь было: «Садовая, 7»"), "{page}");
    saves(&mut owner, REPLIES, &untouched(&page)).await;
    assert_eq!(replies(&site).await[0].1, "Мира, 5");

    // One that another took away does not come back by itself, and is not lost from sight.
    let page = overtaken(&mut owner, REPLIES, &[("text-1", "")], &[("text-1", "Пять процентов")]).await;
    assert!(page.contains("У вас здесь было: «Пять процентов»"), "{page}");
    saves(&mut owner, REPLIES, &untouched(&page)).await;
    assert_eq!(replies(&site).await, pairs([("Адрес", "Мира, 5")]));
}

/// Wednesday 25 November 2026 is today.
#[tokio::test]
async fn a_second_save_of_special_days_keeps_those_of_another() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    saves(&mut owner, DAYS, &[("holidays", "as_usual")].map(owned)).await;
    let short = [("day.0.first", "2026-12-31"), ("day.0.hours", "10-16")];
    let page = overtaken(&mut owner, DAYS, &short, &[("holidays", "closed")]).await;
    assert!(page.contains("value=\"2026-12-31\"") && page.contains("10:00–16:00"), "{page}");
    saves(&mut owner, DAYS, &untouched(&page)).await;
    let after = document(&site).await;
    assert_eq!((after.holidays, after.special_days.len()), (Holidays::Closed, 1), "both");

    // A day of another in the row where one typed one's own.
    let (theirs, own) = ([("day.1.first", "2027-01-09")], [("day.1.first", "2027-03-08"), ("day.1.hours", "12-15")]);
    let page = overtaken(&mut owner, DAYS, &theirs, &own).await;
    assert!(page.contains("value=\"2027-01-09\"") && !page.contains("value=\"2027-03-08\""), "{page}");
    for told in ["У вас здесь было: «пн, 8\u{a0}марта»", "У вас здесь было: «12-15»"]
    {
        assert!(page.contains(told), "{told}: {page}");
    }
    saves(&mut owner, DAYS, &untouched(&page)).await;
    let days: Vec<String> = document(&site).await.special_days.keys().map(ToString::to_string).collect();
    assert_eq!(days, ["2026-12-31", "2027-01-09"]);
}

/// What is typed in one input does not undo another's, whatever the page.
#[tokio::test]
async fn a_second_save_keeps_what_another_wrote_in_the_other_inputs() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let before = document(&site).await;
    let service = format!("/console/settings/services/{}", before.services[0].id);
    let specialist = format!("/console/settings/specialists/{}", before.specialists[0].id);
    let person = format!("/console/people/{}/edit", before.people[0].id);
    saves(&mut owner, "/console/settings/places", &[("name-0", "Кресло"), ("count-0", "1")].map(owned)).await;
    let cases: [(&str, (&str, &str), (&str, &str)); 9] = [
        ("/console/settings/hours", ("mon", "12:00–18:00"), ("tue", "13:00–19:00")),
        ("/console/settings/about", ("city", "Азов"), ("address", "Мира, 5")),
        ("/console/settings/answers", ("parking", "Во дворе"), ("payment", "Картой")),
        ("/console/settings/places", ("name-1", "Кабинет"), ("count-0", "2")),
        ("/console/settings/ladder", ("step.0.means", "2"), ("step.1.means", "3")),
        ("/console/settings/sheet/rules", ("within_hours", "12"), ("min_criteria", "1")),
        (&service, ("price", "1100"), ("synonyms", "ноготочки")),
        (&specialist, ("role", "топ-мастер"), ("aliases", "Анюта")),
        (&person, ("name", "Мария"), ("phone", "+79185550001")),
    ];
    for (path, theirs, own) in cases {
        let page = overtaken(&mut owner, path, &[theirs], &[own]).await;
        saves(&mut owner, path, &untouched(&page)).await;
        let page = untouched(&owner.get(path).await.text);
        assert!(page.contains(&owned(theirs)) && page.contains(&owned(own)), "{path}: {page:?}");
    }
    let greeting = "/console/settings/texts/greeting";
    let page = overtaken(&mut owner, greeting, &[("text", "Добрый вечер!")], &[("text", "Доброй ночи!")]).await;
    assert!(page.contains(">Добрый вечер!</textarea>") && page.contains("У вас здесь было: «Доброй ночи!»"), "{page}");
}

fn owned((name, text): (&str, &str)) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

/// Only elsewhere: one's own stays as it was typed.
#[tokio::test]
async fn who_changed_something_else_takes_nothing_out_of_the_form() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let opened = owner.get(REPLIES).await.text;
    let hours = owner.get("/console/settings/hours").await.text;
    saves(&mut owner, "/console/settings/hours", &filled(&hours, &[("mon", "12:00–18:00")])).await;
    let own = filled(&opened, &[("title-0", "Адрес"), ("text-0", "Ленина, 1")]);
    let refused = send(&mut owner, REPLIES, &own).await.text;
    assert!(refused.contains(TOLD) && refused.contains("понедельник"), "{refused}");
    saves(&mut owner, REPLIES, &untouched(&refused)).await;
    assert_eq!(replies(&site).await, pairs([("Адрес", "Ленина, 1")]));
}
