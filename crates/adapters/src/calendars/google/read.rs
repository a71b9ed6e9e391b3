//! An event of Google's as it comes: whose it is and what time it takes. Nothing about its shape is believed.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::event::{BOOKING, BUSINESS, REVISION, TIME, id_of};
use crate::ports::{EventRef, EventState, Span, Taken};

/// What is asked for of an event: names, descriptions and guests of other people's events stay where they are.
pub const FIELDS: &str = "kind,id,etag,status,transparency,eventType,start,end,sequence,\
                          attendees(self,responseStatus),extendedProperties/private";

const ID_BYTES_MAX: usize = 1_024;
const VERSION_BYTES_MAX: usize = 200;
const BOOKING_BYTES_MAX: usize = 200;

/// One event, or one time of a series.
#[derive(Debug)]
pub struct Event {
    pub event: EventRef,
    pub is_cancelled: bool,
    /// Somebody's time is taken by it; a person may have said otherwise.
    blocks: bool,
    /// `None`: it has none, or none that can be read.
    pub time: Option<Span>,
    /// The marks of a visit, when they are this event's own: a copy that a person made carries them too, and so does
    /// every time of a visit that was made to repeat, but under names of their own.
    pub own: Option<Own>,
    /// How often its organizer has changed it.
    pub sequence: Option<i64>,
}

#[derive(Debug)]
pub struct Own {
    pub booking: String,
    pub revision: String,
    pub time: String,
}

impl Event {
    /// Reads one item; days without hours are days in `tz`. `None`: it cannot be told which event this is.
    pub fn read(item: &Value, tz: &TimeZone) -> Option<Self> {
        let id = item["id"].as_str().filter(|id| !id.is_empty() && id.len() <= ID_BYTES_MAX)?;
        let is_version = |text: &&str| text.len() <= VERSION_BYTES_MAX && text.bytes().all(|b| b.is_ascii_graphic());
        let version = item["etag"].as_str().filter(is_version).unwrap_or_default();
        let (from, to) = (moment(&item["start"], tz), moment(&item["end"], tz));
        Some(Self {
            event: EventRef { id: id.to_owned(), version: version.to_owned() },
            is_cancelled: item["status"] == "cancelled",
            blocks: blocks(item),
            time: from.zip(to).filter(|(from, to)| from <= to).map(|(from, to)| Span { from, to }),
            own: own(item, id),
            sequence: item["sequence"].as_i64(),
        })
    }

    /// How it stands towards `span`. `None`: its time cannot be read.
    pub fn state(&self, span: Span) -> Option<EventState> {
        if self.is_cancelled {
            return Some(EventState::Gone);
        }
        let time = self.time?;
        if let Some(own) = &self.own {
            // Wherever a person has moved it: one that is not told of would count as deleted.
            let time = Taken { specialist: None, span: time };
            return Some(EventState::Visit { booking: own.booking.clone(), time });
        }
        let within = Span { from: time.from.max(span.from), to: time.to.min(span.to) };
        Some(if self.blocks && within.from < within.to {
            EventState::Busy(vec![Taken { specialist: None, span: within }])
        } else {
            EventState::Gone
        })
    }
}

/// Tentative and private events block, and so does a kind that we do not know.
fn blocks(item: &Value) -> bool {
    let is_declined = |guest: &Value| guest["self"] == true && guest["responseStatus"] == "declined";
    item["transparency"] != "transparent"
        && !matches!(item["eventType"].as_str(), Some("workingLocation" | "birthday"))
        && !item["attendees"].as_array().is_some_and(|guests| guests.iter().any(is_declined))
}

fn own(item: &Value, id: &str) -> Option<Own> {
    let marks = &item["extendedProperties"]["private"];
    let booking = marks[BOOKING].as_str().filter(|booking| booking.len() <= BOOKING_BYTES_MAX && booking.is_ascii())?;
    if id != id_of(marks[BUSINESS].as_str()?, booking) {
        return None;
    }
    let text = |name: &str| marks[name].as_str().unwrap_or_default().to_owned();
    Some(Own { booking: booking.to_owned(), revision: text(REVISION), time: text(TIME) })
}

/// `{dateTime, timeZone?}` or `{date}`. Source: `EventDateTime`; the zone matters only where there is no offset.
fn moment(side: &Value, tz: &TimeZone) -> Option<Timestamp> {
    let zoned = |at: DateTime, tz: TimeZone| at.to_zoned(tz).ok().map(|zoned| zoned.timestamp());
    let Some(text) = side["dateTime"].as_str() else {
        return zoned(side["date"].as_str()?.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight()), tz.clone());
    };
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let named = side["timeZone"].as_str().and_then(|name| TimeZone::get(name).ok());
    zoned(text.parse().ok()?, named.unwrap_or_else(|| tz.clone()))
}
