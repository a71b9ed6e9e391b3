//! Looks through the days of a window for slots.

use std::collections::HashMap;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::day::{Length, Taken, fitting_starts, open_time};
use super::{Slot, SlotAsk, Window};
use crate::business::{Business, Service, Settings, Specialist};
use crate::calendar::{hours_on, instant, minute_of, real_instant, wall_at};
use crate::limits::SLOTS_MAX;
use crate::values::SpecialistId;

/// Lists free slots that begin within the window, earliest first, at most [`SLOTS_MAX`].
///
/// Slots start on the policy's grid, not sooner than its lead time and not later than its horizon,
/// and the visit ends within the hours of both business and specialist. Of slots that start
/// together the one that breaks up the specialist's day least comes first, then the one whose
/// specialist stands higher in the document. An hour that the autumn change repeats is offered
/// once. Empty means «нет окон»; also for no services, an unknown service or specialist.
pub fn free_slots(business: &Business, ask: &SlotAsk, now: Timestamp) -> Vec<Slot> {
    let Some(search) = Search::new(business, ask, now) else { return Vec::new() };
    let (first, last) = ask.window.days();
    let mut slots = Vec::new();
    for date in days(first.max(search.earliest_on), last.min(search.last_on)) {
        let room = SLOTS_MAX - slots.len();
        slots.extend(search.on(date, &ask.window).iter().take(room).map(|found| search.slot(found)));
        if slots.len() == SLOTS_MAX {
            break;
        }
    }
    slots
}

/// Lists the `n` slots nearest to a wanted time, nearest first, at most [`SLOTS_MAX`] and one for
/// each start; the window of `ask` is not looked at.
///
/// First the wanted day on both sides of the wanted time (of two equally near the later one), then
/// the days after it, each by nearness to the same hour. A day already past becomes today.
pub fn nearest(business: &Business, ask: &SlotAsk, around: DateTime, now: Timestamp, n: usize) -> Vec<Slot> {
    let Some(search) = Search::new(business, ask, now) else { return Vec::new() };
    let wanted_min = minute_of(around);
    let n = n.min(SLOTS_MAX);
    let mut slots = Vec::new();
    for date in days(around.date().max(search.earliest_on), search.last_on) {
        let mut found = search.on(date, &Window::of_days(date, date));
        found.dedup_by_key(|found| found.starts_at);
        found.sort_by_key(|found| search.distance(found, date, wanted_min));
        slots.extend(found.iter().take(n - slots.len()).map(|found| search.slot(found)));
        if slots.len() == n {
            break;
        }
    }
    slots
}

fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    first.series(1.day()).take_while(move |date| *date <= last)
}

/// Who could serve.
struct Candidate<'a> {
    specialist: &'a Specialist,
    /// The shortest visit this specialist sells; a gap below it is useless.
    shortest: SignedDuration,
}

/// A start that fits, before it becomes a [`Slot`]. Ordered as slots are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    starts_at: Timestamp,
    useless_min: i64,
    /// Place in `Search::candidates`.
    candidate: usize,
}

/// One question, prepared: what does not change from day to day.
struct Search<'a> {
    business: &'a Business,
    candidates: Vec<Candidate<'a>>,
    places: HashMap<&'a str, usize>,
    length: Length,
    earliest_at: Timestamp,
    earliest_on: Date,
    last_on: Date,
}

impl<'a> Search<'a> {
    /// `None` when nothing could ever fit: no services, or one nobody knows.
    fn new(business: &'a Business, ask: &SlotAsk, now: Timestamp) -> Option<Self> {
        let settings = &business.settings;
        let policy = &settings.document.policy;
        let earliest_at = now + minutes(policy.lead_time_min);
        let candidates = candidates(settings, ask);
        let places = candidates.iter().enumerate().map(|(i, c)| (c.specialist.id.as_str(), i)).collect();
        Some(Self {
            business,
            candidates,
            places,
            length: length_of(settings, ask)?,
            earliest_at,
            earliest_on: settings.wall(earliest_at).date(),
            last_on: settings.wall(now).date().saturating_add(i64::from(policy.horizon_days).days()),
        })
    }

