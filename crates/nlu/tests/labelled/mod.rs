//! The labelled sets, line by line.

use std::{fs, path::Path};

/// The lines of a labelled set.
pub fn lines(set: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/{set}.jsonl"));
    fs::read_to_string(path).expect("the labelled set is there").lines().map(str::to_owned).collect()
}
