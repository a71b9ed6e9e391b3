//! What was seen last: each row by its number, with where it stood. The portal tells no changes, so they are found here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::MISSING_MAX;
use super::row::Row;

pub type Known = BTreeMap<i64, String>;

pub fn read(text: &str) -> Option<Known> {
    serde_json::from_str(text).ok()
}

/// `rows`, and what is still to be looked at.
pub fn write(rows: &[Row], later: Known) -> String {
    let here = rows.iter().map(|row| (row.id, row.version()));
    let known: Known = later.into_iter().chain(here).collect();
    serde_json::to_string(&known).unwrap_or_default()
}

/// Rows that are not there any more, those to come first: so many to be looked at now, and the rest for the next time.
pub fn missing(known: Option<&Known>, rows: &[Row], now: Timestamp) -> (Vec<i64>, Known) {
    let here: BTreeSet<i64> = rows.iter().map(|row| row.id).collect();
    let gone = known.into_iter().flatten().filter(|(id, _)| !here.contains(id));
    let is_past = |version: &str| {
        let (_, end) = version.split('@').next().and_then(|times| times.rsplit_once('-'))?;
        Some(end.parse::<i64>().ok()? < now.as_second())
    };
    let mut gone: Vec<(bool, i64)> = gone.map(|(id, version)| (is_past(version).unwrap_or(false), *id)).collect();
    gone.sort_unstable();
    let mut now: Vec<i64> = gone.into_iter().map(|(_, id)| id).collect();
    let later = now.split_off(now.len().min(MISSING_MAX)).into_iter();
    let later = later.filter_map(|id| Some((id, known?.get(&id)?.clone()))).collect();
    (now, later)
}
