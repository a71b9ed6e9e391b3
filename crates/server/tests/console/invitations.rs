//! Invitations by a link: who may make one, what it opens, and that it opens nothing else.

use crate::support::browser::{Answer, Browser};
use crate::support::{PASSWORD, Site};
use axum::http::StatusCode;
use nochnik_store::{audit, invitations, people};

const ACCESS: &str = "/console/access";
const OWN: &str = "синий чайник у окна";
const DAY_MIN: i64 = 24 * 60;

/// An owner makes a link; returns its path.
async fn link(site: &Site, role: &str, person: &str) -> String {
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let page = owner.post(&format!("{ACCESS}/invite"), &[("role", role), ("person", person)]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let link =
        page.text.split("value=\"https://lotos.example/invite/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(!owner.get(ACCESS).await.text.contains(&link), "it is shown once");
    format!("/invite/{link}")
}

async fn comes(browser: &mut Browser, path: &str, login: &str) -> Answer {
    browser.post(path, &[("login", login), ("password", OWN)]).await
}

/// Cookies demand HTTPS here: the address of the link is the configured one.
async fn site() -> Site {
    Site::open_at("https://lotos.example").await
}

#[tokio::test]
async fn who_is_invited_chooses_a_login_and_is_in() {
    let site = site().await;
    let path = link(&site, "manager", "marina").await;
    let mut guest = Browser::new(&site.router);
    let page = guest.get(&path).await;
    for told in ["Салон красоты «Лотос»", "Марина", "менеджер", "name=\"password\""] {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("cache-control"), "no-store");
    let answer = comes(&mut guest, &path, " Marina2 ").await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/console"), "{}", answer.text);
    let more = guest.get("/console/more").await.text;
    assert!(more.contains("Вы вошли как Марина, менеджер"), "{more}");
    let user = site.store.read(|sql| people::user(sql, "lotos", "marina2")).await.unwrap().unwrap();
    assert_eq!((user.role.as_str(), user.person_id.as_str()), ("manager", "marina"));
    let mut again = Browser::new(&site.router);
    assert_eq!(
        again.post("/login", &[("business", "lotos"), ("login", "marina2"), ("password", OWN)]).await.status,
        StatusCode::SEE_OTHER
    );
    let journal = site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 50)).await.unwrap();
    let told: Vec<_> = journal.iter().filter(|line| line.action.starts_with("invite")).collect();
    let told: Vec<_> = told.iter().map(|line| format!("{} {} {}", line.actor, line.action, line.subject)).collect();
    assert_eq!(told, ["marina2 invite_accept marina2", "roza invite manager"]);
}

