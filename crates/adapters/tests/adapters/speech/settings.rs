use std::collections::BTreeMap;

use nochnik_adapters::speech;
use serde_json::{Value, json};

fn problem(kind: &str, fields: &Value) -> Option<String> {
    let fields: BTreeMap<String, Value> = serde_json::from_value(fields.clone()).unwrap();
    speech::open(kind, &fields, None).err().map(|problem| problem.field)
}

#[test]
fn a_whole_entry_opens_and_a_wrong_field_is_named() {
    let cases = [
        (json!({ "base_url": "http://127.0.0.1:8080/v1", "model": "whisper" }), None),
        (json!({ "base_url": "https://a.example/v1", "model": "m", "key": "sk-1", "language": "kk" }), None),
        (json!({ "model": "m" }), Some("base_url")),
        (json!({ "base_url": "https://a.example/v1" }), Some("model")),
        (json!({ "base_url": "http://10.0.0.1/v1", "model": "m" }), Some("base_url")),
        (json!({ "base_url": "https://a.example/v1", "model": "m", "key": "sk-\nx" }), Some("key")),
        (json!({ "base_url": "https://a.example/v1", "model": "m", "language": "russian" }), Some("language")),
        (json!({ "base_url": "https://a.example/v1", "model": "m", "language": "RU" }), Some("language")),
        (json!({ "base_url": "https://a.example/v1", "model": "m", "proxy": "не прокси" }), Some("proxy")),
        (json!({ "base_url": "https://a.example/v1", "model": "m", "modle": "x" }), Some("modle")),
    ];
    for (fields, expected) in cases {
        assert_eq!(problem("openai", &fields).as_deref(), expected, "{fields}");
    }
    assert_eq!(problem("whisper", &json!({})).as_deref(), Some("kind"));
}

#[test]
fn secrets_are_marked_and_the_law_is_told() {
    for kind in speech::kinds() {
        let secrets: Vec<_> = kind.fields.iter().filter(|field| field.is_secret).map(|field| field.name).collect();
        assert_eq!(secrets, ["key", "proxy"], "{}", kind.name);
        assert!(kind.notice.is_some_and(|notice| notice.contains("152-ФЗ")), "{}", kind.name);
    }
}

/// Two businesses with one account share its pace; two accounts of one server do not, and no key is shown.
#[test]
fn an_account_is_a_destination() {
    let of = |key: &str| {
        let fields = json!({ "base_url": "https://a.example/v1", "model": "m", "key": key });
        speech::open("openai", &serde_json::from_value(fields).unwrap(), None).unwrap().destination()
    };
    assert_eq!(of("sk-one"), of("sk-one"));
    assert_ne!(of("sk-one"), of("sk-two"));
    assert!(of("sk-one").starts_with("speech:openai:a.example:443:") && !of("sk-one").contains("sk-one"));
}
