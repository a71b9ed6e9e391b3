//! Looks through the days of a window for slots.

use std::collections::HashMap;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::day::{fitting_starts, open_time};
use super::diary::{Diaries, Page, Span};
use super::visit::{Visit, minutes};
use super::{Extra, Lesson, Seat, Slot, SlotAsk, Window};
use crate::business::{Business, Interval, Settings, Specialist, WeekTime};
use crate::calendar::{hours_on, minute_of, real_instant, specialist_hours_on, wall_at};
use crate::limits::SLOTS_MAX;
use crate::values::SpecialistId;

/// Lists free slots that begin within the window, earliest first, at most [`SLOTS_MAX`].
///
/// Slots start on the policy's grid, not sooner than its lead time and not later than its horizon,
/// and the visit ends within the hours of both business and specialist. Of slots that start
/// together the one that breaks up the specialist's day least comes first, then the one whose
/// specialist stands higher in the document. An hour that the autumn change repeats is offered
/// once. A service with its own times begins only then; of a lesson the lowest free seat is offered
/// while there is one. Empty means «нет окон»; also for no services, an unknown service or
/// specialist, and for a lesson together with other services.
pub fn free_slots(business: &Business, ask: &SlotAsk, now: Timestamp) -> Vec<Slot> {
    let Some(search) = Search::new(business, ask, lead(business, now), now) else { return Vec::new() };
    let (first, last) = ask.window.days();
    let mut slots = Vec::new();
    for date in days(first.max(search.earliest_on), last.min(search.last_on)) {
        let room = SLOTS_MAX - slots.len();
        slots.extend(search.on(date, &ask.window).iter().take(room).filter_map(|found| search.slot(found)));
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
    let search = Search::new(business, ask, lead(business, now), now);
    search.map_or_else(Vec::new, |search| search.near(around, n))
}

/// The first moment at which a client may come.
fn lead(business: &Business, now: Timestamp) -> Timestamp {
    now + minutes(business.settings.document.policy.lead_time_min)
}

fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    first.series(1.day()).take_while(move |date| *date <= last)
}

/// A neighbour farther than this leaves no useless gap: no visit is longer.
const NEIGHBOUR_REACH: SignedDuration = SignedDuration::from_hours(24);

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
pub(super) struct Search<'a> {
    settings: &'a Settings,
    visit: Visit<'a>,
    candidates: Vec<Candidate<'a>>,
    diaries: Diaries<'a>,
    earliest_at: Timestamp,
    earliest_on: Date,
    last_on: Date,
}

impl<'a> Search<'a> {
    /// `None` when nothing could ever fit: no services, or one nobody knows.
    pub fn new(business: &'a Business, ask: &SlotAsk, earliest_at: Timestamp, now: Timestamp) -> Option<Self> {
        let settings = &business.settings;
        let policy = &settings.document.policy;
        let visit = Visit::new(settings, &ask.services)?;
        let candidates = candidates(settings, ask);
        let diaries = Diaries::new(&business.busy, candidates.iter().map(|candidate| candidate.specialist), &visit);
        Some(Self {
            settings,
            visit,
            candidates,
            diaries,
            earliest_at,
            earliest_on: settings.wall(earliest_at).date(),
            last_on: settings.wall(now).date().saturating_add(i64::from(policy.horizon_days).days()),
        })
    }

    /// The last date on which a visit may begin.
    pub fn last_on(&self) -> Date {
        self.last_on
    }

    /// Nobody does all of this.
    pub fn is_nobodys(&self) -> bool {
        self.candidates.is_empty()
    }

    /// Whether a visit may begin at this time of the week: one that has times of its own begins only then.
    pub fn may_begin(&self, wall: DateTime) -> bool {
        let starts = self.visit.starts;
        let is_it = |start: &WeekTime| start.weekday == wall.weekday() && start.minute == minute_of(wall);
        starts.is_empty() || starts.iter().any(is_it)
    }

    /// The visit at this very moment with each who has the time, in the order of the document: neither hours nor the
    /// grid are looked at.
    pub fn at(&self, starts_at: Timestamp) -> Vec<Slot> {
        let found = (0..self.candidates.len()).map(|candidate| Found { starts_at, useless_min: 0, candidate });
        let is_free = |found: &Found| {
            let page = self.diaries.page(found.candidate, self.time(starts_at));
            self.visit.is_free(starts_at, |from, to| page.is_free(from, to))
        };
        found.filter(is_free).filter_map(|found| self.slot(&found)).collect()
    }

    /// One slot for each start of the day that fits, earliest first.
    pub fn starts(&self, date: Date) -> Vec<Slot> {
        let mut found = self.on(date, &Window::of_days(date, date));
        found.dedup_by_key(|found| found.starts_at);
        found.iter().filter_map(|found| self.slot(found)).collect()
    }

    /// As [`nearest`].
    pub fn near(&self, around: DateTime, n: usize) -> Vec<Slot> {
        let wanted_min = minute_of(around);
        let n = n.min(SLOTS_MAX);
        let mut slots = Vec::new();
        for date in days(around.date().max(self.earliest_on), self.last_on) {
            let mut found = self.on(date, &Window::of_days(date, date));
            found.dedup_by_key(|found| found.starts_at);
            found.sort_by_key(|found| self.distance(found, date, wanted_min));
            slots.extend(found.iter().take(n - slots.len()).filter_map(|found| self.slot(found)));
            if slots.len() == n {
                break;
            }
        }
        slots
    }

