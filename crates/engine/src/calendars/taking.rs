//! One look at a calendar, taken in within one transaction.

use std::collections::HashSet;

use nochnik_adapters::ports::{Changed, Changes, EventState, Span, Taken};
use nochnik_core::business::CalendarEntry;
use nochnik_core::event::What;
use nochnik_core::outside::{CalendarChange, Stands, VisitChange};
use nochnik_core::phrases::{self, Phrase};
use nochnik_core::values::SpecialistId;
use nochnik_core::waitlist::Freed;
use nochnik_core::wall;
use nochnik_store::bookings::{self, Booking};
use nochnik_store::calendars::{self, Event, Visit};
use nochnik_store::{Sql, StoreError, businesses};

use super::{Place, TAKEN_MARK, put_visit, stands, visit_of, whose};
use crate::arrived::{Arrived, instant};
use crate::businesses::Known;
use crate::duty::tell_owners;
use crate::ingest::arrive;
use crate::waitlist::tell;

/// More visits than these gone in one look are an accident, no decision: somebody emptied or left the calendar.
const GONE_AT_ONCE_MAX: usize = 3;
/// Visits named in one message.
const TOLD_MAX: usize = 5;
const VISIT_MS_MAX: i64 = 12 * 3_600_000;

/// What a look came to.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// Conversations that have news.
    pub conversations: Vec<String>,
    /// The calendar is to be put right.
    pub writes: bool,
    /// When somebody who waited for a time is to be woken.
    pub wakes_at_ms: Option<i64>,
}

/// Takes in one look at a calendar, in one transaction.
pub(super) struct Taking<'a> {
    sql: &'a mut dyn Sql,
    known: &'a Known,
    entry: &'a CalendarEntry,
    business: &'a str,
    account: &'a str,
    destination: &'a str,
    /// What was asked for.
    span: Span,
    now_ms: i64,
    /// Visits of ours over whose time something else has been put.
    covered: Vec<Booking>,
    /// Busy time is another now.
    has_moved_time: bool,
    /// Visits whose events are gone.
    gone: Vec<(Event, Booking, Visit)>,
    looked: Looked,
}

impl<'a> Taking<'a> {
    pub fn new(
        sql: &'a mut dyn Sql,
        known: &'a Known,
        entry: &'a CalendarEntry,
        destination: &'a str,
        span: Span,
        now_ms: i64,
    ) -> Self {
        Self {
            sql,
            known,
            entry,
            business: known.settings.id.as_str(),
            account: entry.account(),
            destination,
            span,
            now_ms,
            covered: Vec::new(),
            has_moved_time: false,
            gone: Vec::new(),
            looked: Looked::default(),
        }
    }

    /// Takes it all in, and tells what came of it.
    pub fn take(mut self, changes: &Changes) -> Result<Looked, StoreError> {
        for changed in &changes.events {
            self.one(changed)?;
        }
        for mark in calendars::ids_from(self.sql, self.business, self.account, TAKEN_MARK)? {
            self.is_gone(&mark)?;
        }
        if changes.is_whole {
            let present: HashSet<&str> = changes.events.iter().map(|changed| changed.event.id.as_str()).collect();
            for id in calendars::ids(self.sql, self.business, self.account)? {
                if !present.contains(id.as_str()) && !self.is_beyond(&id)? {
                    self.is_gone(&id)?;
                }
            }
            self.write_missing()?;
        }
        self.settle_gone()?;
        self.tell_of_covered()?;
        if self.has_moved_time {
            businesses::bump_busy(self.sql, self.business)?;
        }
        Ok(self.looked)
    }

    fn one(&mut self, changed: &Changed) -> Result<(), StoreError> {
        let id = changed.event.id.as_str();
        let known = calendars::get(self.sql, self.business, self.account, id)?;
        // Our own write coming back, or a whole read of what did not change. What repeats has no version of its own times.
        let is_same = known.as_ref().is_some_and(|known| {
            known.version == changed.event.version && !known.version.is_empty() && known.visit.is_some()
        });
        match &changed.state {
            EventState::Gone => self.is_gone(id),
            EventState::Visit { .. } if is_same => Ok(()),
            EventState::Visit { booking, time } => {
                match bookings::get(self.sql, self.business, booking)? {
                    Some(found) => self.visit(changed, known.and_then(|known| known.visit), found, time),
                    // Written by another installation, or before a restore: it takes time all the same.
                    None => self.busy(changed, std::slice::from_ref(time)),
                }
            }
            EventState::Busy(times) => self.busy(changed, times),
        }
    }

