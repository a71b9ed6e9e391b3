//! «Новая запись»: a person enters a visit; what is wrong stands beside its field, and nothing that was typed is lost.

use crate::support::browser::Browser;
use crate::support::{Site, night};
use axum::http::StatusCode;
use nochnik_core::values::{BY_HAND, ServiceId, SpecialistId};
use nochnik_store::bookings::{self, NewBooking};

const FORM: &str = "/console/calendar/new";

type Field<'a> = (&'a str, &'a str);

/// Vera rings: a manicure with Anna on Friday at three.
const VERA: [Field<'static>; 8] = [
    ("name", "Вера"),
    ("phone", "8 (918) 555-01-50"),
    ("service", "manicure"),
    ("specialist", "anna"),
    ("day", "2026-11-27"),
    ("time", "15:00"),
    ("once", "o1"),
    ("act", "book"),
];

fn but<'a>(changed: &[Field<'a>]) -> Vec<Field<'a>> {
    let own = VERA.iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
    own.chain(changed).copied().collect()
}

async fn site() -> (Site, Browser) {
    let site = Site::open().await;
    let manager = Browser::signed_in(&site.router, "marina").await;
    (site, manager)
}

/// Olga has Anna from three to four on Friday.
async fn olga(site: &Site) {
    let at = |wall: &str| wall.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let (from, to) = (at("2026-11-27T15:00:00+03:00"), at("2026-11-27T16:00:00+03:00"));
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        let visit = NewBooking {
            id: "olga/1",
            conversation_id: "olga",
            specialist_id: "anna",
            service_id: "manicure",
            client_name: "Ольга",
            starts_at_ms: from,
            ends_at_ms: to,
            visit_ends_at_ms: to,
            held_until_ms: None,
            spans: &[nochnik_store::bookings::Span { subject: "anna", starts_at_ms: from, ends_at_ms: to, seat: None }],
        };
        bookings::hold(sql, "lotos", &visit)
    };
    site.store.write(job).await.unwrap();
}

/// What stands beside the field, if it is wrong.
fn beside<'a>(page: &'a str, field: &str) -> Option<&'a str> {
    let from = page.find(&format!("name=\"{field}\""))?;
    let own = page[from..].split("class=\"field\"").next()?;
    let problem = own.split("class=\"problem\"").nth(1)?;
    problem.split("</svg>").nth(1)?.split('<').next().map(str::trim)
}

#[tokio::test]
async fn a_visit_is_entered_and_the_calendar_opens_on_its_day() {
    let (site, mut manager) = site().await;
    let day = manager.get("/console/calendar?day=2026-11-27").await.text;
    assert!(day.contains("/console/calendar/new?day=2026-11-27\""), "the button: {day}");
    let cell = "/console/calendar/new?day=2026-11-27&amp;time=15%3A00&amp;specialist=anna";
    assert!(day.contains(cell), "an empty hour of Anna's: {day}");
    let page = manager.get("/console/calendar/new?day=2026-11-27&time=15%3A00&specialist=anna").await.text;
    assert!(page.contains("value=\"2026-11-27\"") && page.contains("value=\"15:00\""), "{page}");
    assert!(page.contains("<option value=\"anna\" selected>"), "{page}");

    let answer = manager.post(FORM, &VERA).await;
    assert_eq!(answer.header("location"), "/console/calendar?day=2026-11-27");
    manager.post(FORM, &VERA).await;
    assert_eq!(site.desk.entered.lock().unwrap().len(), 1, "pressed twice");
    manager.post(FORM, &but(&[("name", "Вера с мамой"), ("time", "17:00")])).await;
    assert_eq!(site.desk.entered.lock().unwrap().len(), 2, "gone back to and filled in anew");
    site.desk.entered.lock().unwrap().truncate(1);
    let entered = site.desk.entered.lock().unwrap().clone();
    let [(login, visit)] = &entered[..] else { panic!("pressed twice, entered once: {entered:?}") };
    assert_eq!((login.as_str(), visit.name.as_str()), ("marina", "Вера"));
    assert_eq!(visit.phone.as_ref().unwrap().e164(), "+79185550150");
    assert_eq!(visit.at, "2026-11-27T15:00:00+03:00".parse().unwrap());
    assert_eq!(visit.ask.services, [ServiceId::new("manicure")]);
    assert_eq!(visit.ask.specialist, Some(SpecialistId::new("anna")));
}

