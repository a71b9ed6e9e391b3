//! Calendars outside → our busy time and news of our visits. Each is asked what changed about once a minute, and read
//! whole once a day, when what repeats comes nearer.
//!
//! What people did with a visit of ours becomes an event of its conversation: the core decides what follows.

pub(crate) mod bells;
mod taking;

use std::sync::Arc;
use std::time::Duration;

use nochnik_adapters::Failure;
use nochnik_adapters::ports::{Calendar, Span};
use nochnik_core::business::CalendarEntry;
use nochnik_core::phrases::{self, Phrase};
use nochnik_store::bookings::{Booking, BookingStatus};
use nochnik_store::calendars::{self, Reading, Visit};
use nochnik_store::outbox::NewRow;
use nochnik_store::{Sql, StoreError, outbox};
use tokio_util::sync::CancellationToken;

use self::taking::{Looked, Taking};
use crate::Engine;
use crate::arrived::instant;
use crate::businesses::Known;
use crate::clock::pause;
use crate::duty::tell_owners;
use crate::errand::Errand;
use crate::failures::{no_answer_in_time, not_stored};

const EVERY: Duration = Duration::from_secs(60);
/// A calendar that refuses us is tried this often.
const BROKEN_EVERY: Duration = Duration::from_secs(300);
/// The slowest vendor is given a minute for one request, and a whole read takes several.
const TIMEOUT: Duration = Duration::from_secs(300);
const DAY_MS: i64 = 86_400_000;
/// Time before now that is still read: a visit may be going on.
const BACK_MS: i64 = DAY_MS;
/// A horizon's end is read a little ahead: between two whole reads it moves.
const AHEAD_DAYS: i64 = 3;
/// What may pass by itself is told to the owners after so long.
const PATIENCE_MS: i64 = 15 * 60_000;
/// One calendar of one business, and what ends looking at it.
pub(crate) struct Watched {
    pub engine: Engine,
    pub business: String,
    pub account: String,
    pub port: Arc<dyn Calendar>,
    /// Where it may ring; `None` without a public encrypted address.
    pub hook_url: Option<String>,
    pub stop: CancellationToken,
}

impl Watched {
    pub async fn run(self) {
        let (mut ill_since_ms, mut tried_at_ms) = (None, None);
        loop {
            let looked_at_ms = self.engine.clock.now_ms();
            let looked = tokio::select! {
                biased;
                () = self.ended() => break,
                looked = self.look() => looked,
            };
            let is_open = looked.is_ok();
            let wait = match looked {
                Ok(()) => {
                    self.is_well(&mut ill_since_ms).await;
                    EVERY
                }
                Err(failure) => {
                    self.is_ill(&mut ill_since_ms, &failure).await;
                    if matches!(failure, Failure::Broken { .. }) { BROKEN_EVERY } else { EVERY }
                }
            };
            if is_open {
                self.keep_bell(&mut tried_at_ms).await;
            }
            tokio::select! {
                biased;
                () = self.ended() => break,
                () = self.rung(looked_at_ms) => {}
                () = self.engine.calendar_bell.notified() => {}
                () = pause(wait) => {}
            }
        }
        if !self.engine.tasks.is_stopping() {
            self.leave().await;
        }
    }

    /// Asks what changed and takes it in.
    async fn look(&self) -> Result<(), Failure> {
        let Some(known) = self.engine.businesses.last(&self.business) else { return Ok(()) };
        let now_ms = self.engine.clock.now_ms();
        let (business, account) = (self.business.clone(), self.account.clone());
        let read = self.engine.store.read(move |sql| calendars::reading(sql, &business, &account)).await;
        let reading = read.map_err(|error| not_stored(&error))?;
        let fresh = reading.filter(|reading| now_ms - reading.whole_at_ms < DAY_MS);
        let cursor = fresh.as_ref().and_then(|reading| reading.cursor.clone());
        let asked_for = span(&known, now_ms);
        let asked = self.port.changes(cursor.as_deref(), asked_for);
        let changes = tokio::time::timeout(TIMEOUT, asked).await.unwrap_or_else(|_| Err(no_answer_in_time()))?;
        let whole_at_ms = match &fresh {
            Some(reading) if !changes.is_whole => reading.whole_at_ms,
            _ => now_ms,
        };
        let (account, destination) = (self.account.clone(), self.port.destination());
        let take = move |sql: &mut dyn Sql| {
            let Some(entry) = known.settings.document.calendars.iter().find(|entry| entry.account() == account) else {
                return Ok(Looked::default());
            };
            let looked = Taking::new(sql, &known, entry, &destination, asked_for, now_ms).take(&changes)?;
            let reading = Reading { cursor: changes.cursor.clone(), whole_at_ms };
            calendars::put_reading(sql, known.settings.id.as_str(), &account, &reading)?;
            Ok(looked)
        };
        let looked = self.engine.store.write(take).await.map_err(|error| not_stored(&error))?;
        for conversation in &looked.conversations {
            self.engine.turns.poke(&self.business, conversation);
        }
        if looked.writes {
            self.engine.courier.look(&self.port.destination());
        }
        if let Some(due_at_ms) = looked.wakes_at_ms {
            self.engine.turns.bell.ring_by(due_at_ms);
        }
        Ok(())
    }

