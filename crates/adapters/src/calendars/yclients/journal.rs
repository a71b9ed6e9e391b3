//! The journal, read with a user's token: whose time every record takes, and when a master does not work.
//!
//! A whole reading of 20 masters and two weeks with 3,000 records costs 30 pages and 20 schedules: 50 requests, a third
//! of a minute's budget. What is new costs one request, and 20 more every quarter of an hour: asked once a minute, 60
//! such salons fill the budget of one address.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Yclients;
use super::call::Token;
use super::company::Company;
use super::ours::Cursor;
use super::pace::Share;
use super::read;
use super::reading::{Hours, PAGE, Reading, Seen};
use super::record::Record;
use super::times;
use crate::failure::Failure;
use crate::ports::{Changed, EventRef, EventState, Span, Taken};

/// Changes are asked for from so long before the last one that was seen: they become visible out of order.
const OVERLAP: SignedDuration = SignedDuration::from_mins(2);
/// A schedule says nothing of its changes, so it is read again after this long.
const HOURS_FRESH: SignedDuration = SignedDuration::from_mins(15);
/// The end of what is read moves in steps: whoever reads asks for days more than anybody may book.
const HORIZON_STEP: SignedDuration = SignedDuration::from_hours(6);

impl Yclients {
    pub(super) async fn journal(
        &self,
        company: &Company,
        known: Option<Cursor>,
        span: Span,
        reading: &mut Reading,
    ) -> Result<Seen, Failure> {
        let days = times::days(span, &company.zone);
        let is_whole = known.is_none();
        let (Some(first), Some(last)) = (days.first(), days.last()) else {
            let (changed, to) = known.map_or((None, span.to.as_second()), |known| (known.changed, known.to));
            return Ok(Seen { events: Vec::new(), is_whole, changed, to });
        };
        let mut to = span.to.as_second();
        let since = known.as_ref().and_then(|known| known.changed);
        let mut records: BTreeMap<i64, Record> = BTreeMap::new();
        match since.and_then(|since| Timestamp::from_second(since).ok()) {
            Some(since) => {
                let after = since.saturating_sub(OVERLAP).unwrap_or(since).to_zoned(company.zone.clone());
                let after = after.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
                let changed = self.records(company, &[("changed_after", &after)], reading).await?;
                records.extend(changed.into_iter().map(|record| (record.id, record)));
                // What lay beyond the end of the last reading has not changed, and yet is news.
                let read_to = known.as_ref().and_then(|known| Timestamp::from_second(known.to).ok());
                match read_to.filter(|read_to| span.to.duration_since(*read_to) < HORIZON_STEP) {
                    Some(read_to) => to = read_to.as_second(),
                    None => {
                        let from = company.zone.to_datetime(read_to.unwrap_or(span.from).max(span.from)).date();
                        let newer = self.records_of(company, from, *last, reading).await?;
                        records.extend(newer.into_iter().map(|record| (record.id, record)));
                    }
                }
            }
            None => {
                let all = self.records_of(company, *first, *last, reading).await?;
                records.extend(all.into_iter().map(|record| (record.id, record)));
            }
        }
        let mut events: Vec<Changed> =
            records.values().filter_map(|record| self.record_event(record, span, is_whole)).collect();
        for staff in self.options.staff.keys() {
            events.extend(self.hours_events(*staff, company, &days, span, is_whole, reading).await?);
        }
        // What was changed while the reading went on may have been read as it was before.
        let lasts = reading.lasts(self.account.now()).as_secs();
        let seen = records.values().filter_map(|record| record.changed_at).max();
        Ok(Seen { events, is_whole, changed: seen.map(|at| at.as_second() - lasts).max(since), to })
    }

    pub(super) async fn records_of(
        &self,
        company: &Company,
        from: Date,
        to: Date,
        reading: &mut Reading,
    ) -> Result<Vec<Record>, Failure> {
        let (from, to) = (from.to_string(), to.to_string());
        self.records(company, &[("start_date", &from), ("end_date", &to)], reading).await
    }

    async fn records(
        &self,
        company: &Company,
        query: &[(&str, &str)],
        reading: &mut Reading,
    ) -> Result<Vec<Record>, Failure> {
        let count = PAGE.to_string();
        let query = [query, &[("with_deleted", "1"), ("count", &count)]].concat();
        reading.records(&self.account, company, &format!("records/{}", self.account.company), &query).await
    }

