//! The second factor: a code of the phone beside the password, and what an owner demands of everybody.

use crate::support::browser::{Answer, Browser};
use crate::support::{PASSWORD, Site};
use axum::http::StatusCode;
use nochnik_store::{audit, people, second_factors};
use totp_rs::{Builder, Secret};

const PAGE: &str = "/console/second-factor";
const CODE: &str = "/login/code";
/// A code is good for half a minute; in a whole one it is another.
const NEXT: i64 = 1;

/// The phone of somebody: what the page showed, typed into an authenticator.
struct Phone(String);

impl Phone {
    fn reading(page: &str) -> Self {
        let secret = page.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap();
        Self(secret.replace(' ', ""))
    }

    fn shows(&self, site: &Site, later_s: i64) -> String {
        let secret = Secret::try_from_base32(&self.0).unwrap();
        let now_s = site.desk.now.lock().unwrap().as_second() + later_s;
        Builder::new().with_secret(secret).build().unwrap().generate(now_s.try_into().unwrap()).to_string()
    }
}

/// Switches it on as a person does; returns the phone and the recovery codes.
async fn switched_on(site: &Site, browser: &mut Browser) -> (Phone, Vec<String>) {
    assert_eq!(browser.post(&format!("{PAGE}/begin"), &[]).await.status, StatusCode::SEE_OTHER);
    let page = browser.get(PAGE).await.text;
    let phone = Phone::reading(&page);
    assert!(page.contains("<svg class=\"qr\"") && page.contains("href=\"otpauth://totp/"), "{page}");
    let done = browser.post(&format!("{PAGE}/on"), &[("code", &phone.shows(site, 0))]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let codes = done.text.split("<li><code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect();
    (phone, codes)
}

/// The password is given and the code is asked for.
async fn half_way(site: &Site, login: &str) -> Browser {
    let mut browser = Browser::new(&site.router);
    let answer = browser.login(login, PASSWORD).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, CODE), "{}", answer.text);
    browser
}

async fn types(browser: &mut Browser, code: &str) -> Answer {
    browser.post(CODE, &[("code", code)]).await
}

async fn deeds(site: &Site) -> Vec<String> {
    let journal = site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 50)).await.unwrap();
    let told = journal.iter().filter(|line| !line.action.starts_with("log") && line.action != "password");
    told.map(|line| format!("{} {} {}", line.actor, line.action, line.subject)).collect()
}

#[tokio::test]
async fn control_c32_the_password_alone_opens_nothing_where_a_code_is_asked_for() {
    let site = Site::open().await;
    let mut marina = Browser::signed_in(&site.router, "marina").await;
    let (phone, codes) = switched_on(&site, &mut marina).await;
    assert_eq!(codes.len(), 10);
    assert!(!marina.get(PAGE).await.text.contains(&codes[0]), "recovery codes are shown once");
    assert_eq!(marina.get("/console").await.status, StatusCode::OK, "whoever switched it on stays");

    site.desk.pass(NEXT);
    let mut other = half_way(&site, "marina").await;
    assert_eq!(other.get("/console").await.status, StatusCode::SEE_OTHER, "half-way is not in");
    assert!(other.get(CODE).await.text.contains("Код из приложения"));
    let planted = other.cookie.clone();
    assert_eq!(types(&mut other, "000 000").await.status, StatusCode::UNAUTHORIZED);
    let answer = types(&mut other, &phone.shows(&site, 0)).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/console"));
    assert_eq!(other.get("/console").await.status, StatusCode::OK);
    assert_ne!(other.cookie, planted, "control C-34: the way in ends with a new session");
    let mut thief = Browser::new(&site.router);
    thief.cookie = planted;
    assert_eq!(thief.get("/console").await.status, StatusCode::SEE_OTHER);
    assert_eq!(thief.get(CODE).await.header("location"), "/login");
    let rows = site.store.read(|sql| second_factors::get(sql, "lotos", "marina")).await.unwrap().unwrap();
    assert!(!phone.0.contains(&rows.salt.to_uppercase()) && rows.salt.len() == 32, "the secret stands nowhere");
}

