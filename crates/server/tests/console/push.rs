//! Pushes to the console as a browser meets them: switched on, tried, switched off, and what is refused.

use crate::support::browser::{Answer, Browser};
use crate::support::{PASSWORD, Site, push_port};
use axum::http::StatusCode;
use nochnik_adapters::means;
use nochnik_doubles::push;
use nochnik_store::push_devices;
use serde_json::{Value, json};

const DOOR: &str = "/console/push";
const ANDROID: &str = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36";
/// A point of the curve and sixteen bytes: the subscription of RFC 8291, 5.
const P256DH: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

fn subscription(endpoint: &str) -> Value {
    json!({ "endpoint": endpoint, "expirationTime": null, "keys": { "p256dh": P256DH, "auth": AUTH } })
}

async fn wishes(browser: &mut Browser, endpoint: &str) -> Answer {
    browser.json(DOOR, &json!({ "subscription": subscription(endpoint) }).to_string()).await
}

async fn endpoints(site: &Site, person: &'static str) -> Vec<String> {
    let devices = site.store.read(move |sql| push_devices::of_person(sql, "lotos", person)).await.unwrap();
    let endpoint = |json: &str| serde_json::from_str::<Value>(json).unwrap()["endpoint"].as_str().unwrap().to_owned();
    devices.iter().map(|device| endpoint(&device.subscription)).collect()
}

async fn signed_in(site: &Site, login: &str) -> Browser {
    Browser::signed_in(&site.router, login).await.with("user-agent", ANDROID)
}

fn google(name: &str) -> String {
    format!("https://fcm.googleapis.com/fcm/send/{name}")
}

/// The id stands in the page for the person's own buttons; the endpoint, which is a secret, does not.
fn device_of(list: &str) -> String {
    list.split("data-device=\"").nth(1).unwrap_or_else(|| panic!("{list}")).split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_browser_is_switched_on_seen_and_switched_off() {
    let site = Site::open().await;
    let mut marina = signed_in(&site, "marina").await;
    assert!(marina.get("/console/more").await.text.contains("Пока не включены"));
    assert_eq!(marina.get("/console/push/key").await.text, site.web.push_key);

    let list = wishes(&mut marina, &google("one")).await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.text);
    assert!(list.text.contains("Chrome, Android") && list.text.contains("это устройство"), "{}", list.text);
    let id = device_of(&list.text);
    site.desk.pass(24 * 60);
    let mut marina = signed_in(&site, "marina").await;
    for page in ["/console/more", "/console/people"] {
        let page = marina.get(page).await.text;
        assert!(!page.contains("fcm.googleapis.com") && !page.contains(AUTH), "a secret in a page");
    }
    assert!(marina.get("/console/more").await.text.contains("кабинет открывали: вчера"));

    // The browser still has it, and says so; a push service that changed its mind gives a new one for the old.
    let known = json!({ "subscription": subscription(&google("one")), "is_known": true });
    assert_eq!(device_of(&marina.json(DOOR, &known.to_string()).await.text), id);
    let fresh = json!({ "subscription": subscription(&google("two")), "replaces": google("one") });
    let list = marina.json(DOOR, &fresh.to_string()).await;
    assert_eq!(endpoints(&site, "marina").await, [google("two")]);

    let off = marina.post(&format!("{DOOR}/{}/off", device_of(&list.text)), &[]).await;
    assert_eq!((off.status, off.header("location")), (StatusCode::SEE_OTHER, "/console/more#push"));
    assert_eq!(endpoints(&site, "marina").await, [""; 0]);
    let stale =
        marina.json(DOOR, &json!({ "subscription": subscription(&google("two")), "is_known": true }).to_string()).await;
    assert!(!stale.text.contains("data-device"), "what was switched off elsewhere stays off");
}

