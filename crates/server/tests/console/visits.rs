//! A visit in the console: seen by the day and by the week, moved and called off after one look at what it means.

use crate::support::browser::Browser;
use crate::support::{NIGHT, Site, night};
use axum::http::StatusCode;
use nochnik_core::event::StaffAct;
use nochnik_core::outside::{Stands, VisitChange};
use nochnik_core::values::SpecialistId;
use nochnik_store::bookings;

const VISIT: &str = "/console/calendar/visit";
const WORD: &str = "/console/calendar/word";
/// Irina: to Anna, twelve hours after the night, for eighty minutes.
const IRINA: &str = "/console/calendar/visit?booking=b1";

fn night_ms() -> i64 {
    NIGHT.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

async fn site() -> (Site, Browser) {
    let site = Site::open().await;
    night::fill(&site.store, "lotos", night_ms()).await;
    let manager = Browser::signed_in(&site.router, "marina").await;
    (site, manager)
}

fn stands(specialist: &str, from: &str, to: &str) -> Stands {
    Stands { specialist: SpecialistId::new(specialist), from: from.parse().unwrap(), to: to.parse().unwrap() }
}

/// The value of a hidden field of the form whose button says `button`.
fn hidden(page: &str, button: &str, name: &str) -> String {
    let form =
        page.split("<form").find(|form| form.contains(button)).unwrap_or_else(|| panic!("no «{button}»: {page}"));
    let field = form.split("<input").find(|field| field.contains(&format!("name=\"{name}\""))).unwrap();
    let value = field.split("value=\"").nth(1).unwrap();
    value[..value.find('"').unwrap()].replace("&quot;", "\"")
}

#[tokio::test]
async fn the_days_and_the_week_show_every_visit_under_its_specialist() {
    let (_site, mut manager) = site().await;
    let day = manager.get("/console/calendar?day=2026-11-26").await.text;
    let table = day.split("<table").nth(1).unwrap();
    for words in ["Анна", "Мария", "Ирина", "Сергей"] {
        assert!(table.contains(words), "{words}: {table}");
    }
    let week = manager.get("/console/calendar?day=2026-11-26&view=week").await.text;
    let table = week.split("<table").nth(1).unwrap();
    assert_eq!(table.matches("<th scope=\"col\"").count(), 1 + 7, "a corner and seven days");
    assert!(table.contains("пн, 23") && table.contains("вс, 29") && table.contains("Ирина"), "{table}");
    assert!(week.contains("/console/calendar?day=2026-11-16&amp;view=week"), "a week back: {week}");
}

#[tokio::test]
async fn a_move_is_shown_before_it_is_made_and_then_the_client_hears_of_it() {
    let (site, mut manager) = site().await;
    let page = manager.get(&format!("{IRINA}&day=2026-11-27&time=15:00&specialist=anna")).await.text;
    assert!(page.contains("Перенести сюда?") && page.contains("Клиент получит сообщение о переносе"), "{page}");
    assert_eq!(site.desk.acts.lock().unwrap().len(), 0, "looking changes nothing");
    let button = "Перенести и написать клиенту";
    let form = [("booking", "b1"), ("was", &*hidden(&page, button, "was")), ("to", &hidden(&page, button, "to"))];
    let answer = manager.post(VISIT, &form).await;
    assert_eq!(answer.header("location"), "/console/calendar?day=2026-11-27");
    let acts = site.desk.acts.lock().unwrap().clone();
    let [(business, talk, person, StaffAct::Visit(VisitChange { booking, now: Some(now), .. }))] = &acts[..] else {
        panic!("{acts:?}")
    };
    assert_eq!((&**business, &**talk, &**person, &**booking), ("lotos", "c3", "marina", "b1"));
    assert_eq!(*now, stands("anna", "2026-11-27T15:00:00+03:00", "2026-11-27T16:20:00+03:00"), "as long as it was");
}

#[tokio::test]
async fn what_speaks_against_a_move_is_said_and_a_taken_time_is_refused() {
    let (site, mut manager) = site().await;
    let at = |query: &str| format!("{IRINA}&{query}");
    for (query, words, is_possible) in [
        ("day=2026-11-26&time=23:30", "визит не помещается в рабочее время", true),
        ("day=2026-11-27&time=15:00&specialist=karina", "мастер не оказывает услугу", true),
        ("day=2026-11-24&time=15:00", "Это время уже прошло", false),
    ] {
        let page = manager.get(&at(query)).await.text;
        assert!(page.contains(words), "{query}: {page}");
        assert_eq!(page.contains("Перенести и написать клиенту"), is_possible, "{query}");
    }
    let sergey = site.store.read(|sql| bookings::get(sql, "lotos", "b2")).await.unwrap().unwrap();
    let moment = jiff::Timestamp::from_millisecond(sergey.starts_at_ms).unwrap();
    let wall = moment.to_zoned(jiff::tz::TimeZone::get("Europe/Moscow").unwrap());
    let (date, time) = (wall.date(), wall.time().strftime("%H:%M").to_string());
    let page = manager.get(&at(&format!("day={date}&time={time}"))).await.text;
    assert!(page.contains("занято другой записью") && !page.contains("Перенести и написать клиенту"), "{page}");
    let to = Stands {
        specialist: SpecialistId::new("anna"),
        from: moment,
        to: moment + jiff::SignedDuration::from_mins(80),
    };
    let was = hidden(&page, "Отменить и написать клиенту", "was");
    let form = [("booking", "b1"), ("was", &*was), ("to", &serde_json::to_string(&to).unwrap())];
    assert_eq!(manager.post(VISIT, &form).await.status, StatusCode::CONFLICT, "a page may be old");
    assert_eq!(site.desk.acts.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn a_visit_is_called_off_by_who_may_act_and_only_in_their_own_business() {
    let (site, mut manager) = site().await;
    let page = manager.get(IRINA).await.text;
    let was = hidden(&page, "Отменить и написать клиенту", "was");
    let form = [("booking", "b1"), ("was", &*was)];
    let mut observer = Browser::signed_in(&site.router, "gost").await;
    assert!(!observer.get(IRINA).await.text.contains("<form method=\"post\" action=\"/console/calendar/visit\""));
    assert_eq!(observer.post(VISIT, &form).await.status, StatusCode::FORBIDDEN);
    assert_eq!(manager.post(VISIT, &[("booking", "b9"), ("was", &was)]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(manager.post(VISIT, &[("booking", "b1"), ("was", "{}")]).await.status, StatusCode::BAD_REQUEST);
    assert!(manager.post(VISIT, &form).await.status.is_redirection());
    let acts = site.desk.acts.lock().unwrap().clone();
    assert!(matches!(&acts[..], [(.., StaffAct::Visit(VisitChange { now: None, .. }))]), "{acts:?}");
}

/// Karina's visit waits for a word: the time is kept without a limit.
async fn waiting(site: &Site) {
    site.store.write(|sql| bookings::keep(sql, "lotos", "b3", "Карина")).await.unwrap();
}

#[tokio::test]
async fn a_visit_that_waits_for_a_word_gets_it_once() {
    let (site, mut manager) = site().await;
    assert!(!manager.get(IRINA).await.text.contains("ждёт вашего слова"), "hers stands already");
    waiting(&site).await;
    let talk = manager.get("/console/chats/c4").await.text;
    assert!(talk.contains("/console/calendar/visit?booking=b3") && talk.contains("подтвердите"), "{talk}");
    let page = manager.get("/console/calendar/visit?booking=b3").await.text;
    assert!(page.contains("ждёт вашего слова") && !page.contains("Отменить и написать клиенту"), "{page}");
    for (button, is_approved) in [("Подтвердить", "true"), ("Отказать", "false")] {
        assert_eq!(hidden(&page, button, "is_approved"), is_approved);
    }
    let word = [("booking", "b3"), ("is_approved", "true")];
    let mut observer = Browser::signed_in(&site.router, "gost").await;
    assert!(
        !observer.get("/console/calendar/visit?booking=b3").await.text.contains("action=\"/console/calendar/word\"")
    );
    assert_eq!(observer.post(WORD, &word).await.status, StatusCode::FORBIDDEN);
    assert!(manager.post(WORD, &word).await.status.is_redirection());
    let acts = site.desk.acts.lock().unwrap().clone();
    let decided = StaffAct::Decide { booking: "b3".to_owned(), is_approved: true };
    assert_eq!(acts, [("lotos".to_owned(), "c4".to_owned(), "marina".to_owned(), decided)]);
    site.store.write(|sql| bookings::confirm(sql, "lotos", "b3", "Карина", false)).await.unwrap();
    let late = manager.post(WORD, &word).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text.contains("Решать уже нечего"), "{}", late.text);
    assert_eq!(site.desk.acts.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_name_full_of_markup_stays_a_name() {
    let (site, mut manager) = site().await;
    let name = "<img src=x onerror=alert(1)>";
    site.store.write(move |sql| bookings::keep(sql, "lotos", "b3", name)).await.unwrap();
    for page in [
        "/console/calendar?day=2026-11-26",
        "/console/calendar?day=2026-11-26&view=week",
        "/console/calendar/visit?booking=b3",
    ] {
        let page = manager.get(page).await.text;
        assert!(page.contains("&lt;img src=x") && !page.contains("<img src=x"), "{page}");
    }
}