#[tokio::test]
async fn control_c32_a_code_works_once_and_a_little_beside_its_time() {
    let site = Site::open().await;
    let mut marina = Browser::signed_in(&site.router, "marina").await;
    let (phone, _) = switched_on(&site, &mut marina).await;
    let first = phone.shows(&site, 0);
    assert_eq!(
        types(&mut half_way(&site, "marina").await, &first).await.status,
        StatusCode::UNAUTHORIZED,
        "it switched it on"
    );
    for (later_s, status, why) in [
        (60, StatusCode::UNAUTHORIZED, "two steps ahead"),
        (30, StatusCode::SEE_OTHER, "a clock that is fast"),
        (0, StatusCode::UNAUTHORIZED, "older than one that was taken"),
    ] {
        let answer = types(&mut half_way(&site, "marina").await, &phone.shows(&site, later_s)).await;
        assert_eq!(answer.status, status, "{why}");
    }
    site.desk.pass(10);
    let code = phone.shows(&site, -30);
    assert_eq!(types(&mut half_way(&site, "marina").await, &code).await.status, StatusCode::SEE_OTHER, "a slow clock");
    assert_eq!(
        types(&mut half_way(&site, "marina").await, &code).await.status,
        StatusCode::UNAUTHORIZED,
        "seen before"
    );
}

#[tokio::test]
async fn control_c32_a_recovery_code_lets_in_once() {
    let site = Site::open().await;
    let mut marina = Browser::signed_in(&site.router, "marina").await;
    let (phone, codes) = switched_on(&site, &mut marina).await;
    let spoken = codes[3].to_uppercase().replace('-', " ");
    assert_eq!(types(&mut half_way(&site, "marina").await, &spoken).await.status, StatusCode::SEE_OTHER);
    assert_eq!(types(&mut half_way(&site, "marina").await, &codes[3]).await.status, StatusCode::UNAUTHORIZED);
    assert!(marina.get(PAGE).await.text.contains("Кодов восстановления осталось: 9"));
    site.desk.pass(NEXT);
    let fresh = marina.post(&format!("{PAGE}/codes"), &[("code", &phone.shows(&site, 0))]).await;
    assert!(fresh.status == StatusCode::OK && !fresh.text.contains(&codes[0]), "{}", fresh.text);
    assert_eq!(
        types(&mut half_way(&site, "marina").await, &codes[0]).await.status,
        StatusCode::UNAUTHORIZED,
        "of before"
    );
    assert_eq!(
        deeds(&site).await,
        ["recovery_codes", "recovery_used", "second_factor_on"].map(|deed| format!("marina {deed} marina"))
    );
}

/// Attack A-11: a thousand guesses by somebody who knows the password.
#[tokio::test]
async fn control_c33_codes_are_guessed_as_slowly_as_passwords() {
    let site = Site::open().await;
    let mut marina = Browser::signed_in(&site.router, "marina").await;
    let (phone, _) = switched_on(&site, &mut marina).await;
    let mut thief = half_way(&site, "marina").await;
    let mut weighed = 0;
    for n in 0..40 {
        thief = thief.from([198, 51, 100, n]);
        let status = types(&mut thief, "000000").await.status;
        weighed += u32::from(status == StatusCode::UNAUTHORIZED);
        assert!(matches!(status, StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS), "{status}");
    }
    assert!(weighed <= 5, "{weighed} were weighed from as many addresses");
    assert_eq!(types(&mut thief, &phone.shows(&site, 30)).await.status, StatusCode::TOO_MANY_REQUESTS);
    site.desk.pass(16);
    assert_eq!(types(&mut thief, &phone.shows(&site, 0)).await.header("location"), "/login", "ten minutes are over");
    assert_eq!(
        types(&mut half_way(&site, "marina").await, &phone.shows(&site, 0)).await.status,
        StatusCode::SEE_OTHER,
        "no lock for ever"
    );
}

#[tokio::test]
async fn switching_it_on_ends_what_was_entered_by_the_password_alone() {
    let site = Site::open().await;
    let mut forgotten = Browser::signed_in(&site.router, "marina").await;
    let mut another = Browser::signed_in(&site.router, "roza").await;
    let mut marina = Browser::signed_in(&site.router, "marina").await;
    switched_on(&site, &mut marina).await;
    assert_eq!(forgotten.get("/console").await.status, StatusCode::SEE_OTHER);
    assert_eq!(another.get("/console").await.status, StatusCode::OK);
    let begun = marina.post(&format!("{PAGE}/begin"), &[]).await;
    assert!(
        begun.status == StatusCode::SEE_OTHER && !marina.get(PAGE).await.text.contains("class=\"secret\""),
        "never shown again"
    );
}

