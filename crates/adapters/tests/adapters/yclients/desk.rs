//! A branch, the line to it, and an engine that reads and writes as ours will: waits when told, looks up when unsure.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nochnik_adapters::Failure;
use nochnik_adapters::calendars::{self, OpenContext};
use nochnik_adapters::ports::{Calendar, Changes, EventRef, EventState, Span, Taken, Visit};
use nochnik_core::values::Phone;
use nochnik_doubles::yclients::{COMPANY, Double, Settings};
use nochnik_doubles::{Answer, Faults, Outcome, Request};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::wire::{Heard, Line, Reply};

/// Monday, 23 November 2026, 09:00 in Moscow.
pub const NOW: &str = "2026-11-23T06:00:00Z";
pub const ANNA: i64 = 6_544;
pub const MARIA: i64 = 6_545;
pub const PHONE: &str = "+79281234567";
const TRIES_MAX: usize = 400;

/// With the partner's token alone, or with a user's too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Partner,
    User,
    /// A user's token, and straight into the journal.
    Journal,
}

pub const MODES: [Mode; 3] = [Mode::Partner, Mode::User, Mode::Journal];

pub struct Desk {
    pub branch: Double,
    pub line: Line,
    pub calendar: Arc<dyn Calendar>,
    pub cursor: Option<String>,
    /// What the engine has heard: events by id, with their versions.
    pub heard: BTreeMap<String, (String, EventState)>,
    entry: BTreeMap<String, Value>,
    clock: Clock,
}

/// Begins at [`NOW`] and moves with the runtime's paused time; a request takes none of it.
#[derive(Clone, Copy)]
pub struct Clock(Instant);

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "the clock of these tests")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn now(self) -> Timestamp {
        at(NOW) + SignedDuration::try_from(self.0.elapsed()).unwrap()
    }
}

impl Desk {
    pub fn new(settings: Settings, mode: Mode) -> Self {
        Self::with(settings, mode, &[])
    }

    pub fn with(settings: Settings, mode: Mode, fields: &[(&str, Value)]) -> Self {
        Self::altered(settings, mode, fields, |_| None)
    }

    /// `alter` may answer a request in the branch's place, which then never sees it.
    pub fn altered(
        settings: Settings,
        mode: Mode,
        fields: &[(&str, Value)],
        alter: impl Fn(&Heard) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let mut entry = entry(&settings, mode);
        entry.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let branch = Double::new(settings);
        let clock = Clock::start();
        let other_end = branch.clone();
        let line = Line::to_whole(move |heard| {
            alter(heard).unwrap_or_else(|| reply(&other_end, heard, clock.now().as_millisecond()))
        });
        let calendar = open(&entry, &line, clock);
        Self { branch, line, calendar, cursor: None, heard: BTreeMap::new(), entry, clock }
    }

    /// The process begins anew, with nothing but what the engine keeps.
    pub fn restart(&mut self) {
        self.calendar = open(&self.entry, &self.line, self.clock);
    }

