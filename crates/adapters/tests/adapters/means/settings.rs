//! The entries: what they need, what they hide, what the live check says.

use std::collections::{BTreeMap, BTreeSet};

use nochnik_adapters::means;
use nochnik_adapters::ports::{Alert, Way};
use serde_json::{Value, json};

use crate::means::desk::{Desk, assert_private, context, fields};

fn entry(pairs: &[(&str, Value)]) -> BTreeMap<String, Value> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// The field the owner is pointed at.
fn problem(kind: &str, fields: &BTreeMap<String, Value>) -> String {
    let problem = means::open(kind, fields, &context(None)).err().unwrap_or_else(|| panic!("{kind} opens: {fields:?}"));
    assert!(problem.text_ru.chars().any(|c| ('а'..='я').contains(&c)), "{kind}: {problem}");
    problem.field
}

#[test]
fn every_kind_says_what_it_is_and_needs() {
    let kinds = means::kinds();
    let names: BTreeSet<&str> = kinds.iter().map(|kind| kind.name).collect();
    assert_eq!(names.len(), kinds.len());
    for kind in kinds {
        assert!(kind.fields.iter().any(|field| field.is_secret), "{} has a key", kind.name);
        assert!(kind.fields.iter().all(|field| !field.title.is_empty() && !field.help.is_empty()), "{}", kind.name);
    }
    assert_eq!(problem("pigeon", &entry(&[])), "kind");
}

#[test]
fn what_is_missing_or_wrong_is_pointed_at() {
    let sender = |changes: &[(&str, Value)]| {
        let mut all = fields("smsaero", "https://gate.smsaero.ru");
        all.extend(entry(changes));
        all
    };
    let mail = |changes: &[(&str, Value)]| {
        let mut all = entry(&[("host", json!("smtp.yandex.ru")), ("from", json!("night@salon.example"))]);
        all.extend(entry(changes));
        all
    };
    let key = json!(means::new_push_key());
    for (kind, fields, expected) in [
        ("smsru", entry(&[]), "api_id"),
        ("smsru", entry(&[("api_id", json!("1")), ("segments_max", json!(11))]), "segments_max"),
        ("smsru", entry(&[("api_id", json!("1")), ("base_url", json!("http://sms.ru"))]), "base_url"),
        ("smsru", entry(&[("api_id", json!("1")), ("login", json!("1"))]), "login"),
        ("smsc", entry(&[]), "api_key"),
        ("smsc", entry(&[("login", json!("lotos"))]), "api_key"),
        ("smsc_call", entry(&[("password", json!("secret"))]), "api_key"),
        ("smsaero", sender(&[("sign", json!("L"))]), "sign"),
        ("smsaero", sender(&[("sign", Value::Null)]), "sign"),
        ("exolve", entry(&[("token", json!("1"))]), "number"),
        ("exolve", entry(&[("token", json!("при\nвет")), ("number", json!("1"))]), "token"),
        ("zvonok", entry(&[("public_key", json!("1"))]), "campaign_id"),
        ("bitrix24_call", entry(&[("webhook_url", json!("https://salon.bitrix24.ru/rest/1/code/"))]), "line"),
        ("email", mail(&[("security", json!("none"))]), "security"),
        ("email", mail(&[("login", json!("night"))]), "password"),
        ("email", mail(&[("from", json!("Ночник"))]), "from"),
        ("email", mail(&[("port", json!(0))]), "port"),
        ("email", mail(&[("extra_ca", json!("no/such/file.pem"))]), "extra_ca"),
        ("webpush", entry(&[("private_key", json!("short")), ("contact", json!("mailto:a@b.ru"))]), "private_key"),
        ("webpush", entry(&[("private_key", key.clone()), ("contact", json!("a@b.ru"))]), "contact"),
        ("webpush", entry(&[("private_key", key.clone()), ("contact", json!("mailto:nobody"))]), "contact"),
    ] {
        assert_eq!(problem(kind, &fields), expected, "{kind}");
    }
}

#[test]
fn a_key_of_pushes_is_made_and_read_back() {
    let private = means::new_push_key();
    assert_ne!(private, means::new_push_key());
    let public = means::public_push_key(&private).unwrap();
    assert_eq!(public.len(), 87, "65 bytes in base64url");
    assert_eq!(means::public_push_key("short"), None);
    // The pair of RFC 8291, appendix A.
    let vector = crate::means::desk::contract("web-push/rfc8291-vector.json");
    let public = means::public_push_key(vector["as_private"].as_str().unwrap()).unwrap();
    assert_eq!(public, vector["as_public"].as_str().unwrap());
}

#[tokio::test]
async fn the_live_check_tells_money_and_name_and_disturbs_nobody() {
    for (kind, changes, expected) in [
        ("smsru", vec![("from", json!("LOTOS"))], vec!["412,30 ₽", "«LOTOS» согласовано"]),
        ("smsru", vec![("from", json!("CHANEL"))], vec!["не согласовал имя"]),
        ("smsru", vec![("mode", json!("test"))], vec!["проверочный режим"]),
        ("smsc", vec![], vec!["412,30 ₽"]),
        ("smsc_call", vec![], vec!["412,30 ₽"]),
        ("smsaero", vec![], vec!["412,30 ₽", "«LOTOS»"]),
        ("exolve", vec![], vec!["79581112233", "при первой отправке"]),
        ("zvonok", vec![], vec!["123456789", "button = 1"]),
    ] {
        let desk = Desk::with(kind, &changes).await;
        let lines = desk.notifier.check().await.unwrap().join("\n");
        for words in expected {
            assert!(lines.contains(words), "{kind}, {words}: {lines}");
        }
        assert_private(&lines.replace("123456789", ""), kind);
        assert!(desk.double.sent().is_empty(), "{kind}");
        desk.double.assert_clean();
    }
}

#[tokio::test]
async fn a_check_with_a_wrong_key_says_whose_move_it_is() {
    for (kind, key) in [("smsru", "api_id"), ("smsc", "password"), ("smsaero", "api_key")] {
        let desk = Desk::with(kind, &[(key, json!("stranger"))]).await;
        let failure = desk.notifier.check().await.unwrap_err();
        assert!(matches!(failure, nochnik_adapters::Failure::Broken { .. }), "{kind}: {failure}");
    }
}

#[tokio::test]
async fn accounts_have_names_that_hide_their_keys() {
    let mut names = BTreeSet::new();
    for (kind, way) in [
        ("smsru", Way::Sms),
        ("smsaero", Way::Sms),
        ("exolve", Way::Sms),
        ("zvonok", Way::Call),
        ("smsc_call", Way::Call),
    ] {
        let desk = Desk::of(kind).await;
        assert_eq!(desk.notifier.way(), way, "{kind}");
        assert_private(&desk.notifier.destination(), kind);
        assert!(names.insert(desk.notifier.destination()), "{kind}");
    }
}

#[test]
fn an_alert_shows_its_sizes_only() {
    let link = Some("https://n.example/a/7f3k".to_owned());
    let alert = Alert {
        title: "Горячий лид".to_owned(), text: "Срочная заявка".to_owned(), link, ..Alert::default()
    };
    let shown = format!("{alert:?}");
    for word in ["Горячий", "Срочная", "7f3k"] {
        assert!(!shown.contains(word), "{shown}");
    }
}
