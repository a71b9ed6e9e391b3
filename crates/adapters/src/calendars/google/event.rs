//! A visit as an event of Google's: its name, its words, its marks.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Google;
use crate::ports::{Span, Visit};

/// Private properties: seen by no other application.
pub const BOOKING: &str = "nochnik_booking";
pub const BUSINESS: &str = "nochnik_tenant";
/// What was written and over which version: by this the work of a call whose answer was lost is known again.
pub const REVISION: &str = "nochnik_rev";
/// Where we put the visit: an event that stands elsewhere was moved by a person.
pub const TIME: &str = "nochnik_time";

/// What our names are made under; changing it makes every event a stranger.
const NAMESPACE: Uuid = Uuid::from_u128(0x6b2f_3d1c_9a54_4e07_8c1d_52f0_7e9b_a316);
const NO_NAME: &str = "Занято (Ночник)";
const TITLE_CHARS_MAX: usize = 300;
const NAME_CHARS_MAX: usize = 100;

/// The event's id, known before it is made: a second create meets the first one's. A UUID, as the vendor advises: its
/// hex digits are within the alphabet of ids.
pub fn id_of(business: &str, booking: &str) -> String {
    Uuid::new_v5(&NAMESPACE, format!("{business}\n{booking}").as_bytes()).simple().to_string()
}

/// A time as it is marked, to the second: finer ones are not written.
pub fn time_mark(span: Span) -> String {
    let whole = |at: Timestamp| Timestamp::from_second(at.as_second()).unwrap_or(at);
    format!("{}/{}", whole(span.from), whole(span.to))
}

/// A visit on its way into the calendar.
pub struct Written {
    id: String,
    summary: String,
    description: String,
    start: Value,
    end: Value,
    private: Value,
    pub revision: String,
}

impl Google {
    /// The visit as it is written over `basis`, the version heard of last; empty for a new event.
    pub fn written(&self, visit: &Visit, basis: &str) -> Written {
        let (summary, description) = if self.has_clients { words(visit) } else { (NO_NAME.to_owned(), number(visit)) };
        let (zone, tz) = match TimeZone::get(&visit.zone) {
            Ok(tz) => (&visit.zone, tz),
            Err(_) => (&self.zone, self.tz.clone()),
        };
        let moment = |at: Timestamp| {
            json!({ "dateTime": at.to_zoned(tz.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(), "timeZone": zone })
        };
        let (start, end) = (moment(visit.span.from), moment(visit.span.to));
        let revision = digest(&[basis, &summary, &description, &start.to_string(), &end.to_string()]);
        let private = json!({
            BOOKING: visit.booking, BUSINESS: visit.business, REVISION: revision, TIME: time_mark(visit.span),
        });
        let id = id_of(&visit.business, &visit.booking);
        Written { id, summary, description, start, end, private, revision }
    }
}

impl Written {
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The whole event. Reminders are off: the owner's telephone shall not ring for every booking.
    pub fn whole(&self) -> Value {
        json!({
            "id": self.id,
            "status": "confirmed",
            "summary": self.summary,
            "description": self.description,
            "start": self.start,
            "end": self.end,
            "reminders": { "useDefault": false },
            "extendedProperties": { "private": self.private },
        })
    }

    /// What of an event is ours, laid over what people made of the rest: colour, place, notes of their own fields.
    /// A person may have made it last all day, hence the emptied dates.
    pub fn patch(&self) -> Value {
        let timed = |side: &Value| {
            let mut side = side.clone();
            side["date"] = Value::Null;
            side
        };
        json!({
            "summary": self.summary,
            "description": self.description,
            "start": timed(&self.start),
            "end": timed(&self.end),
            "extendedProperties": { "private": self.private },
        })
    }
}

fn number(visit: &Visit) -> String {
    format!("Запись № {}", visit.booking)
}

fn words(visit: &Visit) -> (String, String) {
    let name = one_line(&visit.client_name, NAME_CHARS_MAX);
    let title = one_line(&visit.title, TITLE_CHARS_MAX);
    let parts = [title.as_str(), name.as_str()];
    let summary = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" — ");
    let mut lines = Vec::new();
    if !name.is_empty() {
        lines.push(format!("Клиент: {}", plain(&name)));
    }
    lines.extend(visit.client_phone.as_ref().map(|phone| format!("Телефон: {}", phone.pretty())));
    lines.push(number(visit));
    (if summary.is_empty() { NO_NAME.to_owned() } else { summary }, lines.join("\n"))
}

fn one_line(text: &str, chars_max: usize) -> String {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    words.join(" ").chars().take(chars_max).collect()
}

/// A description is read as HTML; a client's name must stay a text there.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn digest(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
