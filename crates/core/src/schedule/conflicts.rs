//! Bookings that a changed document no longer allows: listed for a person, never dropped.

use std::collections::HashMap;

use jiff::Timestamp;

use super::day::open_time;
use super::diary::Span;
use super::visit::Visit;
use super::{Busy, Subject, Unit};
use crate::business::Settings;
use crate::calendar::{hours_on, specialist_hours_on};
use crate::values::{ServiceId, SpecialistId};

/// A held or confirmed booking, as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub booking: String,
    pub specialist: SpecialistId,
    /// The first of its services.
    pub service: ServiceId,
    pub starts_at: Timestamp,
    /// End of the visit.
    pub ends_at: Timestamp,
    /// End of the busy part.
    pub busy_until: Timestamp,
    pub units: Vec<Unit>,
}

/// Why a booking cannot stand as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    SpecialistGone,
    ServiceGone,
    /// The specialist is there but does not do this any more.
    SpecialistUnable,
    /// The business is closed at the time of the visit.
    Closed,
    /// The business is open but the specialist does not serve then.
    SpecialistOff,
    /// A chair or a room that is no more.
    UnitGone(Unit),
    /// More clients than seats in the lesson.
    NoSeat,
    /// Takes longer now and runs into the booking after it.
    RunsInto(String),
}

/// A booking and the first of its troubles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub booking: String,
    pub trouble: Trouble,
}

/// Lists the bookings that this document would not allow, the earliest visit first.
///
/// A visit is taken to last as long as it was booked for, or as long as its first service lasts
/// now where that is longer. Empty means that nothing stands in the way.
pub fn conflicts(settings: &Settings, standing: &[Standing]) -> Vec<Conflict> {
    let mut standing: Vec<&Standing> = standing.iter().collect();
    standing.sort_by_key(|booking| (booking.starts_at, &booking.booking));
    let mut run_into = overlaps(settings, &standing);
    let mut seats = Seats::default();
    let found = standing.into_iter().filter_map(|booking| {
        let trouble = alone(settings, booking)
            .or_else(|| seats.is_over(settings, booking).then_some(Trouble::NoSeat))
            .or_else(|| run_into.remove(&booking.booking).map(Trouble::RunsInto))?;
        Some(Conflict { booking: booking.booking.clone(), trouble })
    });
    found.collect()
}

/// What is wrong with the booking whatever stands beside it.
fn alone(settings: &Settings, booking: &Standing) -> Option<Trouble> {
    let document = &settings.document;
    let Some(specialist) = settings.specialist(&booking.specialist) else { return Some(Trouble::SpecialistGone) };
    if settings.service(&booking.service).is_none() {
        return Some(Trouble::ServiceGone);
    }
    if !specialist.services.iter().any(|id| id == booking.service.as_str()) {
        return Some(Trouble::SpecialistUnable);
    }
    let date = settings.wall(booking.starts_at).date();
    let is_within =
        |open: Vec<Span>| open.iter().any(|(from, to)| *from <= booking.starts_at && booking.ends_at <= *to);
    if !is_within(open_time(&settings.zone, date, |date| hours_on(document, date).to_vec())) {
        return Some(Trouble::Closed);
    }
    if !is_within(open_time(&settings.zone, date, |date| specialist_hours_on(document, specialist, date))) {
        return Some(Trouble::SpecialistOff);
    }
    let is_there = |unit: &Unit| {
        document.resources.iter().any(|resource| resource.id == unit.resource && unit.number <= resource.count)
    };
    booking.units.iter().find(|unit| !is_there(unit)).cloned().map(Trouble::UnitGone)
}

/// Clients of each lesson so far.
#[derive(Default)]
struct Seats<'a>(HashMap<(&'a SpecialistId, &'a ServiceId, Timestamp), u16>);

impl<'a> Seats<'a> {
    /// Counts one more client; whether there is no seat for this one.
    fn is_over(&mut self, settings: &Settings, booking: &'a Standing) -> bool {
        let Some(service) = settings.service(&booking.service).filter(|service| service.capacity > 1) else {
            return false;
        };
        let taken = self.0.entry((&booking.specialist, &booking.service, booking.starts_at)).or_default();
        *taken += 1;
        *taken > service.capacity
    }
}

/// Each booking that runs into a later one of its specialist, and into which.
fn overlaps(settings: &Settings, standing: &[&Standing]) -> HashMap<String, String> {
    let mut takes: Vec<(Busy, &Standing)> = Vec::new();
    for booking in standing {
        takes.extend(parts(settings, booking).into_iter().map(|part| (part, *booking)));
    }
    takes.sort_by_cached_key(|(part, _)| (part.subject.key(), part.from));
    let mut found = HashMap::new();
    for (place, (part, booking)) in takes.iter().enumerate() {
        let later =
            takes[place + 1..].iter().take_while(|(other, _)| other.subject == part.subject && other.from < part.to);
        let met = later.map(|(_, other)| *other).find(|other| !is_together(settings, booking, other));
        if let Some(met) = met.filter(|met| met.booking != booking.booking) {
            found.entry(booking.booking.clone()).or_insert_with(|| met.booking.clone());
        }
    }
    found
}

/// What the booking takes of its specialist under this document, at least as long as it was booked for.
fn parts(settings: &Settings, booking: &Standing) -> Vec<Busy> {
    let subject = || Subject::Specialist(booking.specialist.clone());
    let part = |from, to| Busy { booking: booking.booking.clone(), subject: subject(), from, to, seat: None };
    let Some(visit) = Visit::new(settings, std::slice::from_ref(&booking.service)) else {
        return vec![part(booking.starts_at, booking.busy_until)];
    };
    let mut parts = visit.parts(booking.starts_at);
    if let Some(last) = parts.last_mut() {
        last.1 = last.1.max(booking.busy_until);
    }
    parts.into_iter().map(|(from, to)| part(from, to)).collect()
}

/// Two clients of one lesson.
fn is_together(settings: &Settings, a: &Standing, b: &Standing) -> bool {
    let is_lesson = settings.service(&a.service).is_some_and(|service| service.capacity > 1);
    is_lesson && a.service == b.service && a.starts_at == b.starts_at
}
