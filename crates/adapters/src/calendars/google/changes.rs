//! What changed in the calendar: whole at first, then by Google's token, which may die at any time.
//!
//! Source: the vendor's pages on synchronizing and `events.list` of `contracts/google/calendar.v3.json`; the contract
//! sheet, 1.3.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Google;
use super::call::{Request, Said};
use super::read::{Event, FIELDS};
use crate::failure::{Failure, Scope};
use crate::ports::{Changed, Changes, EventState, Span};

/// A page holds up to this many events, the most that Google gives.
const PAGE: &str = "2500";
/// Of 2,500 events with the fields asked for, and room for what other applications keep with theirs.
const PAGE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Pages of one reading: a hundred thousand events.
const PAGES_MAX: usize = 40;
const TOKEN_BYTES_MAX: usize = 4_096;
const TOO_MANY: &str = "В календаре слишком много событий, чтобы прочесть его целиком. Заведите для записи отдельный \
                        календарь Google и укажите его в настройках.";

/// Our cursor: Google's token and the span that is known whole by it.
struct Since<'a> {
    span: Span,
    token: &'a str,
}

impl<'a> Since<'a> {
    fn parse(cursor: &'a str) -> Option<Self> {
        let mut parts = cursor.splitn(4, ' ');
        if parts.next() != Some("1") {
            return None;
        }
        let from: Timestamp = parts.next()?.parse().ok()?;
        let to: Timestamp = parts.next()?.parse().ok()?;
        let token = parts.next().filter(|token| !token.is_empty())?;
        Some(Self { span: Span { from, to }, token })
    }

    fn write(span: Span, token: &str) -> String {
        format!("1 {} {} {token}", span.from, span.to)
    }
}

/// What is read, page by page.
enum From<'a> {
    /// Whatever ends after this; its last page brings a token.
    Start(Timestamp),
    /// Whatever touches this span.
    Span(Span),
    Token(&'a str),
}

enum Ended {
    /// With the token for the next time, where Google gave one.
    Whole(Option<String>),
    /// Google does not know the token any more.
    Dead,
}

impl Google {
    pub async fn changes_after(&self, cursor: Option<&str>, span: Span) -> Result<Changes, Failure> {
        // Before the span that is known nothing was read.
        if let Some(since) = cursor.and_then(Since::parse).filter(|since| since.span.from <= span.from)
            && let Some(changes) = self.since(&since, span).await?
        {
            return Ok(changes);
        }
        let mut events = BTreeMap::new();
        match self.read(From::Start(span.from), span, &mut events).await? {
            Ended::Whole(token) => {
                // All that is missing is gone, so these need not be told of.
                events.retain(|_, changed: &mut Changed| changed.state != EventState::Gone);
                let cursor = token.map(|token| Since::write(span, &token));
                Ok(Changes { events: events.into_values().collect(), cursor, is_whole: true })
            }
            Ended::Dead => Err(Failure::Later {
                after: None,
                scope: Scope::Row,
                why: "Google Calendar asks for a whole reading in answer to one".to_owned(),
            }),
        }
    }

    /// `None`: all must be read again.
    async fn since(&self, since: &Since<'_>, span: Span) -> Result<Option<Changes>, Failure> {
        let mut events = BTreeMap::new();
        // What was beyond the span and has come into it with the time has not changed: no token tells of it.
        if since.span.to < span.to {
            let fresh = Span { from: since.span.to, to: span.to };
            if let Ended::Dead = self.read(From::Span(fresh), span, &mut events).await? {
                return Ok(None);
            }
        }
        Ok(match self.read(From::Token(since.token), span, &mut events).await? {
            Ended::Whole(token) => {
                let cursor = token.map(|token| Since::write(span, &token));
                Some(Changes { events: events.into_values().collect(), cursor, is_whole: false })
            }
            Ended::Dead => None,
        })
    }

    /// Reads all pages into `events`; the last word about an event counts.
    async fn read(
        &self,
        from: From<'_>,
        span: Span,
        events: &mut BTreeMap<String, Changed>,
    ) -> Result<Ended, Failure> {
        let fields = format!("kind,nextPageToken,nextSyncToken,items({FIELDS})");
        let mut page: Option<String> = None;
        let mut unread = 0_usize;
        for _ in 0..PAGES_MAX {
            let said = self.page(&from, &fields, page.as_deref()).await?;
            if is_dead(&said, &from) {
                return Ok(Ended::Dead);
            }
            if said.status != 200 || said.body["kind"] != "calendar#events" {
                return Err(said.refusal_of_read());
            }
            for item in said.body["items"].as_array().into_iter().flatten() {
                let event = Event::read(item, &self.tz);
                match event.and_then(|event| event.state(span).map(|state| (event, state))) {
                    Some((Event { event, .. }, state)) => {
                        events.insert(event.id.clone(), Changed { event, state });
                    }
                    None => unread += 1,
                }
            }
            page = token(&said, "nextPageToken");
            if page.is_none() {
                if unread > 0 {
                    tracing::warn!(events = unread, "Events of a Google calendar could not be read and are left out");
                }
                return Ok(Ended::Whole(token(&said, "nextSyncToken")));
            }
        }
        Err(Failure::Broken { why: format!("the calendar has more than {PAGES_MAX} pages of events"), hint: TOO_MANY })
    }

    /// Deleted events are not asked for by name: with a token they come anyway, and Google forbids to say otherwise;
    /// without one they are left out by default. Everything but the beginning is the same in all requests, as it must be.
    async fn page(&self, from: &From<'_>, fields: &str, page: Option<&str>) -> Result<Said, Failure> {
        let mut query = vec![
            ("singleEvents", "true"),
            ("maxResults", PAGE),
            ("maxAttendees", "1"),
            ("eventTypes", "default"),
            ("eventTypes", "outOfOffice"),
            ("eventTypes", "focusTime"),
            ("fields", fields),
        ];
        let (lower, upper);
        match from {
            From::Token(token) => query.push(("syncToken", token)),
            From::Start(at) => {
                lower = at.to_string();
                query.push(("timeMin", &lower));
            }
            From::Span(span) => {
                (lower, upper) = (span.from.to_string(), span.to.to_string());
                query.extend([("timeMin", lower.as_str()), ("timeMax", upper.as_str())]);
            }
        }
        query.extend(page.map(|page| ("pageToken", page)));
        let request = Request { answer_bytes_max: PAGE_BYTES_MAX, ..Request::get(None, &query) };
        self.door.call(request).await.map_err(super::call::Miss::of_read)
    }
}

/// 410 whatever was asked; a token that never was one is refused with 400.
fn is_dead(said: &Said, from: &From<'_>) -> bool {
    let is_token = matches!(from, From::Token(_));
    said.is_googles() && (said.status == 410 || said.status == 400 && is_token && said.is_about("syncToken"))
}

fn token(said: &Said, name: &str) -> Option<String> {
    let is_token = |text: &&str| !text.is_empty() && text.len() <= TOKEN_BYTES_MAX;
    said.body[name].as_str().filter(is_token).map(str::to_owned)
}