#[tokio::test]
async fn a_wrong_first_code_switches_nothing_on() {
    let site = Site::open().await;
    let mut marina = Browser::signed_in(&site.router, "marina").await;
    assert_eq!(
        marina.post(&format!("{PAGE}/on"), &[("code", "000000")]).await.status,
        StatusCode::SEE_OTHER,
        "nothing begun"
    );
    marina.post(&format!("{PAGE}/begin"), &[]).await;
    let phone = Phone::reading(&marina.get(PAGE).await.text);
    let answer = marina.post(&format!("{PAGE}/on"), &[("code", &phone.shows(&site, 300))]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(Phone::reading(&answer.text).0, phone.0, "the same picture stays");
    Browser::signed_in(&site.router, "marina").await;
}

#[tokio::test]
async fn switching_it_off_asks_for_the_password_and_a_code() {
    let site = Site::open().await;
    let mut marina = Browser::signed_in(&site.router, "marina").await;
    let (phone, _) = switched_on(&site, &mut marina).await;
    site.desk.pass(NEXT);
    let code = phone.shows(&site, 0);
    for (password, code) in [("не тот пароль вовсе", code.as_str()), (PASSWORD, "000000"), (PASSWORD, "")]
    {
        let answer = marina.post(&format!("{PAGE}/off"), &[("password", password), ("code", code)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{password} {code}");
    }
    let answer = marina.post(&format!("{PAGE}/off"), &[("password", PASSWORD), ("code", &code)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    Browser::signed_in(&site.router, "marina").await;
    assert_eq!(
        deeds(&site).await,
        ["second_factor_off", "second_factor_on"].map(|deed| format!("marina {deed} marina"))
    );
}

#[tokio::test]
async fn control_c37_an_owner_takes_a_lost_phone_away_and_closes_a_login() {
    let site = Site::open().await;
    let mut marina = Browser::signed_in(&site.router, "marina").await;
    switched_on(&site, &mut marina).await;
    let mut observer = Browser::signed_in(&site.router, "gost").await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let of = |login: &str, act: &str| format!("/console/access/of/{login}/{act}");
    for act in ["second-factor", "off", "on"] {
        assert_eq!(observer.post(&of("marina", act), &[]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(owner.post(&of("roza", act), &[]).await.status, StatusCode::BAD_REQUEST, "one's own");
        assert_eq!(owner.post(&of("nobody", act), &[]).await.status, StatusCode::NOT_FOUND);
    }
    assert!(owner.get("/console/access").await.text.contains("Снять второй фактор"));
    let asked = owner.get(&of("marina", "second-factor")).await.text;
    assert!(asked.contains("Снять второй фактор: Марина?") && asked.contains("хватит пароля"), "{asked}");
    let asked = owner.get(&of("marina", "off")).await.text;
    assert!(asked.contains("Закрыть вход: Марина?") && !asked.contains("ключи"), "{asked}");
    assert_eq!(marina.get("/console").await.status, StatusCode::OK, "a question does nothing");
    for nothing in [of("roza", "off"), of("nobody", "off"), of("gost", "second-factor")] {
        assert_eq!(owner.get(&nothing).await.status, StatusCode::NOT_FOUND, "{nothing}");
    }
    assert_eq!(owner.post(&of("marina", "second-factor"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(marina.get("/console").await.status, StatusCode::SEE_OTHER, "whoever holds the phone is out");
    let mut marina = Browser::signed_in(&site.router, "marina").await;
    assert_eq!(owner.post(&of("marina", "off"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(marina.get("/console").await.status, StatusCode::SEE_OTHER);
    assert_eq!(marina.login("marina", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(owner.post(&of("marina", "on"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(marina.login("marina", PASSWORD).await.status, StatusCode::SEE_OTHER);
    let told = deeds(&site).await;
    assert_eq!(told[0], "roza second_factor_taken marina");
}

#[tokio::test]
async fn where_it_is_demanded_nothing_else_opens_first() {
    let site = Site::open().await;
    let mut marina = Browser::signed_in(&site.router, "marina").await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let (phone, _) = switched_on(&site, &mut owner).await;
    let answer = owner.post("/console/access/second-factor", &[("second_factor", "1")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(owner.get("/console").await.status, StatusCode::OK);
    assert_eq!(marina.get("/console").await.header("location"), "/login?next=/console", "she enters anew");

    let mut marina = Browser::signed_in(&site.router, "marina").await;
    for path in [
        "/console",
        "/console/chats",
        "/console/chats/c1",
        "/console/numbers/table.csv",
        "/console/logins",
        "/console/more",
    ] {
        let answer = marina.get(path).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, PAGE), "{path}");
    }
    assert_eq!(marina.post("/console/chats/c1/take", &[]).await.status, StatusCode::FORBIDDEN);
    let mut stream = marina.clone().with("accept", "text/event-stream");
    assert_eq!(stream.get("/console/live?view=now").await.status, StatusCode::FORBIDDEN);
    let page = marina.get(PAGE).await;
    assert!(page.status == StatusCode::OK && page.text.contains("требует второй фактор"), "{}", page.text);
    switched_on(&site, &mut marina).await;
    assert_eq!(marina.get("/console").await.status, StatusCode::OK);

    site.desk.pass(NEXT);
    let form = [("password", PASSWORD), ("code", &phone.shows(&site, 0)[..])];
    assert_eq!(
        owner.post(&format!("{PAGE}/off"), &form).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "it is demanded"
    );
    assert!(deeds(&site).await.contains(&"roza access ".to_owned()));
    let mut observer = Browser::new(&site.router);
    observer.login("gost", PASSWORD).await;
    assert_eq!(observer.post("/logout", &[]).await.header("location"), "/login", "leaving is always open");
}

#[tokio::test]
async fn a_code_of_one_business_is_nothing_in_another() {
    let site = Site::open().await;
    let now_ms = site.desk.now.lock().unwrap().as_millisecond();
    let role = nochnik_server::web::Role::Manager;
    nochnik_server::web::set_password(&site.store, "barber", "marina", role, PASSWORD, now_ms).await.unwrap();
    let mut marina = Browser::signed_in(&site.router, "marina").await;
    switched_on(&site, &mut marina).await;
    let mut barber = Browser::new(&site.router);
    let answer = barber.post("/login", &[("business", "barber"), ("login", "marina"), ("password", PASSWORD)]).await;
    assert_eq!(answer.header("location"), "/console", "her login there has its own");
}

#[tokio::test]
async fn a_new_password_ends_who_is_half_way_in() {
    let site = Site::open().await;
    let mut marina = Browser::signed_in(&site.router, "marina").await;
    let (phone, _) = switched_on(&site, &mut marina).await;
    site.desk.pass(NEXT);
    let mut thief = half_way(&site, "marina").await;
    let now_ms = site.desk.now.lock().unwrap().as_millisecond();
    let role = nochnik_server::web::Role::Manager;
    nochnik_server::web::set_password(&site.store, "lotos", "marina", role, "другая лампа на окне", now_ms)
        .await
        .unwrap();
    assert_eq!(types(&mut thief, &phone.shows(&site, 0)).await.header("location"), "/login");
}

/// The session half-way in ends in the very request that brings the right code, at the moment the code is taken.
#[tokio::test]
async fn what_ends_while_the_code_is_weighed_lets_nobody_in() {
    let site = Site::open().await;
    let mut marina = Browser::signed_in(&site.router, "marina").await;
    let (phone, _) = switched_on(&site, &mut marina).await;
    site.desk.pass(NEXT);
    let mut thief = half_way(&site, "marina").await;
    let ending = "create trigger ending after update of last_step on second_factors \
                  begin delete from sessions where login = 'marina'; end";
    site.store.write(move |sql| sql.run(ending, &[])).await.unwrap();
    let answer = types(&mut thief, &phone.shows(&site, 0)).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/login"));
    assert_eq!(thief.get("/console").await.status, StatusCode::SEE_OTHER, "nobody is in");
    let now_ms = site.desk.now.lock().unwrap().as_millisecond();
    let left = site.store.read(move |sql| people::sessions(sql, "lotos", Some("marina"), now_ms)).await.unwrap();
    assert_eq!(left, []);
}
