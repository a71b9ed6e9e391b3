//! Web push against a strict service: locked for one browser, signed, replaced by its key, sent nowhere else.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use nochnik_adapters::failure::Scope;
use nochnik_adapters::means::{self, OpenContext};
use nochnik_adapters::ports::{Alert, Delivery, Notifier, Way};
use nochnik_doubles::push::{Double, serve_with, unlock};
use nochnik_doubles::serve::Server;
use nochnik_doubles::{Fault, Faults};
use p256::SecretKey;
use serde_json::{Value, json};

use crate::means::desk::{KEY, Means, NOW_MS, alert, assert_means, contract};

/// A push service, one browser behind it, and the adapter.
struct Desk {
    double: Double,
    server: Server,
    subscription: Value,
    notifier: Arc<dyn Notifier>,
}

impl Desk {
    async fn new() -> Self {
        let (double, key) = (Double::default(), means::new_push_key());
        let server = serve_with(double.clone(), 0, Arc::new(|| NOW_MS)).await.unwrap();
        let subscription = double.subscribe(&server.url(), &means::public_push_key(&key).unwrap());
        let notifier = open(&key, Some(&server.url()), NOW_MS);
        Self { double, server, subscription, notifier }
    }

    fn to(&self) -> String {
        self.subscription.to_string()
    }
}

fn open(key: &str, test_origin: Option<&str>, now_ms: i64) -> Arc<dyn Notifier> {
    let mut fields = BTreeMap::from([
        ("private_key".to_owned(), json!(key)),
        ("contact".to_owned(), json!("mailto:owner@salon.example")),
    ]);
    fields.extend(test_origin.map(|origin| ("test_origin".to_owned(), json!(origin))));
    let now = Arc::new(move || Timestamp::from_millisecond(now_ms).unwrap());
    means::open("webpush", &fields, &OpenContext { now, hook_url: None, wire: None }).unwrap()
}

/// The double unlocks what RFC 8291 has locked; so what it unlocks of ours is locked as the RFC says.
#[test]
fn the_double_unlocks_the_vector_of_the_rfc() {
    let vector = contract("web-push/rfc8291-vector.json");
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(vector[name].as_str().unwrap()).unwrap();
    let browser = SecretKey::from_slice(&bytes("ua_private")).unwrap();
    let plain = unlock(&bytes("body_base64url"), &browser, &bytes("auth")).unwrap();
    assert_eq!(String::from_utf8(plain).unwrap(), vector["plaintext"].as_str().unwrap());
    let mut spoilt = bytes("body_base64url");
    *spoilt.last_mut().unwrap() ^= 1;
    assert_eq!(unlock(&spoilt, &browser, &bytes("auth")), None);
}

#[tokio::test]
async fn the_browser_shows_what_was_sent() {
    let desk = Desk::new().await;
    let alert = Alert {
        link: Some("https://n.example/a/7f3k".to_owned()), ..alert("Клиент ждёт. Откройте заявку.")
    };
    let handed = desk.notifier.send(&desk.to(), &alert, KEY).await.unwrap();
    assert_eq!((handed.delivery, handed.vendor_id, handed.is_cut), (Delivery::Accepted, None, false));
    assert_eq!(desk.notifier.way(), Way::Push);
    let shown = desk.double.shown(&desk.subscription);
    assert_eq!(shown.len(), 1);
    assert_eq!((shown[0].ttl_s, shown[0].urgency.as_str()), (15 * 60, "high"));
    let push: Value = serde_json::from_str(&shown[0].text).unwrap();
    let expected = json!({
        "title": "Горячий лид", "body": "Клиент ждёт. Откройте заявку.", "link": "https://n.example/a/7f3k",
        "tag": shown[0].topic,
    });
    assert_eq!(push, expected);
    desk.double.assert_clean();
}

#[tokio::test]
async fn the_same_alert_takes_its_own_place_and_another_does_not() {
    let desk = Desk::new().await;
    for key in [KEY, KEY, "lotos:case-8:level-2:push"] {
        desk.notifier.send(&desk.to(), &alert("Клиент ждёт"), key).await.unwrap();
    }
    assert_eq!(desk.double.shown(&desk.subscription).len(), 2);
    desk.double.assert_clean();
}

#[tokio::test]
async fn the_longest_push_still_fits_one_record() {
    let desk = Desk::new().await;
    for text in ["я".repeat(5_000), "😀".repeat(5_000), "\u{1}".repeat(5_000)] {
        let link = Some(format!("https://n.example/{}", "a".repeat(3_000)));
        let long = Alert { title: text.clone(), text, link, ..Alert::default() };
        assert!(desk.notifier.send(&desk.to(), &long, KEY).await.unwrap().is_cut);
    }
    desk.double.assert_clean();
}

