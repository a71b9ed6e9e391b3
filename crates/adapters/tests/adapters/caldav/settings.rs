//! What is wrong with an entry is said in Russian, before anything is sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use nochnik_adapters::calendars::{self, OpenContext};
use nochnik_doubles::caldav::Habits;
use serde_json::{Value, json};

use crate::caldav::desk::{Line, now, open};

#[test]
fn wrong_fields_are_named() {
    for (field, value) in [
        ("url", json!("")),
        ("url", json!("caldav.yandex.ru")),
        ("url", json!("http://caldav.yandex.ru")),
        ("url", json!("https://anna:secret@caldav.yandex.ru")),
        ("login", Value::Null),
        ("login", json!("anna:boris")),
        ("password", json!("  ")),
        ("zone", json!("Москва")),
        ("show_clients", json!("да")),
        ("show_clients", json!(1)),
        ("calendar", json!(5)),
        ("colour", json!("pink")),
    ] {
        let mut fields = BTreeMap::from([
            ("url".to_owned(), json!("https://caldav.yandex.ru")),
            ("login".to_owned(), json!("salon@yandex.ru")),
            ("password".to_owned(), json!("app-pass")),
        ]);
        fields.insert(field.to_owned(), value.clone());
        let context = OpenContext { now: Arc::new(now), wire: Line::new(Habits::default()).wire() };
        let problem = calendars::open("caldav", &fields, &context).err().unwrap_or_else(|| panic!("{field}: {value}"));
        assert_eq!(problem.field, field, "{value}");
        assert!(problem.text_ru.chars().any(|sign| ('а'..='я').contains(&sign)), "{}", problem.text_ru);
        assert!(!problem.text_ru.contains("secret"));
    }
}

/// Two seconds between two requests, so between two writes too; other servers take more.
#[test]
fn yandex_is_asked_slowly() {
    let wire = Line::new(Habits::default()).wire();
    let yandex = open(&[("url", json!("https://caldav.yandex.ru"))], wire.clone()).pace();
    assert!(yandex.per_s <= 0.5 && yandex.parallel == 1 && yandex.burst <= 3, "{yandex:?}");
    let other = open(&[], wire).pace();
    assert!(other.per_s > yandex.per_s);
    assert!(other.burst >= other.requests && yandex.burst >= yandex.requests, "or no call ever begins");
}

#[test]
fn entries_of_one_account_share_their_pace() {
    let wire = Line::new(Habits::default()).wire();
    let destination = |changes: &[(&str, Value)]| open(changes, wire.clone()).destination();
    let own = destination(&[]);
    assert_eq!(destination(&[("calendar", json!("Мастер Анна"))]), own);
    assert_ne!(destination(&[("login", json!("boris@salon.example"))]), own);
    assert_ne!(destination(&[("url", json!("https://cloud.example"))]), own);
}
