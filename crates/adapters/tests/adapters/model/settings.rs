//! What the owner fills in, and what is said about mistakes.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use nochnik_adapters::SettingsProblem;
use nochnik_adapters::model::{self, OpenContext};
use serde_json::{Value, json};

fn problem(kind: &str, fields: &Value) -> Option<SettingsProblem> {
    let fields: BTreeMap<String, Value> = serde_json::from_value(fields.clone()).unwrap();
    let context = OpenContext { now: Arc::new(|| Timestamp::UNIX_EPOCH), wire: None };
    model::open(kind, &fields, &context).err()
}

#[test]
fn a_whole_entry_opens() {
    for (kind, fields) in [
        ("openai", json!({ "base_url": "http://127.0.0.1:8080/v1", "model": "smollm2-135m" })),
        (
            "openai",
            json!({ "base_url": "https://api.example.org/v1/", "model": "m", "key": "sk-x", "tokens_field": "max_completion_tokens" }),
        ),
        ("yandex", json!({ "folder": "b1gexample", "key": "AQVN", "model": "yandexgpt-lite" })),
        ("gigachat", json!({ "key": "c2stdGVzdDprZXk=" })),
    ] {
        assert_eq!(problem(kind, &fields), None, "{kind} {fields}");
    }
}

#[test]
fn each_mistake_names_its_field() {
    for (kind, fields, field) in [
        ("openai", json!({ "model": "m" }), "base_url"),
        ("openai", json!({ "base_url": "https://api.example.org/v1" }), "model"),
        ("openai", json!({ "base_url": "http://10.0.0.1/v1", "model": "m" }), "base_url"),
        ("openai", json!({ "base_url": "https://a.example/v1", "model": "m", "structured": "xml" }), "structured"),
        ("openai", json!({ "base_url": "https://a.example/v1", "model": "m", "key": "sk-\nx" }), "key"),
        ("openai", json!({ "base_url": "https://a.example/v1", "model": "m", "proxy": "не прокси" }), "proxy"),
        ("yandex", json!({ "key": "AQVN", "model": "yandexgpt" }), "folder"),
        ("yandex", json!({ "folder": "каталог", "key": "AQVN", "model": "yandexgpt" }), "folder"),
        ("gigachat", json!({ "key": "x", "scope": "PERS" }), "scope"),
        ("gigachat", json!({ "key": "x", "extra_ca": "/no/such/file.pem" }), "extra_ca"),
        ("gigachat", json!({ "key": "x", "verify": false }), "verify"),
        ("gpt", json!({}), "kind"),
    ] {
        let problem = problem(kind, &fields).unwrap();
        assert_eq!(problem.field, field, "{kind} {fields}: {problem}");
    }
}

#[test]
fn keys_and_proxies_are_secrets_and_every_field_explains_itself() {
    for kind in model::kinds() {
        for field in kind.fields {
            assert_eq!(field.is_secret, ["key", "proxy"].contains(&field.name), "{} {}", kind.name, field.name);
            assert!(!field.title.is_empty() && !field.help.is_empty(), "{} {}", kind.name, field.name);
        }
        assert!(kind.notice.is_some(), "{} speaks of people's data and says nothing about the law", kind.name);
    }
}