    pub fn now_ms(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    pub async fn pass(&self, ms: i64) {
        tokio::time::advance(Duration::from_millis(u64::try_from(ms).unwrap())).await;
        self.branch.settle(self.now_ms());
    }

    pub fn calm(&self) {
        self.branch.plan(Faults::none());
    }

    /// From now on for so many days.
    pub fn ahead(&self, days: i64) -> Span {
        let from = self.clock.now();
        Span { from, to: from + SignedDuration::from_hours(24 * days) }
    }

    /// Reads what changed, going on where a reading had to wait, and hears it as the engine would.
    pub async fn read(&mut self, span: Span) -> Result<Changes, Failure> {
        for _ in 0..TRIES_MAX {
            match self.calendar.changes(self.cursor.as_deref(), span).await {
                Ok(changes) => {
                    self.hear(&changes);
                    return Ok(changes);
                }
                Err(Failure::Later { after, .. }) => self.wait(after).await,
                Err(failure) => return Err(failure),
            }
        }
        panic!("the reading never ends");
    }

    fn hear(&mut self, changes: &Changes) {
        if changes.is_whole {
            self.heard.clear();
        }
        for changed in &changes.events {
            let (event, state) = (changed.event.clone(), changed.state.clone());
            if state == EventState::Gone {
                self.heard.remove(&event.id);
            } else {
                self.heard.insert(event.id, (event.version, state));
            }
        }
        self.cursor = changes.cursor.clone();
    }

    async fn wait(&self, after: Option<SignedDuration>) {
        let ms = after.map_or(2_000, |after| i64::try_from(after.as_millis()).unwrap());
        self.pass(ms.max(1)).await;
    }

    /// Tries until it stands or is refused, as the engine would.
    pub async fn deliver(&self, visit: &Visit, known: Option<&EventRef>) -> Result<EventRef, Failure> {
        for _ in 0..TRIES_MAX {
            match self.calendar.put(visit, known).await {
                Err(Failure::Later { after, .. }) => self.wait(after).await,
                Err(Failure::Unknown { .. }) => self.wait(None).await,
                done => return done,
            }
        }
        panic!("the visit is never written");
    }

    pub async fn take_away(&self, known: &EventRef) -> Result<(), Failure> {
        for _ in 0..TRIES_MAX {
            match self.calendar.remove(known).await {
                Err(Failure::Later { after, .. }) => self.wait(after).await,
                Err(Failure::Unknown { .. }) => self.wait(None).await,
                done => return done,
            }
        }
        panic!("the visit is never taken away");
    }

    /// Whether a stretch is free for a specialist, as far as the engine has heard.
    pub fn is_free(&self, specialist: &str, from: &str, minutes: i64) -> bool {
        let wanted = Span { from: at(from), to: at(from) + SignedDuration::from_mins(minutes) };
        let overlaps = |taken: &Taken| {
            let is_theirs = taken.specialist.as_ref().is_some_and(|ours| ours.as_str() == specialist);
            is_theirs && taken.span.from < wanted.to && wanted.from < taken.span.to
        };
        !self.heard.values().any(|(_, state)| match state {
            EventState::Busy(times) => times.iter().any(overlaps),
            EventState::Visit { time, .. } => overlaps(time),
            EventState::Gone => false,
        })
    }

    /// Where our visit stands, as far as the engine has heard: its event, and whose time it takes.
    pub fn visit_of(&self, booking: &str) -> Option<(EventRef, Taken)> {
        self.heard.iter().find_map(|(id, (version, state))| match state {
            EventState::Visit { booking: other, time } if other == booking => {
                Some((EventRef { id: id.clone(), version: version.clone() }, time.clone()))
            }
            _ => None,
        })
    }
}

/// An entry as it stands in the document. Each branch has an address of its own: limits are kept by address.
pub fn entry(settings: &Settings, mode: Mode) -> BTreeMap<String, Value> {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut entry = json!({
        "company": COMPANY,
        "partner_token": settings.partner_token,
        "base_url": format!("https://api-{number}.yclients.example/api/v1"),
        "staff": { "anna": ANNA, "maria": MARIA },
        "services": { "manicure": 331, "pedicure": 332 },
    });
    if mode != Mode::Partner {
        entry["user_token"] = json!(settings.user_token);
    }
    if mode == Mode::Journal {
        entry["book_by"] = json!("journal");
    }
    serde_json::from_value(entry).unwrap()
}

fn open(entry: &BTreeMap<String, Value>, line: &Line, clock: Clock) -> Arc<dyn Calendar> {
    let now = Arc::new(move || clock.now());
    calendars::open("yclients", entry, &OpenContext { now, wire: line.wire() }).unwrap()
}

/// What the branch answers to a request off the line.
pub fn reply(branch: &Double, heard: &Heard, at_ms: i64) -> Reply {
    let query: Vec<(String, String)> = heard.url.query_pairs().into_owned().collect();
    let headers: Vec<(String, String)> = heard.headers.clone().into_iter().collect();
    let body = if heard.body.is_null() { Vec::new() } else { heard.body.to_string().into_bytes() };
    let request =
        Request { method: &heard.method, path: heard.url.path(), query: &query, headers: &headers, body: &body };
    match branch.request(&request, at_ms) {
        Outcome::Answered(Answer { status: 204, .. }) => Reply::empty(204),
        outcome => outcome.into(),
    }
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Tuesday at 15:00 in Moscow, an hour of manicure with Anna.
pub fn visit() -> Visit {
    visit_at("2026-11-24T12:00:00Z")
}

pub fn visit_at(from: &str) -> Visit {
    Visit {
        booking: "lotos/telegram/5/1".to_owned(),
        business: "lotos".to_owned(),
        specialist: "anna".into(),
        services: vec!["manicure".into()],
        title: "Маникюр".to_owned(),
        span: Span { from: at(from), to: at(from) + SignedDuration::from_hours(1) },
        zone: "Europe/Moscow".to_owned(),
        client_name: "Ольга".to_owned(),
        client_phone: Some(Phone::parse(PHONE).unwrap()),
    }
}

/// The code of a refusal; anything else stops the test.
pub fn code<T: std::fmt::Debug>(done: Result<T, Failure>) -> String {
    match done {
        Err(Failure::Refused { code, why }) => {
            assert!(!why.contains("Ольга") && !why.contains("928"), "somebody's own words: {why}");
            code
        }
        other => panic!("not refused: {other:?}"),
    }
}