#[tokio::test]
async fn a_link_that_is_used_old_taken_back_or_invented_looks_the_same() {
    let site = site().await;
    let used = link(&site, "manager", "").await;
    let mut guest = Browser::new(&site.router);
    assert_eq!(comes(&mut guest, &used, "oleg").await.status, StatusCode::SEE_OTHER);
    let revoked = link(&site, "observer", "").await;
    let open = site.store.read(|sql| invitations::open(sql, "lotos", 0)).await.unwrap();
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let off = format!("{ACCESS}/invitations/{}/off", open[0].id);
    assert_eq!(owner.post(&off, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(owner.post(&off, &[]).await.status, StatusCode::NOT_FOUND);
    let old = link(&site, "manager", "").await;
    let tampered = format!("{}0", &old[..old.len() - 1]);
    site.desk.pass(7 * DAY_MIN);
    let mut stranger = Browser::new(&site.router);
    let mut pages = Vec::new();
    for path in [&used, &revoked, &old, &tampered, "/invite/x"] {
        let page = stranger.get(path).await;
        let sent = comes(&mut stranger, path, "thief").await;
        assert_eq!((page.status, sent.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND), "{path}");
        pages.extend([page.text, sent.text]);
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "nobody learns which it is");
    assert!(site.store.read(|sql| people::user(sql, "lotos", "thief")).await.unwrap().is_none());
}

#[tokio::test]
async fn an_invitation_takes_over_no_login_and_is_not_spent_by_a_mistake() {
    let site = site().await;
    let path = link(&site, "owner", "").await;
    let mut guest = Browser::new(&site.router);
    for (login, password, told) in [
        ("roza", OWN, "Такой логин уже есть"),
        ("роза", OWN, "латинских букв"),
        ("lena", "коротко", "короче 12 знаков"),
    ] {
        let answer = guest.post(&path, &[("login", login), ("password", password)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{login}");
        assert!(answer.text.contains(told), "{}", answer.text);
    }
    Browser::signed_in(&site.router, "roza").await;
    assert_eq!(comes(&mut guest, &path, "lena").await.status, StatusCode::SEE_OTHER, "the link still works");
}

#[tokio::test]
async fn two_who_press_at_once_are_one() {
    let site = site().await;
    let path = link(&site, "manager", "").await;
    let (mut one, mut two) = (Browser::new(&site.router), Browser::new(&site.router));
    let (first, second) = tokio::join!(comes(&mut one, &path, "oleg"), comes(&mut two, &path, "lena"));
    let mut statuses = [first.status, second.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::NOT_FOUND]);
}

#[tokio::test]
async fn only_an_owner_invites_and_only_into_the_own_business() {
    let site = site().await;
    for login in ["marina", "gost"] {
        let mut browser = Browser::signed_in(&site.router, login).await;
        let form = [("role", "owner"), ("person", ""), ("business", "barber")];
        assert_eq!(browser.post(&format!("{ACCESS}/invite"), &form).await.status, StatusCode::FORBIDDEN);
    }
    let path = link(&site, "owner", "").await;
    let mut guest = Browser::new(&site.router);
    let form = [("login", "lena"), ("password", OWN), ("business", "barber"), ("role", "owner")];
    assert_eq!(guest.post(&path, &form).await.status, StatusCode::SEE_OTHER);
    assert!(site.store.read(|sql| people::users(sql, "barber")).await.unwrap().is_empty());

    let now_ms = site.desk.now.lock().unwrap().as_millisecond();
    let role = nochnik_server::web::Role::Owner;
    nochnik_server::web::set_password(&site.store, "barber", "semyon", role, PASSWORD, now_ms).await.unwrap();
    link(&site, "manager", "").await;
    let open = site.store.read(|sql| invitations::open(sql, "lotos", 0)).await.unwrap();
    let mut semyon = Browser::new(&site.router);
    semyon.post("/login", &[("business", "barber"), ("login", "semyon"), ("password", PASSWORD)]).await;
    let off = format!("{ACCESS}/invitations/{}/off", open[0].id);
    assert_eq!(semyon.post(&off, &[]).await.status, StatusCode::NOT_FOUND, "of another business");
    assert!(!semyon.get(ACCESS).await.text.contains(&open[0].id));
    for (role, person) in [("king", ""), ("manager", "nobody")] {
        let answer = semyon.post(&format!("{ACCESS}/invite"), &[("role", role), ("person", person)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{role} {person}");
    }
}

/// Attack A-11: the session that a link opens is a new one, whoever's browser it was.
#[tokio::test]
async fn a_session_planted_before_an_invitation_is_worth_nothing_after_it() {
    let site = site().await;
    let path = link(&site, "manager", "").await;
    let mut thief = Browser::signed_in(&site.router, "gost").await;
    let mut guest = thief.clone();
    assert_eq!(comes(&mut guest, &path, "oleg").await.status, StatusCode::SEE_OTHER);
    assert_ne!(guest.cookie, thief.cookie);
    assert_eq!(thief.get("/console").await.status, StatusCode::SEE_OTHER, "the planted one is gone");
    assert!(guest.get("/console/more").await.text.contains("менеджер"));
}

#[tokio::test]
async fn links_are_guessed_fifty_times_an_hour_and_nobody_else_is_kept_out() {
    let site = site().await;
    let path = link(&site, "manager", "").await;
    let mut thief = Browser::new(&site.router).from([198, 51, 100, 1]);
    let mut refused = 0;
    for n in 0..60 {
        let status = thief.get(&format!("/invite/{n:040x}")).await.status;
        refused += u32::from(status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 10);
    let mut guest = Browser::new(&site.router).from([198, 51, 100, 2]);
    assert_eq!(comes(&mut guest, &path, "oleg").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn another_sites_form_makes_no_link_and_accepts_none() {
    let site = site().await;
    let path = link(&site, "manager", "").await;
    let mut evil = Browser::signed_in(&site.router, "roza").await.with("sec-fetch-site", "cross-site");
    assert_eq!(evil.post(&format!("{ACCESS}/invite"), &[("role", "owner")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(comes(&mut evil, &path, "oleg").await.status, StatusCode::FORBIDDEN);
}