#[tokio::test]
async fn several_services_are_one_visit_with_whoever_does_them_all() {
    let (site, mut manager) = site().await;
    let form = but(&[("specialist", ""), ("more-pedicure", "yes")]);
    assert!(manager.post(FORM, &form).await.status.is_redirection());
    let (_, visit) = site.desk.entered.lock().unwrap().pop().unwrap();
    assert_eq!(visit.ask.services, [ServiceId::new("manicure"), ServiceId::new("pedicure")]);
    assert_eq!(visit.ask.specialist, None);
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_the_rest_stays() {
    let (site, mut manager) = site().await;
    for (changed, field, words) in [
        (("name", " "), "name", "Как зовут клиента?"),
        (("phone", ""), "phone", "Нужен телефон"),
        (("phone", "перезвонит сама"), "phone", "Номер не читается"),
        (("service", ""), "service", "На какую услугу?"),
        (("day", ""), "day", "На какой день?"),
        (("day", "завтра"), "day", "не похоже на дату"),
        (("day", "2027-03-01"), "day", "запись открыта на 30\u{a0}дней вперёд"),
        (("time", ""), "time", "Нужно время"),
        (("day", "2026-11-25"), "time", "Это время уже прошло"),
        (("specialist", "karina"), "specialist", "Карина: мастер не оказывает эту услугу"),
        (("more-haircut_w", "yes"), "specialist", "Анна: мастер не оказывает всех этих услуг"),
    ] {
        let answer = manager.post(FORM, &but(&[changed])).await;
        assert!(answer.status.is_client_error(), "{changed:?}: {}", answer.status);
        let page = answer.text;
        assert!(beside(&page, field).is_some_and(|text| text.contains(words)), "{changed:?}: {page}");
        let kept = ["value=\"Вера\"", "value=\"8 (918) 555-01-50\"", "value=\"manicure\" selected", "value=\"15:00\""];
        let kept = kept.iter().filter(|value| page.contains(**value)).count();
        assert!(kept >= 3, "{changed:?}: the rest was typed and stays: {page}");
        assert!(page.contains("name=\"once\" value=\"o1\""), "{page}");
    }
    let both = manager.post(FORM, &but(&[("specialist", ""), ("more-haircut_w", "yes")])).await.text;
    assert!(beside(&both, "service").is_some_and(|text| text.contains("один мастер не делает")), "{both}");
    assert_eq!(site.desk.entered.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn a_taken_time_is_refused_with_the_nearest_free_ones() {
    let (site, mut manager) = site().await;
    olga(&site).await;
    let answer = manager.post(FORM, &but(&[("time", "15:10")])).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    let page = answer.text;
    assert_eq!(beside(&page, "time"), Some("Анна: это время уже занято"), "{page}");
    let near = page.split("Ближайшее свободное").nth(1).unwrap().split("Свободно: ").next().unwrap();
    let times: Vec<&str> = near.split("value=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(
        times,
        ["2026-11-27T16:00:00", "2026-11-27T14:00:00", "2026-11-27T16:30:00", "2026-11-27T13:30:00"],
        "{near}"
    );
    // Anybody else who does it is free then.
    assert!(manager.post(FORM, &but(&[("time", "15:10"), ("specialist", "maria")])).await.status.is_redirection());
    let any = but(&[("time", "15:10"), ("specialist", ""), ("once", "o2")]);
    assert!(manager.post(FORM, &any).await.status.is_redirection());
}

#[tokio::test]
async fn free_times_are_shown_and_one_that_is_picked_fills_day_and_time_in() {
    let (site, mut manager) = site().await;
    olga(&site).await;
    let looks = |changed: &[Field<'static>]| but(&[changed, &[("act", "")]].concat());
    let page = manager.post(FORM, &looks(&[])).await.text;
    assert!(page.contains("Свободно: пт, 27\u{a0}ноября"), "{page}");
    assert!(
        page.contains("value=\"2026-11-27T14:00:00\"") && !page.contains("value=\"2026-11-27T15:00:00\""),
        "{page}"
    );
    let nothing = manager.post(FORM, &looks(&[("service", "")])).await.text;
    assert!(nothing.contains("Выберите услугу"), "{nothing}");
    // On Sundays the salon is closed.
    let sunday = manager.post(FORM, &looks(&[("day", "2026-11-29")])).await.text;
    assert!(sunday.contains("В этот день свободного времени нет. Ближайшее"), "{sunday}");
    assert!(sunday.contains("value=\"2026-11-30T09:00:00\""), "{sunday}");
    let picked = manager.post(FORM, &looks(&[("pick", "2026-11-30T09:00:00")])).await.text;
    assert!(picked.contains("type=\"date\" value=\"2026-11-30\"") && picked.contains("value=\"09:00\""), "{picked}");
    assert!(picked.contains("value=\"Вера\""), "{picked}");
    assert_eq!(site.desk.entered.lock().unwrap().len(), 0, "looking enters nothing");
}

#[tokio::test]
async fn out_of_hours_a_visit_is_entered_once_the_person_has_seen_it() {
    let (site, mut manager) = site().await;
    let late = but(&[("time", "21:30")]);
    let answer = manager.post(FORM, &late).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    let page = answer.text;
    assert!(page.contains("Визит выходит за часы работы: пт, 27\u{a0}ноября, 09:00–21:00."), "{page}");
    assert!(page.contains("Всё равно записать"), "{page}");
    let sure = page.split("name=\"sure\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let later = but(&[("time", "22:00"), ("sure", &sure)]);
    assert_eq!(manager.post(FORM, &later).await.status, StatusCode::CONFLICT, "that was another time");
    let meant = but(&[("time", "21:30"), ("sure", &sure)]);
    assert!(manager.post(FORM, &meant).await.status.is_redirection());
    assert_eq!(site.desk.entered.lock().unwrap().len(), 1);
    let off = manager.post(FORM, &but(&[("specialist", "maria"), ("time", "10:00"), ("once", "o2")])).await.text;
    assert!(off.contains("Мария: в это время мастер не работает."), "{off}");
    let closed = manager.post(FORM, &but(&[("day", "2026-11-29"), ("once", "o3")])).await.text;
    assert!(closed.contains("вс, 29\u{a0}ноября: в этот день закрыто."), "{closed}");
}

#[tokio::test]
async fn only_who_acts_for_clients_enters_visits() {
    let (site, _) = site().await;
    for (login, may) in [("roza", true), ("marina", true), ("gost", false)] {
        let mut browser = Browser::signed_in(&site.router, login).await;
        let has_button = browser.get("/console/calendar").await.text.contains(FORM);
        let is_open = browser.get(FORM).await.status == StatusCode::OK;
        assert_eq!((has_button, is_open), (may, may), "{login}");
        if !may {
            assert_eq!(browser.post(FORM, &VERA).await.status, StatusCode::FORBIDDEN);
        }
    }
}

/// A client who was entered by hand, with a visit.
async fn entered(site: &Site) -> String {
    let now_ms = site.desk.now.lock().unwrap().as_millisecond();
    let id = night::talk_in(&site.store, "lotos", BY_HAND, BY_HAND, "vera", now_ms).await;
    let talk = id.clone();
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        let (from, to) = (now_ms + 40 * 3_600_000, now_ms + 41 * 3_600_000);
        let visit = NewBooking {
            id: "vera/1",
            conversation_id: &talk,
            specialist_id: "anna",
            service_id: "manicure",
            client_name: "Вера",
            starts_at_ms: from,
            ends_at_ms: to,
            visit_ends_at_ms: to,
            held_until_ms: None,
            spans: &[],
        };
        bookings::hold(sql, "lotos", &visit)?;
        bookings::confirm(sql, "lotos", "vera/1", "Вера", false).map(drop)
    };
    site.store.write(job).await.unwrap();
    id
}

#[tokio::test]
async fn of_a_client_without_a_chat_nobody_is_promised_a_message() {
    let (site, mut manager) = site().await;
    let talk = entered(&site).await;
    let page = manager.get("/console/calendar/visit?booking=vera%2F1&day=2026-11-28&time=12:00").await.text;
    assert!(page.contains("Запись внесена вручную") && page.contains("Предупредите его сами"), "{page}");
    assert!(!page.contains("написать клиенту") && !page.contains("Клиент получит"), "{page}");
    let card = manager.get(&format!("/console/chats/{talk}")).await.text;
    assert!(card.contains("писать этому клиенту некуда") && !card.contains("Перехватить"), "{card}");
    let path = format!("/console/chats/{talk}");
    for (act, form) in [("reply", &[("text", "Ждём вас")][..]), ("take", &[]), ("back", &[])] {
        assert_eq!(manager.post(&format!("{path}/{act}"), form).await.status, StatusCode::BAD_REQUEST, "{act}");
    }
    assert!(manager.post(&format!("{path}/note"), &[("text", "любит чай")]).await.status.is_redirection());
    assert_eq!(site.desk.acts.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn tonight_counts_what_came_by_itself() {
    let (site, mut manager) = site().await;
    let before = manager.get("/console").await.text;
    entered(&site).await;
    let digits = |page: &str| page.split("class=\"numbers\"").nth(1).map(str::to_owned);
    assert_eq!(digits(&manager.get("/console").await.text), digits(&before));
}
