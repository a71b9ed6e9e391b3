//! The calendar's events and its memory of what changed when.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use serde_json::{Value, json};

use super::Settings;
use super::bells::{Channel, Ring};
use super::list::{Page, Sync};
use super::oauth::Tokens;
use super::refusal::Refusal;

/// Versions begin somewhere and never repeat.
const VERSION_FIRST: u64 = 3_591_840_000_000_001;

pub(super) struct State {
    pub settings: Settings,
    pub tokens: Tokens,
    pub events: BTreeMap<String, Entry>,
    /// Counts the changes of all events.
    pub change: u64,
    pub pages: BTreeMap<String, Page>,
    pub pages_given: usize,
    pub syncs: BTreeMap<String, Sync>,
    /// Channels that were ever opened.
    pub channels: Vec<Channel>,
    /// Messages on their way.
    pub rings: Vec<Ring>,
    pub failures: Vec<String>,
    pub next_refusal: Option<Refusal>,
}

/// One event, deleted or not.
pub(super) struct Entry {
    /// The whole resource as its organizer sees it.
    pub resource: Value,
    /// The moment of its last change, on the calendar's own count.
    pub change: u64,
}

impl Entry {
    pub fn is_cancelled(&self) -> bool {
        self.resource["status"] == "cancelled"
    }

    pub fn etag(&self) -> &str {
        self.resource["etag"].as_str().unwrap_or_default()
    }
}

impl State {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            tokens: Tokens::default(),
            events: BTreeMap::new(),
            change: 0,
            pages: BTreeMap::new(),
            pages_given: 0,
            syncs: BTreeMap::new(),
            channels: Vec::new(),
            rings: Vec::new(),
            failures: Vec::new(),
            next_refusal: None,
        }
    }

    pub fn fail(&mut self, what: &str) {
        self.failures.push(what.to_owned());
    }

    /// Puts an event there in its next version.
    pub fn store(&mut self, id: &str, mut resource: Value, now_ms: i64) -> &Entry {
        self.change += 1;
        resource["etag"] = json!(format!("\"{}\"", VERSION_FIRST + self.change));
        resource["updated"] = json!(stamp(now_ms));
        self.events.insert(id.to_owned(), Entry { resource, change: self.change });
        self.ring_all(now_ms);
        &self.events[id]
    }

    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.settings.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// From when to when an event takes place; all-day ones by the calendar's zone.
    pub fn span_of(&self, resource: &Value) -> Option<(Timestamp, Timestamp)> {
        Some((self.moment(&resource["start"])?, self.moment(&resource["end"])?))
    }

    fn moment(&self, side: &Value) -> Option<Timestamp> {
        let zoned = |at: civil::DateTime, tz| at.to_zoned(tz).ok().map(|zoned| zoned.timestamp());
        match (side["dateTime"].as_str(), side["date"].as_str()) {
            (Some(text), None) => {
                text.parse().ok().or_else(|| zoned(text.parse().ok()?, TimeZone::get(side["timeZone"].as_str()?).ok()?))
            }
            (None, Some(text)) => zoned(text.parse::<civil::Date>().ok()?.into(), self.zone()),
            _ => None,
        }
    }
}

pub(super) fn stamp(now_ms: i64) -> String {
    let at = Timestamp::from_millisecond(now_ms).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
