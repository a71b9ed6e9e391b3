//! «Мои входы»: where people are signed in, and who may end it.

use std::convert::Infallible;

use crate::support::browser::Browser;
use crate::support::{PASSWORD, Site};
use axum::body::Body;
use axum::http::StatusCode;
use futures::stream;
use nochnik_store::{audit, people};

const LOGINS: &str = "/console/logins";
const ANDROID: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36";

/// Signs in with a browser that names itself.
async fn phone(site: &Site, login: &str) -> Browser {
    let mut browser = Browser::new(&site.router).with("user-agent", ANDROID);
    assert_eq!(browser.login(login, PASSWORD).await.status, StatusCode::SEE_OTHER);
    browser
}

/// The places where a form of the page leads to.
fn forms(page: &str) -> Vec<String> {
    let parts = page.split("action=\"/console/logins/").skip(1);
    parts.map(|part| format!("{LOGINS}/{}", &part[..part.find('"').unwrap()])).collect()
}

#[tokio::test]
async fn a_person_sees_where_they_are_signed_in_and_ends_one_or_all_others() {
    let site = Site::open().await;
    let mut lost = phone(&site, "marina").await;
    let mut here = Browser::signed_in(&site.router, "marina").await;
    assert!(here.get(LOGINS).await.text.contains("пользовались только что"));
    site.desk.pass(10);
    let page = here.get(LOGINS).await.text;
    for told in ["Chrome, Android", "Вход: сегодня, 23:41", "пользовались 10\u{a0}мин назад", "вы здесь"]
    {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("Входы сотрудников"));
    let [end, others] = &forms(&page)[..] else { panic!("{page}") };
    assert_eq!(others, &format!("{LOGINS}/others"));
    assert_eq!(lost.get("/console").await.status, StatusCode::OK);
    assert_eq!(here.post(end, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(lost.get("/console").await.status, StatusCode::SEE_OTHER, "out");
    assert_eq!(here.post(end, &[]).await.status, StatusCode::NOT_FOUND, "it is gone");

    let (mut one, mut two) = (phone(&site, "marina").await, phone(&site, "marina").await);
    let mut another = Browser::signed_in(&site.router, "gost").await;
    assert_eq!(here.post(&format!("{LOGINS}/others"), &[]).await.status, StatusCode::SEE_OTHER);
    for (browser, status) in [
        (&mut one, StatusCode::SEE_OTHER),
        (&mut two, StatusCode::SEE_OTHER),
        (&mut another, StatusCode::OK),
        (&mut here, StatusCode::OK),
    ] {
        assert_eq!(browser.get("/console").await.status, status);
    }
    let journal = site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 50)).await.unwrap();
    let told: Vec<_> = journal.iter().filter(|line| line.action.starts_with("session")).collect();
    assert_eq!(told.iter().map(|line| line.action.as_str()).collect::<Vec<_>>(), ["sessions_end", "session_end"]);
    assert!(told.iter().all(|line| line.actor == "marina" && line.subject == "marina"));
}

