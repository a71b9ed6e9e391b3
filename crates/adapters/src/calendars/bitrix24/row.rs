//! A booking or an event as it stands on the portal, and a visit as it should.

use jiff::Timestamp;
use serde_json::Value;

use crate::ports::{EventRef, Span, Visit};

/// Begins our mark in a description; the booking's id follows.
const MARK: &str = "#nochnik:";

/// All that is said of a visit unless the owner wants clients shown.
const TAKEN: &str = "Занято (Ночник)";

/// A thing of the portal's that takes time.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub id: i64,
    /// Its resources, or the employee whose calendar it stands in.
    pub whose: Vec<i64>,
    pub span: Span,
    /// All its times: more than one where it repeats.
    pub times: Vec<Span>,
    /// Its description.
    pub words: String,
    /// It takes nobody's time.
    pub is_free: bool,
}

impl Row {
    /// Where it stands: another one after every move, and the same for the same place.
    pub fn version(&self) -> String {
        version(&self.times, &self.whose)
    }

    pub fn event(&self) -> EventRef {
        EventRef { id: self.id.to_string(), version: self.version() }
    }

    /// Our id of the booking it was written for.
    pub fn booking(&self) -> Option<&str> {
        let (_, rest) = self.words.split_once(MARK)?;
        rest.split_whitespace().next()
    }
}

/// A visit in the portal's terms.
pub struct Wanted {
    pub booking: String,
    pub whose: i64,
    pub span: Span,
    pub zone: String,
    pub name: String,
    pub words: String,
}

impl Wanted {
    pub fn of(visit: &Visit, whose: i64, has_clients: bool) -> Self {
        let phone = visit.client_phone.as_ref().filter(|_| has_clients).map(|phone| format!("{}\n", phone.pretty()));
        let name = match (has_clients, visit.client_name.as_str()) {
            (false, _) => TAKEN.to_owned(),
            (true, "") => visit.title.clone(),
            (true, client) => format!("{client}, {}", visit.title),
        };
        Self {
            booking: visit.booking.clone(),
            whose,
            span: visit.span,
            zone: visit.zone.clone(),
            name,
            words: format!("{}Записал Ночник {MARK}{}", phone.unwrap_or_default(), visit.booking),
        }
    }

    pub fn version(&self) -> String {
        version(&[self.span], &[self.whose])
    }
}

fn version(times: &[Span], whose: &[i64]) -> String {
    let times: Vec<String> = times.iter().map(|time| format!("{}-{}", time.from.as_second(), time.to.as_second())).collect();
    let mut whose = whose.to_vec();
    whose.sort_unstable();
    let whose: Vec<String> = whose.iter().map(i64::to_string).collect();
    format!("{}@{}", times.join(","), whose.join(","))
}

/// What of `time` lies within `span`.
pub fn clip(time: Span, span: Span) -> Option<Span> {
    let (from, to) = (time.from.max(span.from), time.to.min(span.to));
    (from < to).then_some(Span { from, to })
}

/// A whole number, written as one or as a text.
pub fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// Seconds since 1970.
pub fn instant(value: &Value) -> Option<Timestamp> {
    Timestamp::from_second(whole(value)?).ok()
}