    /// What fits on one day within the window, in the order of slots.
    fn on(&self, date: Date, window: &Window) -> Vec<Found> {
        let starts = self.starts_on(date, window);
        let mut found = Vec::new();
        let (Some(first), Some(last)) = (starts.first(), starts.last()) else { return found };
        let day = (self.visit.busy_from(*first) - NEIGHBOUR_REACH, self.visit.busy_until(*last) + NEIGHBOUR_REACH);
        for (place, candidate) in self.candidates.iter().enumerate() {
            let hours = |date| specialist_hours_on(&self.settings.document, candidate.specialist, date);
            let open = open_time(&self.settings.zone, date, hours);
            let page = self.diaries.page(place, day);
            fitting_starts(&open, &page, &starts, &self.visit, candidate.shortest, |starts_at, useless_min| {
                let start = Found { starts_at, useless_min, candidate: place };
                if self.extra(&start, &page).is_some() {
                    found.push(start);
                }
            });
        }
        found.sort_unstable();
        found
    }

    /// Instants within the hours, the window and the lead time, earliest first: of the grid, or the
    /// service's own.
    fn starts_on(&self, date: Date, window: &Window) -> Vec<Timestamp> {
        let zone = &self.settings.zone;
        let mut starts = Vec::new();
        for minute in self.minutes_on(date) {
            let wall = wall_at(date, minute).filter(|wall| window.contains(*wall));
            starts.extend(wall.and_then(|wall| real_instant(zone, wall)).filter(|start| *start >= self.earliest_at));
        }
        starts
    }

    fn minutes_on(&self, date: Date) -> Vec<u16> {
        let document = &self.settings.document;
        let grid = document.policy.grid_min.max(1);
        let mut minutes: Vec<u16> = if self.visit.starts.is_empty() {
            let of_grid =
                |open: &Interval| (open.from_min.next_multiple_of(grid)..open.to_min).step_by(usize::from(grid));
            hours_on(document, date).iter().flat_map(of_grid).collect()
        } else {
            let own = self.visit.starts.iter().filter(|start| start.weekday == date.weekday());
            own.map(|start| start.minute).collect()
        };
        minutes.sort_unstable();
        minutes.dedup();
        minutes
    }

    /// Minutes on the wall from the wanted minute of the date; of two equal the later is nearer.
    fn distance(&self, found: &Found, date: Date, wanted_min: u16) -> (u16, bool) {
        let wall = self.settings.wall(found.starts_at);
        debug_assert_eq!(wall.date(), date, "a start belongs to its day");
        let minute = minute_of(wall);
        (minute.abs_diff(wanted_min), minute < wanted_min)
    }

    /// The seat and the units such a visit would take; `None` when there are none left.
    fn extra(&self, found: &Found, page: &Page<'_, '_>) -> Option<Extra> {
        let starts_at = found.starts_at;
        let mut extra = self.visit.extra(starts_at);
        if let Some((service, capacity)) = &self.visit.group {
            let specialist = SpecialistId::new(&*self.candidates[found.candidate].specialist.id);
            let lesson = Lesson { specialist, service: service.clone(), starts_at };
            let used =
                page.seats_of(&lesson, self.time(starts_at)).filter(|used| used.len() < usize::from(*capacity))?;
            let number = (1..=*capacity).find(|number| !used.contains(number))?;
            extra.seat = Some(Seat { lesson, number });
        }
        let lesson = extra.seat.as_ref().map(|seat| &seat.lesson);
        for need in &self.visit.needs {
            let time = need.time(starts_at);
            extra.units.push((self.diaries.unit(need.resource, time, lesson)?, time.0, time.1));
        }
        Some(extra)
    }

    fn time(&self, starts_at: Timestamp) -> Span {
        (self.visit.busy_from(starts_at), self.visit.busy_until(starts_at))
    }

    fn slot(&self, found: &Found) -> Option<Slot> {
        let starts_at = found.starts_at;
        let page = self.diaries.page(found.candidate, self.time(starts_at));
        Some(Slot {
            specialist: SpecialistId::new(&*self.candidates[found.candidate].specialist.id),
            starts_at,
            ends_at: starts_at + self.visit.length,
            busy_until: self.visit.busy_until(starts_at),
            extra: self.extra(found, &page)?,
        })
    }
}

fn candidates<'a>(settings: &'a Settings, ask: &SlotAsk) -> Vec<Candidate<'a>> {
    let durations: HashMap<&str, u16> =
        settings.document.services.iter().map(|service| (service.id.as_str(), service.duration_min)).collect();
    let is_unwanted = |id: &str| ask.without.iter().any(|other| other.as_str() == id);
    let is_wanted = |specialist: &&Specialist| {
        let is_asked_for = ask.specialist.as_ref().is_none_or(|id| specialist.id == id.as_str());
        is_asked_for && !is_unwanted(&specialist.id)
    };
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