/// The request writes its session down when it is over; what was ended meanwhile stays ended.
#[tokio::test]
async fn a_session_that_ends_while_its_request_is_under_way_does_not_come_back() {
    let site = Site::open().await;
    let mut thief = phone(&site, "marina").await;
    // Long enough for the use of the session to be noted.
    site.desk.pass(10);
    let (store, form) = (site.store.clone(), b"current=x&wanted=y".as_slice());
    let slow_body = stream::once(async move {
        let ended = store.write(|sql| people::end_sessions(sql, "lotos", "marina")).await;
        assert_eq!(ended.unwrap(), 1, "the session is read before the form");
        Ok::<_, Infallible>(form)
    });
    let kind = Some("application/x-www-form-urlencoded");
    let answer = thief.send("POST", "/console/password", kind, Body::from_stream(slow_body)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
    assert_eq!(thief.get("/console").await.status, StatusCode::SEE_OTHER, "out");
}

#[tokio::test]
async fn a_person_changes_their_password_and_whoever_had_the_old_one_is_out() {
    const PAGE: &str = "/console/password";
    const NEXT: &str = "синий чайник у двери";
    let site = Site::open().await;
    let mut thief = phone(&site, "marina").await;
    let mut here = Browser::signed_in(&site.router, "marina").await;
    assert!(here.get(LOGINS).await.text.contains(PAGE) && here.get(PAGE).await.text.contains("Новый пароль"));
    for (current, wanted, told) in [
        ("не тот пароль вовсе", NEXT, "Нынешний пароль не подходит"),
        (PASSWORD, "коротко", "Пароль короче 12 знаков"),
        (PASSWORD, "123456789012", "есть в списках у взломщиков"),
        (PASSWORD, PASSWORD, "Это нынешний пароль"),
    ] {
        let refused = here.post(PAGE, &[("current", current), ("wanted", wanted)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(refused.text.contains(told) && !refused.text.contains(wanted), "{told}: {}", refused.text);
    }
    assert_eq!(thief.get("/console").await.status, StatusCode::OK, "nothing has happened yet");
    let before = site.store.read(|sql| people::user(sql, "lotos", "marina")).await.unwrap().unwrap();
    let done = here.post(PAGE, &[("current", PASSWORD), ("wanted", NEXT)]).await;
    assert!(done.status == StatusCode::OK && done.text.contains("Пароль сменён"), "{}", done.text);
    assert_eq!(here.get("/console").await.status, StatusCode::OK, "whoever changed it stays");
    assert_eq!(thief.get("/console").await.status, StatusCode::SEE_OTHER, "out");
    assert_eq!(Browser::new(&site.router).login("marina", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(Browser::new(&site.router).login("marina", NEXT).await.status, StatusCode::SEE_OTHER);
    let after = site.store.read(|sql| people::user(sql, "lotos", "marina")).await.unwrap().unwrap();
    assert_eq!(
        (after.role, after.person_id, after.created_at_ms),
        (before.role, before.person_id, before.created_at_ms)
    );
    let journal = site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 50)).await.unwrap();
    assert!(journal.iter().any(|line| line.action == "password" && line.actor == "marina"));
}

/// Attack A-11: an open page left alone is no place to guess a password at.
#[tokio::test]
async fn control_c33_the_old_password_is_guessed_as_slowly_here_as_at_the_door() {
    let site = Site::open().await;
    let mut here = Browser::signed_in(&site.router, "marina").await;
    let mut refused = 0;
    for guess in 0..20 {
        let form = [("current", format!("догадка номер {guess}")), ("wanted", "синий чайник у двери".to_owned())];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, text)| (*name, text.as_str())).collect();
        refused += i32::from(here.post("/console/password", &form).await.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(refused >= 14, "five are free, one costs a wait; {refused} were refused");
}

#[tokio::test]
async fn what_was_left_unused_for_a_night_is_no_login_any_more() {
    let site = Site::open().await;
    phone(&site, "marina").await;
    site.desk.pass(9 * 60);
    let mut here = Browser::signed_in(&site.router, "marina").await;
    let page = here.get(LOGINS).await.text;
    assert!(!page.contains("Chrome, Android") && page.contains("вы здесь"), "{page}");
}

/// Attack: a page left open in the night shows clients for as long as its stream goes on.
#[tokio::test]
async fn control_c34_a_stream_that_is_open_ends_when_its_session_does() {
    let site = Site::open().await;
    let hours = |hours: i64| site.desk.pass(hours * 60);
    let manager = Browser::signed_in(&site.router, "marina").await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let mut hers = manager.listen("/console/live?view=now").await.ok().unwrap();
    let mut his = owner.listen("/console/live?view=now").await.ok().unwrap();
    assert!(hers.next().await.is_some() && his.next().await.is_some(), "the first picture");
    hours(7);
    site.desk.tell("lotos", "c1");
    assert!(hers.next().await.is_some() && his.next().await.is_some(), "nobody is late yet");
    assert_eq!(owner.get("/console").await.status, StatusCode::OK, "the owner works, the manager does not");
    hours(2);
    site.desk.tell("lotos", "c1");
    assert_eq!((hers.next().await, his.next().await.is_some()), (None, true), "unused for more than eight hours");
    hours(4);
    site.desk.tell("lotos", "c1");
    assert_eq!(his.next().await, None, "an owner's session ends after twelve hours, used or not");
}

#[tokio::test]
async fn an_owner_ends_the_logins_of_others_and_nobody_else_does() {
    let site = Site::open().await;
    let mut observer = phone(&site, "gost").await;
    let mut manager = phone(&site, "marina").await;
    let mut second = phone(&site, "marina").await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let page = owner.get(LOGINS).await.text;
    assert!(page.contains("Входы сотрудников") && page.contains("Марина"), "{page}");
    let of_others = forms(&page);
    let whole = format!("{LOGINS}/of/marina/end");
    assert!(of_others.contains(&whole), "{of_others:?}");
    for other in of_others.iter().filter(|form| !form.contains("/of/")) {
        let answer = observer.post(other, &[]).await.status;
        // The observer's own session stands in the list, too.
        assert!(matches!(answer, StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST), "{answer}");
    }
    assert_eq!(manager.post(&format!("{LOGINS}/of/gost/end"), &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(observer.get("/console").await.status, StatusCode::OK);
    assert_eq!(owner.post(&whole, &[]).await.status, StatusCode::SEE_OTHER);
    for browser in [&mut manager, &mut second] {
        assert_eq!(browser.get("/console").await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(observer.get("/console").await.status, StatusCode::OK);
    assert_eq!(owner.post(&format!("{LOGINS}/of/nobody/end"), &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(owner.get(LOGINS).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_form_of_another_site_ends_nothing() {
    let site = Site::open().await;
    let mut lost = phone(&site, "marina").await;
    let mut evil = Browser::signed_in(&site.router, "marina")
        .await
        .with("sec-fetch-site", "cross-site")
        .with("origin", "https://evil.example");
    assert_eq!(evil.post(&format!("{LOGINS}/others"), &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(lost.get("/console").await.status, StatusCode::OK);
}

#[tokio::test]
async fn control_c34_an_id_planted_before_the_login_is_worth_nothing_after_it() {
    let site = Site::open().await;
    let own = Browser::signed_in(&site.router, "gost").await.cookie;
    let invented = "nochnik=AAAAAAAAAAAAAAAAAAAAAA".to_owned();
    for planted in [own, invented] {
        let mut victim = Browser::new(&site.router);
        victim.cookie.clone_from(&planted);
        assert_eq!(victim.login("marina", PASSWORD).await.status, StatusCode::SEE_OTHER);
        assert_ne!(victim.cookie, planted);
        assert!(victim.get("/console/more").await.text.contains("Марина"));
        let mut thief = Browser::new(&site.router);
        thief.cookie = planted;
        assert_eq!(thief.get("/console/more").await.status, StatusCode::SEE_OTHER);
    }
}
