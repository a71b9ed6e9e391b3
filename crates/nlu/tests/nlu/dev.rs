//! Reads the labelled messages and keeps the figures from falling.

use crate::{common, labelled};
use std::collections::HashMap;

use nochnik_nlu::{Expecting, Lexicon, label, understand};
use serde_json::Value;

/// The sets: name, file, beginnings of ids that belong to it (all, where there are none).
const SETS: [(&str, &str, &[&str]); 10] = [
    ("dev", "dev", &[]),
    ("waves 1-4", "unseen", &["u1-", "u2-", "u3-", "u4-"]),
    ("waves 5-6", "unseen", &["u5-", "u6-"]),
    ("waves 7-9", "unseen", &["u7-", "u8-", "u9-"]),
    ("waves 10-12", "unseen", &["u10-", "u11-", "u12-"]),
    ("waves 13-17", "unseen", &["u13-", "u14-", "u15-", "u16-", "u17-"]),
    ("waves 18-19", "unseen", &["u18-", "u19-"]),
    ("waves 20-21", "unseen", &["u20-", "u21-"]),
    ("waves 22-23", "unseen", &["u22-", "u23-"]),
    ("waves 24-25", "unseen", &["u24-", "u25-"]),
];

/// Share of messages that must be right, field by field, in each of [`SETS`]; raised when the reading
/// gets better.
///
/// The sets were open while words were written, so these are upper bounds of what to expect on
/// other people's words, and only guard against falling back; `folds.rs` has the honest figure.
const FLOORS: &[(&str, [f64; 10])] = &[
    ("intent", [0.99, 0.98, 0.98, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99]),
    ("name", [0.99, 0.99, 0.99, 0.97, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99]),
    ("phone", [0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99]),
    ("services", [0.98, 0.98, 0.98, 0.98, 0.98, 0.98, 0.98, 0.98, 0.98, 0.98]),
    ("staff", [0.99, 0.99, 0.99, 0.98, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99]),
    ("when", [0.99, 0.99, 0.98, 0.98, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99]),
    ("when_old", [0.98, 0.97, 0.97, 0.97, 0.98, 0.98, 0.98, 0.98, 0.98, 0.98]),
    ("late_min", [0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99]),
    ("rating", [0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99]),
    ("urgency", [0.99, 0.99, 0.99, 0.98, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99]),
    ("expect_human", [0.99, 0.98, 0.98, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99]),
    ("hot", [0.98, 0.98, 0.98, 0.98, 0.98, 0.98, 0.98, 0.98, 0.98, 0.98]),
];

#[test]
fn labelled_messages_stay_understood() {
    let mut report = String::new();
    let mut fallen = Vec::new();
    for (at, (set, file, waves)) in SETS.into_iter().enumerate() {
        let (right, total) = counted(file, waves);
        for (field, floors) in FLOORS {
            let floor = floors[at];
            let share = f64::from(right[field]) / f64::from(total);
            report.push_str(&format!("{set} {field}: {share:.3} (floor {floor})\n"));
            if share < floor {
                fallen.push(format!("{set} {field}"));
            }
        }
    }
    assert!(fallen.is_empty(), "{fallen:?} fell:\n{report}");
}

/// How many messages of a set are right in each field, and how many there are.
fn counted(file: &str, waves: &[&str]) -> (HashMap<&'static str, u32>, u32) {
    let mut lexicons: HashMap<String, Lexicon> = HashMap::new();
    let mut right: HashMap<&str, u32> = HashMap::new();
    let mut total = 0;
    for line in labelled::lines(file) {
        let gold: Value = serde_json::from_str(&line).expect("a line is JSON");
        let id = gold["id"].as_str().expect("an id");
        if !waves.is_empty() && !waves.iter().any(|wave| id.starts_with(wave)) {
            continue;
        }
        total += 1;
        let business = gold["business"].as_str().expect("a business");
        let lexicon = lexicons.entry(business.to_owned()).or_insert_with(|| common::lexicon(business));
        let expecting: Option<Expecting> = serde_json::from_value(gold["context"].clone()).expect("a known context");
        let now = gold["now"].as_str().and_then(|now| now.get(..19)).expect("a moment").parse().expect("a civil time");
        let meaning = understand(gold["text"].as_str().expect("a text"), expecting, lexicon, now);
        let said = label(&meaning, expecting, now);
        for (field, ..) in FLOORS {
            *right.entry(field).or_default() += u32::from(is_right(field, &gold, &said));
        }
    }
    (right, total)
}