    /// What fits on one day within the window, in the order of slots.
    fn on(&self, date: Date, window: &Window) -> Vec<Found> {
        let settings = &self.business.settings;
        let starts = self.starts_on(date, window);
        let mut found = Vec::new();
        if starts.is_empty() {
            return found;
        }
        let taken = self.taken_around(date);
        for (place, candidate) in self.candidates.iter().enumerate() {
            let open = open_time(&settings.document, &settings.zone, candidate.specialist, date);
            fitting_starts(&open, &taken[place], &starts, self.length, candidate.shortest, |starts_at, useless_min| {
                found.push(Found { starts_at, useless_min, candidate: place });
            });
        }
        found.sort_unstable();
        found
    }

    /// Instants of the grid within the hours, the window and the lead time, earliest first.
    fn starts_on(&self, date: Date, window: &Window) -> Vec<Timestamp> {
        let settings = &self.business.settings;
        let grid = settings.document.policy.grid_min.max(1);
        let mut starts = Vec::new();
        for open in hours_on(&settings.document, date) {
            let first = open.from_min.next_multiple_of(grid);
            let walls = (first..open.to_min).step_by(usize::from(grid)).filter_map(|min| wall_at(date, min));
            let within = walls.filter(|wall| window.contains(*wall));
            starts.extend(within.filter_map(|wall| real_instant(&settings.zone, wall)));
        }
        starts.retain(|start| *start >= self.earliest_at);
        starts
    }

    /// Busy time of each candidate that may matter on this day, earliest first.
    ///
    /// Reaches a day further, because a visit or its buffer may cross midnight.
    fn taken_around(&self, date: Date) -> Vec<Vec<Taken>> {
        let zone = &self.business.settings.zone;
        let from = instant(zone, date.at(0, 0, 0, 0)).unwrap_or(Timestamp::MIN);
        let to = from.saturating_add(SignedDuration::from_hours(49)).unwrap_or(Timestamp::MAX);
        let mut taken = vec![Vec::new(); self.candidates.len()];
        for busy in self.business.busy.iter().filter(|busy| busy.from < to && from < busy.to && busy.from < busy.to) {
            if let Some(place) = self.places.get(busy.specialist.as_str()) {
                taken[*place].push((busy.from, busy.to));
            }
        }
        for list in &mut taken {
            list.sort_unstable();
        }
        taken
    }

    /// Minutes on the wall from the wanted minute of the date; of two equal the later is nearer.
    fn distance(&self, found: &Found, date: Date, wanted_min: u16) -> (u16, bool) {
        let wall = self.business.settings.wall(found.starts_at);
        debug_assert_eq!(wall.date(), date, "a start belongs to its day");
        let minute = minute_of(wall);
        (minute.abs_diff(wanted_min), minute < wanted_min)
    }

    fn slot(&self, found: &Found) -> Slot {
        let ends_at = found.starts_at + self.length.visit;
        Slot {
            specialist: SpecialistId::new(&*self.candidates[found.candidate].specialist.id),
            starts_at: found.starts_at,
            ends_at,
            busy_until: ends_at + self.length.buffer,
        }
    }
}

fn candidates<'a>(settings: &'a Settings, ask: &SlotAsk) -> Vec<Candidate<'a>> {
    let durations: HashMap<&str, u16> =
        settings.document.services.iter().map(|service| (service.id.as_str(), service.duration_min)).collect();
    let is_wanted = |specialist: &&Specialist| ask.specialist.as_ref().is_none_or(|id| specialist.id == id.as_str());
    let shortest = |specialist: &Specialist| {
        specialist.services.iter().filter_map(|id| durations.get(id.as_str())).min().copied().unwrap_or_default()
    };
    settings
        .specialists_for(&ask.services)
        .into_iter()
        .filter(is_wanted)
        .map(|specialist| Candidate { specialist, shortest: minutes(shortest(specialist)) })
        .collect()
}

/// Sum of the services' durations with the buffer of the last; `None` for none or an unknown one.
fn length_of(settings: &Settings, ask: &SlotAsk) -> Option<Length> {
    let services: Vec<&Service> = ask.services.iter().map(|id| settings.service(id)).collect::<Option<_>>()?;
    let last = services.last()?;
    let visit = services.iter().map(|service| minutes(service.duration_min)).sum();
    Some(Length { visit, buffer: minutes(last.buffer_min) })
}

fn minutes(min: u16) -> SignedDuration {
    SignedDuration::from_mins(i64::from(min))
}