    /// Somebody else's event takes time, or other time than before.
    fn busy(&mut self, changed: &Changed, times: &[Taken]) -> Result<(), StoreError> {
        let id = changed.event.id.as_str();
        let new: Vec<_> = times.iter().map(|time| taken_of(self.account, time)).collect();
        let old = calendars::times(self.sql, self.business, self.account, id)?;
        let event = Event { id: id.to_owned(), version: changed.event.version.clone(), visit: None };
        calendars::put(self.sql, self.business, self.account, &event, &new)?;
        self.has_moved_time |= old != new;
        for time in new.iter().filter(|time| !old.contains(time)) {
            self.covers(time)?;
        }
        self.freed(&old.into_iter().filter(|time| !new.contains(time)).collect::<Vec<_>>())
    }

    /// Nobody was asked about the time of this visit.
    fn is_beyond(&mut self, id: &str) -> Result<bool, StoreError> {
        let event = calendars::get(self.sql, self.business, self.account, id)?;
        let end_ms = self.span.to.as_millisecond();
        Ok(event.and_then(|event| event.visit).is_some_and(|visit| visit.ends_at_ms > end_ms))
    }

    /// Visits to come that the calendar does not show yet: it is new here, or lost them.
    fn write_missing(&mut self) -> Result<(), StoreError> {
        let coming = bookings::list(self.sql, self.business, self.now_ms, self.span.to.as_millisecond())?;
        let is_here = |booking: &&Booking| stands(booking) && self.entry.is_of(&booking.specialist_id);
        for booking in coming.iter().filter(is_here) {
            let event = calendars::of_booking(self.sql, self.business, self.account, &booking.id)?;
            if event.is_none() {
                self.write(booking, false)?;
            }
        }
        Ok(())
    }

    fn is_gone(&mut self, id: &str) -> Result<(), StoreError> {
        let Some(known) = calendars::get(self.sql, self.business, self.account, id)? else { return Ok(()) };
        let old = calendars::times(self.sql, self.business, self.account, id)?;
        calendars::remove(self.sql, self.business, self.account, id)?;
        self.has_moved_time |= !old.is_empty();
        self.freed(&old)?;
        let Some(visit) = known.visit.clone() else { return Ok(()) };
        let booking = bookings::get(self.sql, self.business, &visit.booking_id)?;
        if let Some(booking) = booking.filter(|booking| stands(booking) && booking.starts_at_ms > self.now_ms) {
            self.gone.push((known, booking, visit));
        }
        Ok(())
    }

    /// A visit of ours as it stands there now. Where it differs from what both sides agreed on, somebody moved it.
    fn visit(
        &mut self,
        changed: &Changed,
        agreed: Option<Visit>,
        booking: Booking,
        time: &Taken,
    ) -> Result<(), StoreError> {
        let here = visit_of(&booking);
        let specialist = time.specialist.as_ref().map_or(booking.specialist_id.as_str(), SpecialistId::as_str);
        let there = Visit {
            booking_id: booking.id.clone(),
            specialist_id: specialist.to_owned(),
            starts_at_ms: time.span.from.as_millisecond(),
            ends_at_ms: time.span.to.as_millisecond(),
        };
        // Seen before the answer to our own write was: that is what it was written from.
        let was = agreed.unwrap_or_else(|| here.clone());
        let kept = if there == here { there.clone() } else { was.clone() };
        let event = Event { id: changed.event.id.clone(), version: changed.event.version.clone(), visit: Some(kept) };
        calendars::put(self.sql, self.business, self.account, &event, &[])?;
        // What has begun is history: a calendar may show it as it likes.
        if booking.starts_at_ms <= self.now_ms {
            return Ok(());
        }
        if !stands(&booking) {
            self.write(&booking, true)?;
        }
        if there == was || there == here {
            return Ok(());
        }
        let key = format!("calendar:{}:{}:{}", self.account, changed.event.id, changed.event.version);
        self.arrive(&key, &booking, &was, Some(&there))
    }

    fn covers(&mut self, time: &calendars::Taken) -> Result<(), StoreError> {
        let from_ms = time.starts_at_ms.max(self.now_ms);
        if from_ms >= time.ends_at_ms {
            return Ok(());
        }
        let whose = whose(self.known, self.entry, &time.specialist_id);
        // Of visits that had begun before, half a day is more than any takes.
        let near = bookings::list(self.sql, self.business, from_ms - VISIT_MS_MAX, time.ends_at_ms)?;
        let is_covered = |booking: &Booking| {
            stands(booking) && booking.visit_ends_at_ms > from_ms && whose.contains(&booking.specialist_id.as_str())
        };
        self.covered.extend(near.into_iter().filter(is_covered));
        Ok(())
    }

