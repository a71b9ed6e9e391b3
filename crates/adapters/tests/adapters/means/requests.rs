//! What is sent fits the contract, to the letter where the contract has an example.

use nochnik_adapters::ports::{Alert, Delivery};
use serde_json::{Map, Value, json};

use crate::means::desk::{Desk, HOOK, KEY, MARINA, alert, contract};

const BOOKED: &str = "Вы записаны 24.11 в 15:00";

/// Kind, changed fields, text, and the example its request must equal.
type Example = (&'static str, Vec<(&'static str, Value)>, &'static str, &'static str);

fn examples() -> Vec<Example> {
    vec![
        ("smsru", vec![("mode", json!("test"))], "Лотос: вы записаны 24.11 в 15:00", "smsru.send"),
        ("smsc_call", vec![], "Горячая заявка. Нажмите 1.", "smsc.send"),
        ("smsaero", vec![], BOOKED, "smsaero.send"),
        ("exolve", vec![], BOOKED, "exolve.SendSMS"),
        ("zvonok", vec![], "Срочная заявка от клиента. Чтобы принять, нажмите один.", "zvonok.call"),
    ]
}

/// What we send beyond the example, on purpose.
fn added(kind: &str) -> Map<String, Value> {
    let added = match kind {
        // Our own id, by which an unknown end is looked up, and the wish to know the price.
        "smsc_call" => json!({ "id": "…", "cost": "3" }),
        "smsaero" => json!({ "callbackUrl": HOOK, "callbackFormat": "JSON" }),
        _ => json!({}),
    };
    added.as_object().unwrap().clone()
}

#[tokio::test]
async fn each_request_is_the_contracts_example() {
    for (kind, changes, text, example) in examples() {
        let desk = Desk::with(kind, &changes).await;
        let handed = desk.notifier.send(MARINA, &alert(text), KEY).await.unwrap();
        assert_eq!((handed.delivery, handed.is_cut), (Delivery::Accepted, false), "{kind}");
        let sent = desk.double.sent();
        assert_eq!(sent.len(), 1, "{kind}");
        assert_eq!(handed.vendor_id.as_ref(), Some(&sent[0].id), "{kind}: the vendor's own id");
        let mut fields = sent[0].fields.clone();
        for (name, value) in added(kind) {
            let own = fields.remove(&name).unwrap_or_else(|| panic!("{kind}: no {name}"));
            assert!(value == "…" || own == value, "{kind}: {name} is {own}");
        }
        let expected = contract(&format!("sms/examples/{example}.json"));
        // The double gives its key to whoever has the example's.
        assert_eq!(Value::Object(fields), expected, "{kind}");
        desk.double.assert_clean();
    }
}

#[tokio::test]
async fn parts_and_price_are_told_where_the_vendor_tells() {
    let two_parts = "я".repeat(71);
    for (kind, price_kop, segments) in [
        ("smsru", Some(1_098), 2),
        ("smsc", Some(1_098), 2),
        ("smsaero", Some(1_098), 2),
        ("exolve", None, 2),
        ("zvonok", None, 1),
    ] {
        let desk = Desk::of(kind).await;
        let handed = desk.notifier.send(MARINA, &alert(&two_parts), KEY).await.unwrap();
        assert_eq!((handed.price_kop, handed.segments), (price_kop, segments), "{kind}");
    }
}

#[tokio::test]
async fn a_long_text_is_cut_to_what_the_owner_pays_for() {
    for kind in ["smsru", "smsc", "smsaero", "exolve"] {
        let desk = Desk::with(kind, &[("segments_max", json!(1))]).await;
        let link = "https://n.example/a/7f3k";
        let long = Alert { link: Some(link.to_owned()), ..alert(&"слово ".repeat(40)) };
        let handed = desk.notifier.send(MARINA, &long, KEY).await.unwrap();
        assert_eq!((handed.segments, handed.is_cut), (1, true), "{kind}");
        let text = desk.double.sent()[0].text.clone();
        assert!(text.chars().count() <= 70 && text.ends_with(&format!("слово…\n{link}")), "{kind}: {text}");
        desk.double.assert_clean();
    }
}

#[tokio::test]
async fn a_call_speaks_the_text_and_no_link() {
    for kind in ["smsc_call", "zvonok"] {
        let desk = Desk::of(kind).await;
        let alert = Alert {
            link: Some("https://n.example/a/7f3k".to_owned()),
            ..alert("Срочная заявка. Нажмите один.")
        };
        desk.notifier.send(MARINA, &alert, KEY).await.unwrap();
        let sent = desk.double.sent();
        assert_eq!((sent[0].text.as_str(), sent[0].is_call), ("Срочная заявка. Нажмите один.", true), "{kind}");
        assert_eq!(sent[0].phone, "79281234567", "{kind}");
    }
}

#[tokio::test]
async fn a_sender_and_a_voice_go_along() {
    for (kind, field, value, name) in [
        ("smsru", "from", "LOTOS", "from"),
        ("smsc", "sender", "LOTOS", "sender"),
        ("smsc_call", "voice", "w2", "voice"),
        ("zvonok", "speaker", "Alena", "speaker"),
    ] {
        let desk = Desk::with(kind, &[(field, json!(value))]).await;
        desk.notifier.send(MARINA, &alert("Срочная заявка"), KEY).await.unwrap();
        assert_eq!(desk.double.sent()[0].fields[name], value, "{kind}");
        desk.double.assert_clean();
    }
}

#[tokio::test]
async fn smsc_lets_in_by_a_key_as_well_as_by_a_password() {
    let by_key = [("login", Value::Null), ("password", Value::Null), ("api_key", json!("smsc-key-0123456789"))];
    let desk = Desk::with("smsc", &by_key).await;
    desk.notifier.send(MARINA, &alert("Срочная заявка"), KEY).await.unwrap();
    assert_eq!(desk.double.sent()[0].fields.get("psw"), None);
    desk.double.assert_clean();
}
