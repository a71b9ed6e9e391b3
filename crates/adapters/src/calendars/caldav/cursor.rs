//! Up to where a calendar was read, as text that only we read.

use std::collections::BTreeMap;

use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::href;

/// Another form gets another mark; whoever comes with an old one reads all again.
const MARK: &str = "caldav1:";
/// Events whose states a cursor carries; of a larger calendar without `sync-collection` all is read each time.
const TAGS_MAX: usize = 5_000;

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The calendar's path, unescaped: another calendar knows nothing of it.
    of: Vec<String>,
    pub place: Place,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// The server's own word.
    Token(String),
    /// The state of the whole calendar, if it tells one, and of each event by name.
    Tags { whole: Option<String>, each: BTreeMap<String, String> },
}

/// `None` when there is too much to carry.
pub fn write(calendar: &Url, place: Place) -> Option<String> {
    if matches!(&place, Place::Tags { each, .. } if each.len() > TAGS_MAX) {
        return None;
    }
    let cursor = Cursor { of: href::parts(calendar)?, place };
    serde_json::to_string(&cursor).ok().map(|json| format!("{MARK}{json}"))
}

/// `None` when it is none, or one of another calendar.
pub fn read(calendar: &Url, text: &str) -> Option<Place> {
    let cursor: Cursor = serde_json::from_str(text.strip_prefix(MARK)?).ok()?;
    (Some(cursor.of) == href::parts(calendar)).then_some(cursor.place)
}
