//! A shared calendar, the line to it, and the adapter at our end, each with a clock of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use jiff::Timestamp;
use nochnik_adapters::Failure;
use nochnik_adapters::calendars::{self, OpenContext};
use nochnik_adapters::failure::Scope;
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_adapters::ports::{Calendar, Changed, Changes, EventRef, EventState, Span, Taken, Visit};
use nochnik_core::values::{Phone, ServiceId, SpecialistId};
use nochnik_doubles::google::{Double, Settings};
use nochnik_doubles::{Outcome, Request};
use serde_json::{Value, json};

use crate::wire::{Heard, Line, Reply};

/// Tuesday 24 November 2026, 10:00 in Moscow.
pub const NOW: &str = "2026-11-24T07:00:00Z";
pub const NAME: &str = "Ольга Петрова";
pub const PHONE: &str = "+79000000001";
/// Longer than a call waits.
pub const LATE_MS: i64 = 11_000;

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn span(from: &str, to: &str) -> Span {
    Span { from: at(from), to: at(to) }
}

/// Ninety days from now on.
pub fn quarter() -> Span {
    span("2026-11-24T00:00:00Z", "2027-02-22T00:00:00Z")
}

/// A visit on 25 November, 15:00 to 16:00 in Moscow.
pub fn visit() -> Visit {
    Visit {
        booking: "17".to_owned(),
        business: "lotos".to_owned(),
        specialist: SpecialistId::new("anna"),
        services: vec![ServiceId::new("manicure")],
        title: "Маникюр".to_owned(),
        span: span("2026-11-25T12:00:00Z", "2026-11-25T13:00:00Z"),
        zone: "Europe/Moscow".to_owned(),
        client_name: NAME.to_owned(),
        client_phone: Some(Phone::parse(PHONE).unwrap()),
    }
}

/// The same visit two hours later.
pub fn later() -> Visit {
    Visit { span: span("2026-11-25T14:00:00Z", "2026-11-25T15:00:00Z"), ..visit() }
}

pub fn hour(text: &str) -> Value {
    json!({ "dateTime": text, "timeZone": "Europe/Moscow" })
}

pub fn day(text: &str) -> Value {
    json!({ "date": text })
}

pub fn busy(from: &str, to: &str) -> EventState {
    EventState::Busy(vec![Taken { specialist: None, span: span(from, to) }])
}

pub fn stands(visit: &Visit) -> EventState {
    let time = Taken { specialist: None, span: visit.span };
    EventState::Visit { booking: visit.booking.clone(), time }
}

/// A failure as far as anything hangs on it.
#[derive(Clone, Debug, PartialEq)]
pub enum Means {
    Later(Option<i64>, Scope),
    Refused(String),
    Broken,
    Unknown,
}

pub fn means(failure: &Failure) -> Means {
    for secret in [NAME, PHONE, "9000000001", "ya29", "PRIVATE KEY", "1//demo-refresh"] {
        assert!(!format!("{failure} {failure:?}").contains(secret), "{secret} shows");
    }
    match failure {
        Failure::Later { after, scope, .. } => Means::Later(after.map(|after| after.as_secs()), *scope),
        Failure::Refused { code, .. } => Means::Refused(code.clone()),
        Failure::Broken { hint, .. } => {
            assert!(hint.chars().any(|c| ('а'..='я').contains(&c)), "a person is told what to do: {hint}");
            Means::Broken
        }
        Failure::Unknown { .. } => Means::Unknown,
    }
}

pub fn is_changed(done: Result<impl std::fmt::Debug, Failure>) {
    assert_eq!(means(&done.unwrap_err()), Means::Refused("changed".to_owned()));
}

/// One calendar and whoever keeps it with us.
pub struct Desk {
    pub double: Double,
    pub line: Line,
    pub calendar: Arc<dyn Calendar>,
    now_ms: Arc<AtomicI64>,
    /// How far Google's clock runs before ours.
    pub ahead_ms: Arc<AtomicI64>,
}

impl Desk {
    pub fn new() -> Self {
        Self::with(Settings { personal: people(), ..Settings::default() }, &[])
    }

    pub fn with(settings: Settings, fields: &[(&str, Value)]) -> Self {
        Self::altered(settings, fields, |_| None)
    }

