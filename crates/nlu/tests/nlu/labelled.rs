//! The labelled sets, line by line, and what is no message at all.

#![allow(dead_code, reason = "each test and example uses its own part")]

use std::{fs, path::Path};

use nochnik_nlu::{Expecting, Lexicon, Meaning, understand};
use serde::Deserialize;
use serde_json::Value;

/// The lines of a labelled set.
pub fn lines(set: &str) -> Vec<String> {
    text(&format!("{set}.jsonl")).lines().map(str::to_owned).collect()
}

/// Every labelled message, read as it is written down.
pub fn golds() -> Vec<Value> {
    let lines = ["dev", "unseen"].into_iter().flat_map(lines);
    lines.map(|line| serde_json::from_str(&line).expect("a line is JSON")).collect()
}

/// A text of a label; empty where there is none.
pub fn word(gold: &Value, key: &str) -> String {
    gold[key].as_str().unwrap_or_default().to_owned()
}

/// What the bot had asked.
pub fn context(gold: &Value) -> Option<Expecting> {
    serde_json::from_value(gold["context"].clone()).expect("a known context")
}

/// The wall clock at which it was sent.
pub fn moment(gold: &Value) -> jiff::civil::DateTime {
    word(gold, "now").get(..19).expect("a moment").parse().expect("a civil time")
}

/// A labelled message as the reader takes it.
pub fn heard(gold: &Value, lexicon: &Lexicon) -> Meaning {
    understand(&word(gold, "text"), context(gold), lexicon, moment(gold))
}

/// Whether it asks about something the business may have an entry for, or says what it wants of the business.
pub fn has_topic(gold: &Value) -> bool {
    let also = gold["also"].as_array().into_iter().flatten();
    let is_of_topic = |intent: &Value| intent == "faq" || intent == "business";
    gold["topic"].is_string() && also.chain([&gold["intent"]]).any(is_of_topic)
}

/// The fold of a family, out of so many: a sum of its letters.
pub fn fold_of(family: &str, folds: u32) -> u32 {
    family.chars().fold(0_u32, |sum, letter| sum.wrapping_mul(31).wrapping_add(u32::from(letter))) % folds
}

/// A kind of nonsense: a piece that is repeated until the text is long.
#[derive(Deserialize)]
pub struct Nonsense {
    pub name: String,
    pub piece: String,
}

pub fn nonsense() -> Vec<Nonsense> {
    serde_json::from_str(&text("nonsense.json")).expect("a list of pieces")
}

fn text(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file);
    fs::read_to_string(path).expect("the file is there")
}
