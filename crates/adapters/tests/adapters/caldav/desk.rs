//! What every test here needs: a visit, a span, a line to the double, and how to read what came.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use nochnik_adapters::Failure;
use nochnik_adapters::calendars::{self, OpenContext};
use nochnik_adapters::failure::codes;
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_adapters::ports::{Calendar, Changes, EventRef, EventState, Span, Taken, Visit};
use nochnik_core::values::{Phone, ServiceId, SpecialistId};
use nochnik_doubles::Request;
use nochnik_doubles::caldav::{Double, HOST, Habits, LOGIN, PASSWORD};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

pub const BOOKING: &str = "0199aa00-0000-7000-8000-000000000001/3";
/// Where the visit of that booking stands.
pub const FILE: &str = "0199aa00-0000-7000-8000-000000000001_2F3.ics";
/// They must not be met in any request while clients are not to be shown.
pub const NAME: &str = "Ольга Приметная";
pub const PHONE: &str = "+79185550123";

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn now() -> Timestamp {
    at("2026-11-22T04:00:00Z")
}

/// Two weeks from now.
pub fn span() -> Span {
    Span { from: now(), to: at("2026-12-06T04:00:00Z") }
}

/// One hour from `from`.
pub fn visit(from: &str) -> Visit {
    let from = at(from);
    Visit {
        booking: BOOKING.to_owned(),
        business: "lotos".to_owned(),
        specialist: SpecialistId::new("anna"),
        services: vec![ServiceId::new("manicure")],
        title: "Маникюр, классический".to_owned(),
        span: Span { from, to: from + SignedDuration::from_hours(1) },
        zone: "Europe/Moscow".to_owned(),
        client_name: NAME.to_owned(),
        client_phone: Some(Phone::parse(PHONE).unwrap()),
    }
}

pub fn open(changes: &[(&str, Value)], wire: Option<Arc<dyn Wire>>) -> Arc<dyn Calendar> {
    open_at(now(), changes, wire)
}

pub fn open_at(now: Timestamp, changes: &[(&str, Value)], wire: Option<Arc<dyn Wire>>) -> Arc<dyn Calendar> {
    let mut fields = BTreeMap::from([
        ("url".to_owned(), json!(format!("https://{HOST}/"))),
        ("login".to_owned(), json!(LOGIN)),
        ("password".to_owned(), json!(PASSWORD)),
    ]);
    fields.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let context = OpenContext { now: Arc::new(move || now), wire };
    calendars::open("caldav", &fields, &context).unwrap()
}

/// The double at the end of a line, and all that went over it.
#[derive(Clone)]
pub struct Line {
    pub double: Double,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Line {
    pub fn new(habits: Habits) -> Self {
        Self { double: Double::new(habits), heard: Arc::default() }
    }

    pub fn wire(&self) -> Option<Arc<dyn Wire>> {
        Some(Arc::new(self.clone()))
    }

    pub fn calendar(&self) -> Arc<dyn Calendar> {
        open(&[], self.wire())
    }

    /// Takes out the requests since the last time: method, address, body.
    pub fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

#[async_trait]
impl Wire for Line {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        assert_eq!(call.url.host_str(), Some(HOST), "the password leaves the server");
        let body = String::from_utf8_lossy(call.body());
        self.heard.lock().unwrap().push(format!("{} {} {body}", call.method, call.url));
        let mut headers: Vec<(String, String)> =
            call.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        headers.extend(call.content.as_ref().map(|(kind, _)| ("content-type".to_owned(), (*kind).to_owned())));
        let path = percent_decode_str(call.url.path()).decode_utf8().unwrap();
        let request =
            Request { method: call.method.as_str(), path: &path, query: &[], headers: &headers, body: call.body() };
        let reply = self.double.request(&request).ok_or_else(|| Lost::Perhaps("the connection closed".to_owned()))?;
        Ok(Answer {
            status: reply.status,
            etag: reply.etag,
            location: reply.location,
            retry_after: reply.retry_after_s.map(|s| SignedDuration::from_secs(i64::from(s))),
            body: reply.body,
            ..Answer::default()
        })
    }
}

/// What came, by name, in one line each.
pub fn lines(changes: &Changes) -> BTreeMap<String, String> {
    changes.events.iter().map(|changed| (changed.event.id.clone(), line(&changed.state))).collect()
}

fn line(state: &EventState) -> String {
    let time = |taken: &Taken| format!("{} – {}", taken.span.from, taken.span.to);
    match state {
        EventState::Gone => "gone".to_owned(),
        EventState::Busy(times) => times.iter().map(time).collect::<Vec<_>>().join(", "),
        EventState::Visit { booking, time: taken } => format!("{booking} {}", time(taken)),
    }
}

/// The version as it came last.
pub fn reference(changes: &Changes, id: &str) -> EventRef {
    changes.events.iter().find(|changed| changed.event.id == id).unwrap().event.clone()
}

pub fn assert_changed<T: std::fmt::Debug>(done: Result<T, Failure>) {
    match done {
        Err(Failure::Refused { code, .. }) if code == codes::CHANGED => {}
        other => panic!("not changed: {other:?}"),
    }
}

/// A whole object around one event.
pub fn object(event: &str) -> String {
    let text =
        format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Test//RU\nBEGIN:VEVENT\n{event}\nEND:VEVENT\nEND:VCALENDAR\n");
    text.replace('\n', "\r\n")
}

/// A foreign event of one hour; `from` in iCalendar's own form, UTC.
pub fn foreign(uid: &str, from: &str) -> String {
    object(&format!("UID:{uid}\nDTSTAMP:20261101T000000Z\nDTSTART:{from}\nDURATION:PT1H\nSUMMARY:Стоматолог"))
}