    /// `alter` may answer a request in Google's place, which then never sees it.
    pub fn altered(
        settings: Settings,
        fields: &[(&str, Value)],
        alter: impl Fn(&Heard) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let double = Double::new(settings);
        let now_ms = Arc::new(AtomicI64::new(at(NOW).as_millisecond()));
        let ahead_ms = Arc::new(AtomicI64::new(0));
        let (other_end, clock, ahead) = (double.clone(), now_ms.clone(), ahead_ms.clone());
        let line = Line::to_whole(move |heard| {
            let theirs_ms = clock.load(Ordering::Relaxed) + ahead.load(Ordering::Relaxed);
            dated(alter(heard).unwrap_or_else(|| reply(&other_end, heard, theirs_ms)), theirs_ms)
        });
        let wire: Arc<dyn Wire> = Arc::new(Winding(line.clone()));
        let calendar = calendars::open("google", &entry(&double, fields), &context(&now_ms, Some(wire))).unwrap();
        Self { double, line, calendar, now_ms, ahead_ms }
    }

    pub fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    pub fn pass_s(&self, s: i64) {
        self.now_ms.fetch_add(s * 1_000, Ordering::Relaxed);
    }

    pub async fn put(&self, visit: &Visit, known: Option<&EventRef>) -> Result<EventRef, Failure> {
        self.calendar.put(visit, known).await
    }

    pub async fn changes(&self, cursor: Option<&str>) -> Changes {
        self.calendar.changes(cursor, quarter()).await.unwrap()
    }

    /// The event as it stands, whole.
    pub fn event(&self, event: &EventRef) -> Value {
        self.double.event(&event.id).unwrap()
    }

    /// Somebody's own event of one hour, 26 November, 11:00 in Moscow.
    pub fn adds(&self, id: &str, more: &Value) {
        let (start, end) = (hour("2026-11-26T11:00:00+03:00"), hour("2026-11-26T12:00:00+03:00"));
        self.double.person_adds(id, &start, &end, more, self.now_ms());
    }

    pub fn changes_by_hand(&self, id: &str, change: &Value) {
        self.double.person_changes(id, change, self.now_ms());
    }

    pub fn deletes_by_hand(&self, id: &str) {
        self.double.person_deletes(id, self.now_ms());
    }
}

pub fn people() -> Vec<String> {
    vec!["Ольга".to_owned(), "Петрова".to_owned(), PHONE.to_owned()]
}

/// State by id.
pub fn states(changes: &Changes) -> BTreeMap<&str, &EventState> {
    let states: BTreeMap<_, _> =
        changes.events.iter().map(|Changed { event, state }| (event.id.as_str(), state)).collect();
    assert_eq!(states.len(), changes.events.len(), "each event once");
    states
}

pub fn entry(double: &Double, fields: &[(&str, Value)]) -> BTreeMap<String, Value> {
    let settings = double.settings();
    let mut all = BTreeMap::from([
        ("calendar".to_owned(), json!(settings.calendar)),
        ("service_account".to_owned(), json!(settings.service_account())),
    ]);
    all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    all
}

/// The fields of an owner who let us in, in the robot's place.
pub fn owner(settings: &Settings) -> Vec<(&'static str, Value)> {
    vec![
        ("service_account", Value::Null),
        ("client_id", json!(settings.client_id)),
        ("client_secret", json!(settings.client_secret)),
        ("refresh_token", json!(settings.refresh_token)),
    ]
}

pub fn context(now_ms: &Arc<AtomicI64>, wire: Option<Arc<dyn Wire>>) -> OpenContext {
    let now_ms = now_ms.clone();
    let now = Arc::new(move || Timestamp::from_millisecond(now_ms.load(Ordering::Relaxed)).unwrap());
    OpenContext { now, wire }
}

fn reply(double: &Double, heard: &Heard, now_ms: i64) -> Reply {
    let query: Vec<(String, String)> = heard.url.query_pairs().into_owned().collect();
    let headers: Vec<(String, String)> = heard.headers.clone().into_iter().collect();
    let body = match &heard.body {
        Value::Null => String::new(),
        Value::String(form) => form.clone(),
        json => json.to_string(),
    };
    let (path, body) = (heard.url.path(), body.as_bytes());
    let request = Request { method: &heard.method, path, query: &query, headers: &headers, body };
    match double.request(&request, now_ms) {
        Outcome::Answered(nochnik_doubles::Answer { status: 204, .. }) => Reply::empty(204),
        Outcome::Late { after_ms: LATE_MS.., .. } => Reply::Hangs,
        outcome => outcome.into(),
    }
}

fn dated(reply: Reply, now_ms: i64) -> Reply {
    match reply {
        Reply::Says(answer) => Reply::Says(Answer { date: Timestamp::from_millisecond(now_ms).ok(), ..answer }),
        other => other,
    }
}

/// A line on which others get their turn before a request arrives, and again before it is answered.
struct Winding(Line);

#[async_trait]
impl Wire for Winding {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        tokio::task::yield_now().await;
        let answer = self.0.carry(call).await;
        tokio::task::yield_now().await;
        answer
    }
}
