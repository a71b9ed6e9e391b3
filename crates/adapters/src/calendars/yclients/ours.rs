//! What must outlive a restart though the vendor does not tell it again: which records are ours, and their hashes.
//!
//! It travels in the cursor, which the engine keeps.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::record::{Record, is_hash};
use crate::ports::Span;

/// More visits ahead than any branch lets us book.
const RECORDS_MAX: usize = 2_000;
/// A visit is remembered for so long after its end.
const AFTER: SignedDuration = SignedDuration::from_hours(48);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ours(BTreeMap<i64, Own>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    pub booking: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    pub staff: Option<i64>,
    /// Unix seconds.
    pub from: i64,
    pub to: i64,
}

/// A place to go on from; [`Cursor::of`] says whose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Of which settings: others need all read again.
    pub of: String,
    /// Of the last change that was seen, by the vendor's clock; Unix seconds.
    #[serde(default)]
    pub changed: Option<i64>,
    /// Up to where the journal was read; Unix seconds.
    #[serde(default)]
    pub to: i64,
    #[serde(default)]
    pub ours: Ours,
}

impl Cursor {
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub fn write(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

impl Ours {
    /// Remembers where a record of ours stands; a hash once known is kept.
    pub fn note(&mut self, id: i64, booking: &str, hash: Option<&str>, staff: Option<i64>, span: Span) {
        let hash = hash.map(str::to_owned).or_else(|| self.0.get(&id).and_then(|own| own.hash.clone()));
        let (from, to) = (span.from.as_second(), span.to.as_second());
        self.0.insert(id, Own { booking: booking.to_owned(), hash, staff, from, to });
    }

    pub fn note_record(&mut self, record: &Record, booking: &str) {
        self.note(record.id, booking, record.hash.as_deref(), record.staff, record.span);
    }

    /// Takes in what a cursor knows: of a record that is known here too, the hash alone.
    pub fn note_all(&mut self, others: &Self) {
        for (id, other) in &others.0 {
            let hash = other.hash.clone().filter(|hash| is_hash(hash));
            let own = self.0.entry(*id).or_insert_with(|| Own { hash: None, ..other.clone() });
            own.hash = own.hash.take().or(hash);
        }
    }

    /// The time that our records take of a master.
    pub fn times_of(&self, staff: i64) -> Vec<Span> {
        let own = self.0.values().filter(|own| own.staff == Some(staff));
        own.filter_map(|own| {
            let at = |second| Timestamp::from_second(second).ok();
            Some(Span { from: at(own.from)?, to: at(own.to)? })
        })
        .collect()
    }

    pub fn has_hash(&self, id: i64) -> bool {
        self.0.get(&id).is_some_and(|own| own.hash.is_some())
    }

    pub fn forget(&mut self, id: i64) {
        self.0.remove(&id);
    }

    /// Our booking that a record stands for, if it is one of ours.
    pub fn booking_of<'a>(&'a self, record: &'a Record) -> Option<&'a str> {
        record.booking().or_else(|| self.0.get(&record.id).map(|own| own.booking.as_str()))
    }

    /// `123:hash`, or `123` where no hash was ever told.
    pub fn event_id(&self, id: i64) -> String {
        event_id(id, self.0.get(&id).and_then(|own| own.hash.as_deref()))
    }

    pub fn iter(&self) -> impl Iterator<Item = (i64, &Own)> {
        self.0.iter().map(|(id, own)| (*id, own))
    }

    /// Forgets visits that are over, and the earliest where there are too many.
    pub fn trim(&mut self, now: Timestamp) {
        let over = now.saturating_sub(AFTER).map_or(i64::MIN, Timestamp::as_second);
        self.0.retain(|_, own| own.from >= over);
        while self.0.len() > RECORDS_MAX {
            let earliest = self.0.iter().min_by_key(|(_, own)| own.from).map(|(id, _)| *id);
            earliest.map(|id| self.0.remove(&id));
        }
    }
}

pub fn event_id(id: i64, hash: Option<&str>) -> String {
    hash.map_or_else(|| id.to_string(), |hash| format!("{id}:{hash}"))
}

/// The record and its hash of an event's id; `None`: it is none that can be moved.
pub fn parse_event_id(text: &str) -> Option<(i64, Option<&str>)> {
    let (id, hash) = text.split_once(':').map_or((text, None), |(id, hash)| (id, Some(hash)));
    let id = id.parse().ok().filter(|id| *id > 0)?;
    hash.is_none_or(is_hash).then_some((id, hash))
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{Cursor, Ours, RECORDS_MAX, event_id, parse_event_id};
    use crate::ports::Span;

    #[test]
    fn the_id_of_an_event_is_read_back() {
        assert_eq!(parse_event_id(&event_id(123, Some("0f1a"))), Some((123, Some("0f1a"))));
        assert_eq!(parse_event_id(&event_id(123, None)), Some((123, None)));
        for text in ["", "hours:6544:2026-11-24", "0", "-1", "12:", "12:a/b", "x"] {
            assert_eq!(parse_event_id(text), None, "{text}");
        }
    }

    fn from(at: Timestamp) -> Span {
        Span { from: at, to: at + SignedDuration::from_hours(1) }
    }

    #[test]
    fn a_hash_once_known_is_not_lost_and_old_visits_are() {
        let now = Timestamp::from_second(1_795_521_600).unwrap();
        let mut ours = Ours::default();
        ours.note(1, "a/1", Some("0f1a"), Some(6_544), from(now));
        ours.note(1, "a/1", None, Some(6_545), from(now));
        assert_eq!(ours.event_id(1), "1:0f1a");
        assert_eq!((ours.times_of(6_544), ours.times_of(6_545)), (vec![], vec![from(now)]));
        for id in 2..4_000 {
            ours.note(id, "a/2", None, None, from(now + SignedDuration::from_secs(id)));
        }
        ours.trim(now);
        assert_eq!(ours.iter().count(), RECORDS_MAX);
        ours.trim(now + SignedDuration::from_hours(72));
        assert_eq!(ours.iter().count(), 0);
    }

    #[test]
    fn a_cursor_comes_back_whole_or_not_at_all() {
        let now = Timestamp::from_second(1_795_521_600).unwrap();
        let mut ours = Ours::default();
        ours.note(1, "a/1", Some("0f1a"), None, from(now));
        let cursor = Cursor { of: "x".to_owned(), changed: Some(5), to: 7, ours };
        assert_eq!(Cursor::read(&cursor.write().unwrap()), Some(cursor.clone()));
        assert_eq!(Cursor::read("7"), None);

        let mut newer = Ours::default();
        newer.note(1, "a/1", None, None, from(now + SignedDuration::from_hours(2)));
        newer.note_all(&cursor.ours);
        assert_eq!(newer.event_id(1), "1:0f1a", "the hash of the cursor");
        assert_eq!(newer.iter().next().unwrap().1.from, now.as_second() + 7_200, "the place of the process");
    }
}
