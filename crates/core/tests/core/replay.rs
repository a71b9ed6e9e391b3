//! «Что пошло бы иначе»: one line of a talk, a change of the settings, and whether the talk parts there.

use jiff::{SignedDuration, Timestamp};
use nochnik_core::business::{Document, Settings};
use nochnik_core::story::{Parting, Past, rehearsed, replay};

fn document() -> Document {
    toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap()
}

/// What parts when the document is changed like that.
fn parting(said: &[&str], change: impl FnOnce(&mut Document)) -> Option<Parting> {
    let build = |document| Settings::build(rehearsed(document), 1).unwrap();
    let mut changed = document();
    change(&mut changed);
    let evening: Timestamp = "2026-11-20T22:10:00+03:00".parse().unwrap();
    let past = |(minute, text): (i64, &&str)| Past {
        at: evening + SignedDuration::from_mins(minute),
        text: (*text).to_owned(),
    };
    let said: Vec<Past> = (0..).zip(said).map(past).collect();
    replay(&said, &build(document()), &build(changed))
}

fn price(document: &mut Document, name: &str, price: i64) {
    document.services.iter_mut().find(|service| service.name == name).unwrap().price = price;
}

const TALK: [&str; 3] = ["Здравствуйте", "сколько стоит маникюр с гель-лаком?", "а где вы находитесь"];

#[test]
fn nothing_parts_without_a_change() {
    assert_eq!(parting(&TALK, |_| {}), None);
    assert_eq!(parting(&[], |document| price(document, "Маникюр с гель-лаком", 9_999)), None);
}

#[test]
fn a_new_price_parts_where_the_price_is_told() {
    let found = parting(&TALK, |document| price(document, "Маникюр с гель-лаком", 9_990)).unwrap();
    assert_eq!(found.said, TALK[1]);
    assert!(found.after.join("\n").contains("9 990"), "{:?}", found.after);
    assert!(!found.before.join("\n").contains("9 990"), "{:?}", found.before);
}

#[test]
fn a_price_nobody_asked_for_parts_nothing() {
    assert_eq!(parting(&["а где вы находитесь"], |document| price(document, "Маникюр с гель-лаком", 9_990)), None);
}

/// The ladder rings minutes after the turn: what it does belongs to the turn that set it off.
#[test]
fn a_later_call_parts_at_the_turn_it_comes_of() {
    let said = ["Ожог от краски, лицо опухло, что делать?!"];
    let found = parting(&said, |document| document.escalation[1].steps[0].after_min = 11).unwrap();
    assert_eq!(found.said, said[0]);
    assert!(found.before.iter().any(|line| line.contains("ступень 3")), "{:?}", found.before);
}

#[test]
fn a_changed_text_parts_where_it_is_said() {
    let talk = ["маникюр с гель-лаком завтра в 12, Оля, 8 918 555-12-31", "Да, всё верно", "спасибо!"];
    let text = "Ждём: {service}, {moment}.";
    let found = parting(&talk, |document| drop(document.phrases.insert("booked".to_owned(), text.to_owned()))).unwrap();
    assert_eq!(found.said, talk[1]);
    assert!(found.after.iter().any(|line| line.contains("Ждём: Маникюр с гель-лаком")), "{:?}", found.after);
}