    async fn is_well(&self, ill_since_ms: &mut Option<(i64, bool)>) {
        self.engine.troubles.end(&reading_of(&self.business, &self.account));
        if let Some((since_ms, true)) = ill_since_ms.take() {
            self.tell(Phrase::CalendarWell, since_ms, "").await;
        }
    }

    /// An owner hears of it once: at once when only a person can mend it.
    async fn is_ill(&self, ill_since_ms: &mut Option<(i64, bool)>, failure: &Failure) {
        let (why, hint) = match failure {
            Failure::Broken { why, hint } => (why.clone(), *hint),
            failure => (failure.to_string(), ""),
        };
        tracing::warn!(calendar = %self.account, why, "Could not read the calendar {}", self.account);
        let now_ms = self.engine.clock.now_ms();
        self.engine.troubles.begin(&reading_of(&self.business, &self.account), now_ms, &why, hint);
        let (since_ms, is_told) = ill_since_ms.get_or_insert((now_ms, false));
        if !*is_told && (!hint.is_empty() || now_ms - *since_ms >= PATIENCE_MS) {
            *is_told = true;
            let since_ms = *since_ms;
            self.tell(Phrase::CalendarIll, since_ms, hint).await;
        }
    }

    async fn tell(&self, phrase: Phrase, since_ms: i64, hint: &str) {
        let Some(known) = self.engine.businesses.last(&self.business) else { return };
        let text = phrases::text(&known.settings, phrase, &[("calendar", &self.account), ("hint", hint)]);
        let (key, now_ms) = (format!("{}:{}:{since_ms}", phrase.name(), self.account), self.engine.clock.now_ms());
        let told = self.engine.store.write(move |sql| tell_owners(sql, &known, &key, text.trim(), now_ms)).await;
        match told {
            Ok(()) => drop(self.engine.courier.sweep().await),
            Err(error) => tracing::error!(%error, "Could not tell the owners of a calendar"),
        }
    }

    async fn ended(&self) {
        tokio::select! {
            biased;
            () = self.engine.tasks.stopping() => {}
            () = self.stop.cancelled() => {}
        }
    }
}

/// Under which name it is known that a calendar cannot be read.
fn reading_of(business: &str, account: &str) -> String {
    format!("calendar:{business}/{account}")
}

fn span(known: &Known, now_ms: i64) -> Span {
    let days = i64::from(known.settings.document.policy.horizon_days) + AHEAD_DAYS;
    Span { from: instant(now_ms - BACK_MS), to: instant(now_ms + days * DAY_MS) }
}

/// Begins the name of an event that only says: the calendar has just told that this time is taken. The next look at it
/// tells more.
pub(crate) const TAKEN_MARK: &str = "taken:";

/// Whose time an event of a calendar takes.
pub fn whose<'k>(known: &'k Known, entry: &'k CalendarEntry, specialist: &'k str) -> Vec<&'k str> {
    let all = known.settings.document.specialists.iter().map(|own| own.id.as_str());
    if specialist.is_empty() {
        all.filter(|own| entry.is_of(own)).collect()
    } else {
        all.filter(|own| *own == specialist).collect()
    }
}

/// A calendar, and where its rows wait.
pub(crate) struct Place<'a> {
    pub business: &'a str,
    pub account: &'a str,
    pub destination: &'a str,
}

/// Has a calendar brought up to date with a booking of a conversation.
pub(crate) fn put_visit(
    sql: &mut dyn Sql,
    place: &Place<'_>,
    key: &str,
    (booking, conversation): (&str, &str),
    is_forced: bool,
    now_ms: i64,
) -> Result<(), StoreError> {
    let errand = Errand::Visit { calendar: place.account.to_owned(), booking: booking.to_owned(), is_forced };
    let row = NewRow {
        key,
        conversation_id: conversation,
        lane: &visit_lane(place.account, booking),
        destination: place.destination,
        kind: errand.kind(),
        priority: 1,
        payload: &serde_json::to_string(&errand).unwrap_or_default(),
        created_at_ms: now_ms,
        due_at_ms: now_ms,
    };
    outbox::put(sql, place.business, &row, None).map(drop)
}

/// Rows about one booking follow each other.
pub(crate) fn visit_lane(account: &str, booking: &str) -> String {
    format!("calendar:{account}:{booking}")
}

/// Whether a booking belongs into a calendar: agreed to, or kept until a person agrees.
pub(crate) fn stands(booking: &Booking) -> bool {
    match booking.status {
        BookingStatus::Confirmed | BookingStatus::Arrived => true,
        BookingStatus::Held => booking.held_until_ms.is_none(),
        BookingStatus::NoShow | BookingStatus::Cancelled | BookingStatus::Expired => false,
    }
}

/// Where a booking stands here.
pub(crate) fn visit_of(booking: &Booking) -> Visit {
    Visit {
        booking_id: booking.id.clone(),
        specialist_id: booking.specialist_id.clone(),
        starts_at_ms: booking.starts_at_ms,
        ends_at_ms: booking.visit_ends_at_ms,
    }
}
