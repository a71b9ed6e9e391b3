//! The labelled sets, line by line, and what is no message at all.

#![allow(dead_code, reason = "each test and example uses its own part")]

use std::{fs, path::Path};

use serde::Deserialize;

/// The lines of a labelled set.
pub fn lines(set: &str) -> Vec<String> {
    text(&format!("{set}.jsonl")).lines().map(str::to_owned).collect()
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