    /// Nothing of ours is dropped for it: a person sees which of the two holds.
    fn tell_of_covered(&mut self) -> Result<(), StoreError> {
        let mut covered = std::mem::take(&mut self.covered);
        covered.sort_by(|a, b| (a.starts_at_ms, &a.id).cmp(&(b.starts_at_ms, &b.id)));
        covered.dedup_by(|a, b| a.id == b.id);
        if covered.is_empty() {
            return Ok(());
        }
        let settings = &self.known.settings;
        let at = |ms| settings.wall(instant(ms));
        let moment = |booking: &Booking| wall::moment_short(at(booking.starts_at_ms), at(self.now_ms).date());
        let mut moments: Vec<String> = covered.iter().take(TOLD_MAX).map(moment).collect();
        if covered.len() > TOLD_MAX {
            moments.push(format!("и ещё {}", covered.len() - TOLD_MAX));
        }
        let arguments = [("calendar", self.account), ("moments", &*moments.join(", "))];
        let text = phrases::text(settings, Phrase::CalendarCovers, &arguments);
        let key = format!("calendar:covers:{}:{}:{}", self.account, covered[0].id, self.now_ms);
        tell_owners(self.sql, self.known, &key, &text, self.now_ms)
    }

    fn settle_gone(&mut self) -> Result<(), StoreError> {
        let gone = std::mem::take(&mut self.gone);
        if gone.len() > GONE_AT_ONCE_MAX {
            for (_, booking, _) in &gone {
                self.write(booking, true)?;
            }
            let count = gone.len().to_string();
            let arguments = [("calendar", self.account), ("count", &*count)];
            let text = phrases::text(&self.known.settings, Phrase::CalendarEmptied, &arguments);
            let key = format!("calendar:emptied:{}:{}", self.account, self.now_ms);
            return tell_owners(self.sql, self.known, &key, &text, self.now_ms);
        }
        for (Event { id, version, .. }, booking, visit) in gone {
            let key = format!("calendar:{}:gone:{id}:{version}", self.account);
            self.arrive(&key, &booking, &visit, None)?;
        }
        Ok(())
    }

    fn arrive(&mut self, key: &str, booking: &Booking, was: &Visit, now: Option<&Visit>) -> Result<(), StoreError> {
        let visit = VisitChange { booking: booking.id.clone(), was: stands_of(was), now: now.map(stands_of) };
        let what = What::CalendarChanged(CalendarChange { calendar: self.account.to_owned(), visit });
        let (conversation, happened) = (booking.conversation_id.as_str(), Arrived::Happened(what));
        if arrive(self.sql, self.business, key, conversation, &happened, self.now_ms)? {
            self.looked.conversations.push(conversation.to_owned());
        }
        Ok(())
    }

    /// The calendar is to show this visit as it stands here.
    fn write(&mut self, booking: &Booking, is_forced: bool) -> Result<(), StoreError> {
        let place = Place { business: self.business, account: self.account, destination: self.destination };
        let key = format!("calendar:{}:{}:{}:{}", self.account, booking.id, booking.version, self.now_ms);
        self.looked.writes = true;
        put_visit(self.sql, &place, &key, (&booking.id, &booking.conversation_id), is_forced, self.now_ms)
    }

    /// Time came free: who waits for such a time is told.
    fn freed(&mut self, times: &[calendars::Taken]) -> Result<(), StoreError> {
        for time in times.iter().filter(|time| time.ends_at_ms > self.now_ms) {
            for specialist in whose(self.known, self.entry, &time.specialist_id) {
                let freed = Freed {
                    specialist: SpecialistId::new(specialist),
                    from: instant(time.starts_at_ms.max(self.now_ms)),
                    to: instant(time.ends_at_ms),
                };
                let told = tell(self.sql, self.known, instant(self.now_ms), None, freed)?;
                self.looked.wakes_at_ms = self.looked.wakes_at_ms.into_iter().chain(told).min();
            }
        }
        Ok(())
    }
}

fn stands_of(visit: &Visit) -> Stands {
    Stands {
        specialist: SpecialistId::new(visit.specialist_id.as_str()),
        from: instant(visit.starts_at_ms),
        to: instant(visit.ends_at_ms),
    }
}

fn taken_of(calendar: &str, time: &Taken) -> calendars::Taken {
    calendars::Taken {
        calendar: calendar.to_owned(),
        specialist_id: time.specialist.as_ref().map_or_else(String::new, ToString::to_string),
        starts_at_ms: time.span.from.as_millisecond(),
        ends_at_ms: time.span.to.as_millisecond(),
    }
}