#[tokio::test]
async fn only_push_services_are_taken() {
    let site = Site::open().await;
    let mut marina = signed_in(&site, "marina").await;
    for (endpoint, why) in [
        ("https://evil.example/push", "незнакомую службу"),
        ("http://169.254.169.254/latest", "незнакомую службу"),
        ("https://127.0.0.1/push", "незнакомую службу"),
        ("not an address", "не подписка"),
    ] {
        let answer = wishes(&mut marina, endpoint).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{endpoint}");
        assert!(answer.text.contains(why), "{endpoint}: {}", answer.text);
    }
    for rubbish in ["", "{", "[]", r#"{"subscription": 7}"#, r#"{"subscription": {"endpoint": 7}}"#] {
        assert_eq!(marina.json(DOOR, rubbish).await.status, StatusCode::BAD_REQUEST, "{rubbish}");
    }
    let long = format!("https://fcm.googleapis.com/{}", "a".repeat(5_000));
    assert_eq!(wishes(&mut marina, &long).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(endpoints(&site, "marina").await, [""; 0]);
}

#[tokio::test]
async fn a_page_of_another_site_switches_nothing_on() {
    let site = Site::open().await;
    let mut marina = signed_in(&site, "marina").await;
    let list = wishes(&mut marina, &google("one")).await;
    let id = device_of(&list.text);
    let mut forged = marina.clone().with("sec-fetch-site", "cross-site").with("origin", "https://evil.example");
    assert_eq!(wishes(&mut forged, &google("two")).await.status, StatusCode::FORBIDDEN);
    for act in ["off", "try"] {
        assert_eq!(forged.post(&format!("{DOOR}/{id}/{act}"), &[]).await.status, StatusCode::FORBIDDEN, "{act}");
    }
    // What a form can send without asking is not JSON.
    let plain = marina.send("POST", DOOR, Some("text/plain"), b"{}".to_vec()).await;
    assert_eq!(plain.status, StatusCode::BAD_REQUEST);
    assert_eq!(endpoints(&site, "marina").await, [google("one")]);
}

#[tokio::test]
async fn strangers_and_observers_get_nothing() {
    let site = Site::open().await;
    let mut stranger = Browser::new(&site.router);
    assert_eq!(wishes(&mut stranger, &google("one")).await.status, StatusCode::UNAUTHORIZED);
    let mut observer = signed_in(&site, "gost").await;
    assert_eq!(wishes(&mut observer, &google("one")).await.status, StatusCode::FORBIDDEN);
    assert!(!observer.get("/console/more").await.text.contains("id=\"push\""));

    let mut marina = signed_in(&site, "marina").await;
    let id = device_of(&wishes(&mut marina, &google("one")).await.text);
    let mut roza = signed_in(&site, "roza").await;
    roza.post(&format!("{DOOR}/{id}/off"), &[]).await;
    assert_eq!(roza.post(&format!("{DOOR}/{id}/try"), &[]).await.status, StatusCode::NOT_FOUND, "not her device");
    assert_eq!(endpoints(&site, "marina").await, [google("one")]);
}

#[tokio::test]
async fn the_sixth_device_takes_the_place_of_the_oldest() {
    let site = Site::open().await;
    let mut marina = signed_in(&site, "marina").await;
    for name in ["one", "two", "three", "four", "five", "six"] {
        wishes(&mut marina, &google(name)).await;
        site.desk.pass(1);
    }
    assert_eq!(endpoints(&site, "marina").await, ["six", "five", "four", "three", "two"].map(google));
}

/// Whom nobody calls gets no push, and the page says why.
#[tokio::test]
async fn who_stands_in_no_roster_is_told_so() {
    let site = Site::open().await;
    let role = nochnik_server::web::Role::Manager;
    nochnik_server::web::set_password(&site.store, "lotos", "vera", role, PASSWORD, 0).await.unwrap();
    let mut vera = signed_in(&site, "vera").await;
    assert!(vera.get("/console/more").await.text.contains("Вас, «vera», там нет"));
    assert_eq!(wishes(&mut vera, &google("one")).await.status, StatusCode::BAD_REQUEST);
}

/// A stolen phone hears nothing more.
#[tokio::test]
async fn a_new_password_switches_every_device_off() {
    let site = Site::open().await;
    let mut marina = signed_in(&site, "marina").await;
    wishes(&mut marina, &google("one")).await;
    let role = nochnik_server::web::Role::Manager;
    nochnik_server::web::set_password(&site.store, "lotos", "marina", role, PASSWORD, 0).await.unwrap();
    assert_eq!(endpoints(&site, "marina").await, [""; 0]);
}

#[tokio::test]
async fn a_trial_push_comes_through_and_a_dead_device_says_so() {
    let site = Site::open().await;
    let double = push::Double::default();
    let server = push::serve(double.clone()).await.unwrap();
    let key = means::new_push_key();
    *site.desk.push.lock().unwrap() = push_port(&key, Some(&server.url()));
    let subscription = double.subscribe(&server.url(), &means::public_push_key(&key).unwrap());
    let mut marina = signed_in(&site, "marina").await;
    let list = marina.json(DOOR, &json!({ "subscription": subscription }).to_string()).await;
    let door = format!("{DOOR}/{}/try", device_of(&list.text));

    let told: Value = serde_json::from_str(&marina.json(&door, "{}").await.text).unwrap();
    assert_eq!(told["is_sent"], true, "{told}");
    let shown: Value = serde_json::from_str(&double.shown(&subscription)[0].text).unwrap();
    assert!(shown["body"].as_str().unwrap().contains("Пробное уведомление"), "{shown}");
    assert_eq!(shown["link"], "/console");
    for _ in 0..9 {
        assert_eq!(marina.json(&door, "{}").await.status, StatusCode::OK);
    }
    assert_eq!(marina.json(&door, "{}").await.status, StatusCode::TOO_MANY_REQUESTS, "the eleventh of ten minutes");

    site.desk.pass(11);
    double.forget(&subscription);
    let told: Value = serde_json::from_str(&marina.json(&door, "{}").await.text).unwrap();
    assert_eq!(told["is_sent"], false);
    assert!(told["text"].as_str().unwrap().contains("Включите их заново"), "{told}");
    assert_eq!(endpoints(&site, "marina").await, [""; 0]);
    double.assert_clean();
}

/// What makes a phone take the console for an app.
#[tokio::test]
async fn the_app_and_its_helper_are_served_by_us() {
    let site = Site::open().await;
    let mut visitor = Browser::new(&site.router);
    let manifest = visitor.get("/nochnik.webmanifest").await;
    assert_eq!(manifest.header("content-type"), "application/manifest+json");
    let manifest: Value = serde_json::from_str(&manifest.text).unwrap();
    assert_eq!((&manifest["start_url"], &manifest["display"]), (&json!("/console"), &json!("standalone")));
    for icon in manifest["icons"].as_array().unwrap() {
        let picture = visitor.get(icon["src"].as_str().unwrap()).await;
        assert_eq!((picture.status, picture.header("content-type")), (StatusCode::OK, "image/png"), "{icon}");
    }
    let helper = visitor.get("/sw.js").await;
    assert_eq!(helper.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(helper.header("cache-control"), "no-cache", "a new release is fetched at once");
    let login = visitor.get("/login").await;
    assert!(login.header("content-security-policy").contains("manifest-src 'self'"));
    assert!(login.text.contains("/nochnik.webmanifest"), "a phone can add the console before anybody signs in");
    assert!(!visitor.get("/").await.text.contains("webmanifest"), "clients install nothing");
}