    /// `None`: nothing that anybody here has heard of.
    fn record_event(&self, record: &Record, span: Span, is_whole: bool) -> Option<Changed> {
        let mut ours = self.ours();
        let specialist = record.staff.and_then(|staff| self.options.staff.get(&staff)).cloned();
        let booking = ours.booking_of(record).map(str::to_owned);
        let state = match (specialist, booking) {
            _ if record.is_deleted => EventState::Gone,
            (None, None) => EventState::Gone,
            (specialist, Some(booking)) => {
                ours.note_record(record, &booking);
                EventState::Visit { booking, time: Taken { specialist, span: record.span } }
            }
            (Some(specialist), None) => match times::clip(record.span, span) {
                Some(span) => EventState::Busy(vec![Taken { specialist: Some(specialist), span }]),
                None => EventState::Gone,
            },
        };
        if is_whole && state == EventState::Gone {
            return None;
        }
        let event = EventRef { id: ours.event_id(record.id), version: record.version() };
        Some(Changed { event, state })
    }

    /// One event a day of what lies outside a master's hours; nothing where they were told of a moment ago.
    async fn hours_events(
        &self,
        staff: i64,
        company: &Company,
        days: &[Date],
        span: Span,
        is_whole: bool,
        reading: &mut Reading,
    ) -> Result<Vec<Changed>, Failure> {
        let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(Vec::new()) };
        let now = self.account.now();
        let is_fresh = |hours: &&Hours| {
            now.duration_since(hours.read_at).abs() < HOURS_FRESH && hours.days.0 <= *first && *last <= hours.days.1
        };
        let free = match reading.hours.get(&staff).filter(is_fresh) {
            Some(hours) if is_whole || reading.holds(hours.read_at) => hours.free.clone(),
            // Told of already.
            Some(_) => return Ok(Vec::new()),
            None => {
                let free = self.hours(staff, company, *first, *last).await?;
                let hours = Hours { read_at: now, days: (*first, *last), free: free.clone() };
                reading.hours.insert(staff, hours);
                free
            }
        };
        // A visit of ours takes its time by itself, wherever a person has put it.
        let free = [free, self.ours().times_of(staff)].concat();
        Ok(days.iter().filter_map(|day| self.day_event("hours", staff, *day, &free, company, span)).collect())
    }

    async fn hours(&self, staff: i64, company: &Company, from: Date, to: Date) -> Result<Vec<Span>, Failure> {
        let path = format!("schedule/{}/{staff}/{from}/{to}", self.account.company);
        let body = match self.account.ask(&path, &[], Token::User, Share::Most).await? {
            Ok(body) => body,
            Err(refusal) => {
                tracing::warn!(staff.id = staff, status = refusal.status, "YCLIENTS does not tell when a master works");
                Value::Null
            }
        };
        Ok(read::items(&body["data"]).into_iter().flat_map(|day| slots(day, company)).collect())
    }

    /// What `free` leaves of one day of a master's, as an event; a day free from end to end is one that is gone.
    pub(super) fn day_event(
        &self,
        name: &str,
        staff: i64,
        day: Date,
        free: &[Span],
        company: &Company,
        span: Span,
    ) -> Option<Changed> {
        let taken = times::rest(times::whole_day(day, &company.zone)?, free.to_vec());
        let specialist = self.options.staff.get(&staff).cloned();
        let event = EventRef { id: format!("{name}:{staff}:{day}"), version: times::version(&taken) };
        let taken: Vec<Taken> = taken
            .into_iter()
            .filter_map(|one| times::clip(one, span))
            .map(|span| Taken { specialist: specialist.clone(), span })
            .collect();
        let state = if taken.is_empty() { EventState::Gone } else { EventState::Busy(taken) };
        Some(Changed { event, state })
    }
}

/// A day that is not a working one has none, whatever stands in its list.
fn slots(day: &Value, company: &Company) -> Vec<Span> {
    let Some(date) = read::day(&day["date"], &company.zone) else { return Vec::new() };
    if read::flag(&day["is_working"]) == Some(false) {
        return Vec::new();
    }
    let slots = day["slots"].as_array().into_iter().flatten();
    slots
        .filter_map(|slot| {
            let from = read::wall(&slot["from"], date, &company.zone)?;
            let to = read::wall(&slot["to"], date, &company.zone)?;
            // «00:00» as an end is the next midnight.
            let to = if to <= from { times::whole_day(date, &company.zone)?.to } else { to };
            Some(Span { from, to })
        })
        .collect()
}
