//! From what a client said to the time we look through.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use nochnik_nlu::{Grain, When};
use serde::{Deserialize, Serialize};

use crate::business::{Interval, Settings};
use crate::calendar::{DAY_MIN, hours_on, minute_of, wall_at};

/// When a visit may begin, on the business's wall clock. Half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub from: DateTime,
    pub to: DateTime,
    /// Only these minutes of every day («на выходных утром»); `None` is the whole day.
    pub daily: Option<Interval>,
}

impl Window {
    pub fn new(from: DateTime, to: DateTime) -> Self {
        Self { from, to, daily: None }
    }

    /// Whole days, both included.
    pub fn of_days(first: Date, last: Date) -> Self {
        Self::new(first.at(0, 0, 0, 0), midnight_after(last))
    }

    /// Nothing can begin within it: what was wanted has passed.
    pub fn is_empty(&self) -> bool {
        self.from >= self.to
    }

    /// Whether a visit may begin at this wall time.
    pub fn contains(&self, wall: DateTime) -> bool {
        let minute = minute_of(wall);
        let is_in_part = self.daily.is_none_or(|part| part.from_min <= minute && minute < part.to_min);
        self.from <= wall && wall < self.to && is_in_part
    }

    /// The same, begun and ended this much earlier and later, so that what is near counts as well.
    pub fn widened(self, by: SignedDuration) -> Self {
        let from = self.from.checked_sub(by).unwrap_or(self.from);
        let to = self.to.checked_add(by).unwrap_or(self.to);
        Self { from, to, ..self }
    }

    /// Whether any wall time of `first..last` lies within it.
    pub fn meets(&self, first: DateTime, last: DateTime) -> bool {
        let (from, to) = (self.from.max(first), self.to.min(last));
        let meets_on = |date: Date| match self.daily {
            None => true,
            Some(part) => wall_or(date, part.from_min).max(from) < wall_or(date, part.to_min).min(to),
        };
        let (first, last) = Self::new(from, to).days();
        first.series(1.day()).take_while(|date| *date <= last).any(meets_on)
    }

    /// The first and the last date it touches; the last is before the first when it is empty.
    pub(super) fn days(&self) -> (Date, Date) {
        let last = self.to.checked_sub(1.nanosecond()).unwrap_or(self.to);
        let last = if self.is_empty() { self.from.date().yesterday().unwrap_or(self.from.date()) } else { last.date() };
        (self.from.date(), last)
    }
}

/// Turns a wanted time into the window in which the visit may begin. Never in the past: what has
/// passed is cut off, and a window that has passed whole comes back empty, beginning now.
///
/// A `Time` is one minute wide: the visit begins then or not at all, and [`super::nearest`] knows
/// what else there is. Without a date the nearest day is meant on which the business is open at
/// such an hour and the lead time is kept. An open end is the end of its day, for `FromDay` the
/// policy's horizon. A `Range` over several days begins at its hour of the first and ends at its hour of the last.
pub fn window_of(when: &When, now: Timestamp, settings: &Settings) -> Window {
    let wall_now = settings.wall(now);
    let part = part_of(when);
    let (first, last) = dates_of(when, part, now, settings);
    let whole = match part {
        Some(_) if when.grain == Grain::Range && first < last => {
            let at = |date: Date, at: Option<Time>, or: u16| wall_or(date, at.map_or(or, minute));
            Window::new(at(first, when.from_at, 0), at(last, when.to_at, DAY_MIN))
        }
        Some(part) if first == last => Window::new(wall_or(first, part.from_min), wall_or(first, part.to_min)),
        daily => Window { daily, ..Window::of_days(first, last) },
    };
    let from = whole.from.max(wall_now);
    Window { from, to: whole.to.max(from), ..whole }
}

/// The wanted minutes of a day; `None` for whole days.
fn part_of(when: &When) -> Option<Interval> {
    let (from, to) = (when.from_at.map(minute), when.to_at.map(minute));
    if from.is_none() && to.is_none() {
        return None;
    }
    let from_min = from.unwrap_or(0);
    let to_min = match (when.grain, to) {
        (Grain::Time, _) => from_min + 1,
        (_, Some(to_min)) if to_min > from_min => to_min,
        _ => DAY_MIN,
    };
    Some(Interval { from_min, to_min })
}

fn minute(time: Time) -> u16 {
    minute_of(time.on(2000, 1, 1))
}

/// First and last wanted date, both included.
fn dates_of(when: &When, part: Option<Interval>, now: Timestamp, settings: &Settings) -> (Date, Date) {
    let today = settings.wall(now).date();
    let horizon = today.saturating_add(i64::from(settings.document.policy.horizon_days).days());
    match (when.grain, when.from_on.or(when.to_on)) {
        (Grain::FromDay, first) => (first.unwrap_or(today), horizon.max(first.unwrap_or(today))),
        (_, Some(first)) => (first, when.to_on.unwrap_or(first).max(first)),
        (Grain::Days, None) => (today, horizon),
        (_, None) => {
            let date = part.map_or(today, |part| nearest_day(part, now, settings));
            (date, date)
        }
    }
}

/// The nearest day on which a visit may still begin within this part of the day; today or
/// tomorrow, by the clock alone, when the hours of the whole horizon never allow it.
fn nearest_day(part: Interval, now: Timestamp, settings: &Settings) -> Date {
    let policy = &settings.document.policy;
    let earliest = settings.wall(now + SignedDuration::from_mins(i64::from(policy.lead_time_min)));
    let today = settings.wall(now).date();
    let days = || today.series(1.day()).take(usize::from(policy.horizon_days) + 1);
    let is_possible = |date: &Date| is_possible(part, *date, earliest, settings);
    days()
        .find(is_possible)
        .or_else(|| days().find(|date| earliest <= wall_or(*date, part.to_min - 1)))
        .unwrap_or(today)
}

/// Some minute of the part is within the hours of the date and not before `earliest`.
fn is_possible(part: Interval, date: Date, earliest: DateTime, settings: &Settings) -> bool {
    hours_on(&settings.document, date).iter().any(|open| {
        let to_min = open.to_min.min(part.to_min);
        open.from_min.max(part.from_min) < to_min && earliest <= wall_or(date, to_min - 1)
    })
}

fn midnight_after(date: Date) -> DateTime {
    wall_or(date, DAY_MIN)
}

/// A minute of the date on the wall; the end of time stands in for what lies past it.
fn wall_or(date: Date, minute: u16) -> DateTime {
    wall_at(date, minute).unwrap_or(DateTime::MAX)
}