/// Whether a field agrees with the label or one of its accepted alternatives; fields that do not
/// matter for the kind of message count as right.
fn is_right(field: &str, gold: &Value, said: &Value) -> bool {
    const OUTSIDERS: &[&str] = &["business", "spam", "abuse", "injection", "offtopic"];
    const WITHOUT_VISIT: &[&str] = &["late", "complaint", "medical", "feedback"];
    let intent = gold["intent"].as_str().unwrap_or_default();
    let is_outsider = OUTSIDERS.contains(&intent);
    let is_visit_field = matches!(field, "when" | "when_old" | "services");
    let is_person_field = matches!(field, "name" | "phone") && intent != "business";
    if is_outsider && (is_visit_field || is_person_field || field == "staff")
        || (is_visit_field && WITHOUT_VISIT.contains(&intent))
    {
        return true;
    }
    match field {
        "intent" => gold[field] == said[field] || has(&gold["accept"], |accepted| *accepted == said[field]),
        "name" => {
            gold[field] == said[field]
                || has(&gold["name_alt"], |name| words(name) == words(&said[field]))
                || words(&gold[field]) == words(&said[field])
        }
        "services" => {
            set(&gold[field]) == set(&said[field])
                || has(&gold["services_alt"], |other| set(other) == set(&said[field]))
        }
        "when" => {
            let others =
                ["when_alt", "when_more"].into_iter().flat_map(|key| gold[key].as_array().into_iter().flatten());
            others.chain([&gold[field]]).any(|window| same_window(window, &said[field]))
        }
        "when_old" => same_days(&gold[field], &said[field]),
        "late_min" => gold[field] == said[field] || has(&gold["late_min_alt"], |minutes| *minutes == said[field]),
        "hot" => gold[field].is_null() || gold[field] == said[field],
        _ => gold[field] == said[field],
    }
}

fn has(list: &Value, is_it: impl Fn(&Value) -> bool) -> bool {
    list.as_array().into_iter().flatten().any(is_it)
}

fn words(name: &Value) -> Vec<String> {
    let mut words: Vec<String> = name
        .as_str()
        .unwrap_or_default()
        .to_lowercase()
        .replace('ё', "е")
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    words.sort();
    words
}

fn set(list: &Value) -> Vec<&str> {
    let mut ids: Vec<&str> = list.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    ids.sort_unstable();
    ids
}

/// The date of a value, and its minutes after midnight.
fn split(value: &Value) -> (Option<&str>, Option<i32>) {
    let Some(text) = value.as_str() else { return (None, None) };
    let (day, clock) = text.split_once('T').unwrap_or((text, ""));
    let minutes = clock
        .split_once(':')
        .and_then(|(hour, minute)| Some(hour.parse::<i32>().ok()? * 60 + minute.parse::<i32>().ok()?));
    ((!day.is_empty()).then_some(day), minutes)
}

fn days(window: &Value) -> (Option<&str>, Option<&str>) {
    let (from, to) = (split(&window["from"]).0, split(&window["to"]).0);
    (from.or(to), to.or(from))
}

fn same_days(gold: &Value, said: &Value) -> bool {
    if gold["grain"] == "from_day" { days(gold).0 == days(said).0 } else { days(gold) == days(said) }
}

/// Dates agree and times do, parts of the day within an hour.
fn same_window(gold: &Value, said: &Value) -> bool {
    if gold.is_null() || said.is_null() {
        return gold.is_null() && said.is_null();
    }
    let (gold_from, gold_to) = (split(&gold["from"]).1, split(&gold["to"]).1);
    let (from, to) = (split(&said["from"]).1, split(&said["to"]).1);
    let is_near =
        |left: Option<i32>, right: Option<i32>| left.zip(right).is_some_and(|(left, right)| (left - right).abs() <= 60);
    same_days(gold, said)
        && match gold["grain"].as_str().unwrap_or_default() {
            "day" | "days" | "from_day" => from.is_none(),
            "part" => is_near(from, gold_from) && is_near(to, gold_to),
            _ => (from, to) == (gold_from, gold_to),
        }
}