#[tokio::test]
async fn a_lost_answer_may_be_tried_again_because_the_topic_replaces() {
    let desk = Desk::new().await;
    for (fault, scope) in [
        (Fault::ExecuteThenDrop, Scope::Row),
        (Fault::ExecuteThenStatus(500), Scope::Row),
        (Fault::Status(429), Scope::Row),
        (Fault::Status(503), Scope::Row),
    ] {
        desk.double.plan(Faults::listed([Some(fault)]));
        let failure = desk.notifier.send(&desk.to(), &alert("Срочная"), KEY).await.unwrap_err();
        assert_means(&failure, &Means::Later(None, scope), &format!("{fault:?}"));
        desk.notifier.send(&desk.to(), &alert("Срочная"), KEY).await.unwrap();
        assert_eq!(desk.double.shown(&desk.subscription).len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn what_the_service_says_means_what_the_sheet_says() {
    for (status, expected) in [
        (400, Means::Broken),
        (401, Means::Broken),
        (403, Means::Broken),
        (404, Means::Refused("unreachable")),
        (410, Means::Refused("unreachable")),
        (413, Means::Refused("malformed")),
        (301, Means::Refused("http_301")),
    ] {
        let desk = Desk::new().await;
        desk.double.plan(Faults::listed([Some(Fault::Status(status))]));
        let failure = desk.notifier.send(&desk.to(), &alert("Срочная"), KEY).await.unwrap_err();
        assert_means(&failure, &expected, &status.to_string());
    }
    let desk = Desk::new().await;
    desk.double.forget(&desk.subscription);
    let failure = desk.notifier.send(&desk.to(), &alert("Срочная"), KEY).await.unwrap_err();
    assert_means(&failure, &Means::Refused("unreachable"), "a browser that forgot");
}

#[tokio::test]
async fn a_changed_key_or_a_wrong_clock_is_ours_to_mend() {
    let desk = Desk::new().await;
    let stranger = open(&means::new_push_key(), Some(&desk.server.url()), NOW_MS);
    let failure = stranger.send(&desk.to(), &alert("Срочная"), KEY).await.unwrap_err();
    assert_means(&failure, &Means::Broken, "another key");
    assert_eq!(desk.double.take_failures().len(), 1);

    let (double, key) = (Double::default(), means::new_push_key());
    let server = serve_with(double.clone(), 0, Arc::new(|| NOW_MS)).await.unwrap();
    let to = double.subscribe(&server.url(), &means::public_push_key(&key).unwrap()).to_string();
    let day_ms = 86_400_000;
    for (shift_ms, is_taken) in [(0, true), (-day_ms / 3, true), (day_ms / 3, true), (-day_ms, false), (day_ms, false)]
    {
        let notifier = open(&key, Some(&server.url()), NOW_MS + shift_ms);
        let done = notifier.send(&to, &alert("Срочная"), KEY).await;
        assert_eq!(done.is_ok(), is_taken, "{shift_ms} ms off");
    }
}

/// Whoever subscribes names the address: none but the push services' may be called.
#[tokio::test]
async fn control_c17_no_push_leaves_for_an_address_that_is_no_push_service() {
    let desk = Desk::new().await;
    let real = open(&means::new_push_key(), None, NOW_MS);
    let mut cases: Vec<String> = vec![desk.to()];
    for endpoint in [
        "https://127.0.0.1/push/1",
        "https://[::1]/push/1",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.5/push/1",
        "https://100.64.0.1/push/1",
        "https://0/push/1",
        "https://2130706433/push/1",
        "https://0x7f000001/push/1",
        "https://[::ffff:127.0.0.1]/push/1",
        "https://[fc00::1]/push/1",
        "https://localtest.me/push/1",
        "https://fcm.googleapis.com.evil.example/1",
        "https://fcm.googleapis.com:22/1",
        "http://fcm.googleapis.com/1",
        "https://me:pw@fcm.googleapis.com/1",
        "file:///etc/passwd",
        "gopher://fcm.googleapis.com/1",
    ] {
        let mut subscription = desk.subscription.clone();
        subscription["endpoint"] = endpoint.into();
        cases.push(subscription.to_string());
    }
    for to in cases {
        assert!(real.check_address(&to).is_err(), "{to}");
        let failure = real.send(&to, &alert("Срочная"), KEY).await.unwrap_err();
        assert_means(&failure, &Means::Refused("unreachable"), &to);
    }
    assert!(desk.double.shown(&desk.subscription).is_empty());
    desk.double.assert_clean();
}

#[test]
fn what_is_no_subscription_is_told_to_the_browser() {
    let notifier = open(&means::new_push_key(), None, NOW_MS);
    let mut good = contract("web-push/examples/subscription.json");
    assert!(notifier.check_address(&good.to_string()).is_err(), "push.example.net is no push service");
    good["endpoint"] = "https://updates.push.services.mozilla.com/wpush/v2/gAAA".into();
    assert_eq!(notifier.check_address(&good.to_string()), Ok(()));
    let with = |place: &str, value: Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(place).unwrap() = value;
        bad.to_string()
    };
    for (name, to) in [
        ("a phone", "+79281234567".to_owned()),
        ("no keys", json!({ "endpoint": good["endpoint"] }).to_string()),
        ("no address", with("/endpoint", json!("web"))),
        ("a short secret", with("/keys/auth", json!("BTBZMqHH6r4Tts7J"))),
        ("a key that is no point", with("/keys/p256dh", json!(URL_SAFE_NO_PAD.encode([4; 65])))),
        ("a key that is no base64", with("/keys/p256dh", json!("не ключ"))),
        ("five kilobytes", with("/endpoint", json!(format!("https://fcm.googleapis.com/{}", "a".repeat(5_000))))),
    ] {
        let text = notifier.check_address(&to).unwrap_err();
        assert!(text.contains("кабинет"), "{name}: {text}");
    }
}
