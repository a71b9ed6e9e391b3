//! The business's wall clock: which instant a wall time is, and when the business is open.
//!
//! Knows nothing of bookings: an open hour may still be full.

mod holidays;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::business::{Document, Holidays, Hours, Interval, Settings, Specialist};

pub use holidays::is_holiday;

/// Minutes of a whole day; the end of an interval that lasts until midnight.
pub const DAY_MIN: u16 = 24 * 60;
/// A gap of this length or less between two open intervals of one day is a break, not the night.
const BREAK_MIN_MAX: u16 = 180;
/// How far [`next_opening`] looks: longer than any holiday a business announces.
const OPENING_SEARCH_DAYS: usize = 92;

/// Days looked back for the last closing; a business closed for longer gets the bound itself.
const CLOSED_DAYS_MAX: i64 = 14;

/// Open intervals of one date, earliest first; empty when closed. A special day wins over a holiday,
/// and a holiday over the week.
pub fn hours_on(document: &Document, date: Date) -> &Hours {
    match document.special_days.get(&date) {
        Some(hours) => hours,
        None if document.holidays == Holidays::Closed && is_holiday(date) => &[],
        None => document.hours.of(date.weekday()),
    }
}

/// Intervals of one date when this specialist serves: own hours within the business's, on days of work.
pub fn specialist_hours_on(document: &Document, specialist: &Specialist, date: Date) -> Vec<Interval> {
    if !comes_on(specialist, date) {
        return Vec::new();
    }
    let open = hours_on(document, date);
    match &specialist.hours {
        None => open.to_vec(),
        Some(own) => common(open, own.of(date.weekday())),
    }
}

/// Whether the date is a day of work by the specialist's shifts and days off.
pub fn comes_on(specialist: &Specialist, date: Date) -> bool {
    specialist.shifts.as_ref().is_none_or(|shifts| shifts.works_on(date))
        && !specialist.days_off.iter().any(|off| off.contains(date))
}

/// What two lists of intervals share, earliest first.
fn common(a: &Hours, b: &Hours) -> Vec<Interval> {
    let mut shared: Vec<Interval> = a
        .iter()
        .flat_map(|x| {
            b.iter().map(|y| Interval { from_min: x.from_min.max(y.from_min), to_min: x.to_min.min(y.to_min) })
        })
        .filter(|interval| interval.from_min < interval.to_min)
        .collect();
    shared.sort_unstable_by_key(|interval| interval.from_min);
    shared
}

/// Whether the business is open at this moment; the closing minute itself is closed.
pub fn is_open(settings: &Settings, at: Timestamp) -> bool {
    let wall = settings.wall(at);
    let minute = minute_of(wall);
    hours_on(&settings.document, wall.date()).iter().any(|open| open.from_min <= minute && minute < open.to_min)
}

/// Whether this moment is after hours: before opening, after closing or on a day off.
///
/// A break of up to three hours between two open intervals of a day is closed but not after hours.
pub fn is_after_hours(settings: &Settings, at: Timestamp) -> bool {
    let wall = settings.wall(at);
    let minute = minute_of(wall);
    let hours = hours_on(&settings.document, wall.date());
    let is_break = hours.windows(2).any(|pair| {
        let (closes, opens) = (pair[0].to_min, pair[1].from_min);
        closes <= minute && minute < opens && opens - closes <= BREAK_MIN_MAX
    });
    !is_break && !is_open(settings, at)
}

/// The last closing at or before `at`: from then on it is night work. A fortnight back when the business was closed all
/// that time.
pub fn last_closing(settings: &Settings, at: Timestamp) -> Timestamp {
    let today = settings.wall(at).date();
    let closing = |back: i64| {
        let date = today.checked_sub(back.days()).ok()?;
        let last = hours_on(&settings.document, date).last()?;
        instant(&settings.zone, wall_at(date, last.to_min)?)
    };
    let found = (0..CLOSED_DAYS_MAX).filter_map(closing).find(|closes_at| *closes_at <= at);
    found.unwrap_or_else(|| at.saturating_sub(SignedDuration::from_hours(24 * CLOSED_DAYS_MAX)).unwrap_or(at))
}

/// The first moment from `at` on when the business is open, `at` itself when it is open already.
///
/// `None` when the coming three months hold no working day.
pub fn next_opening(settings: &Settings, at: Timestamp) -> Option<Timestamp> {
    if is_open(settings, at) {
        return Some(at);
    }
    let today = settings.wall(at).date();
    today.series(1.day()).take(OPENING_SEARCH_DAYS).find_map(|date| {
        hours_on(&settings.document, date)
            .iter()
            .filter_map(|open| instant(&settings.zone, wall_at(date, open.from_min)?))
            .find(|opens_at| *opens_at >= at)
    })
}

/// Minute of the day, 0 to 1,439.
pub(crate) fn minute_of(wall: DateTime) -> u16 {
    u16::try_from(i32::from(wall.hour()) * 60 + i32::from(wall.minute())).unwrap_or(0)
}

/// A minute of the date on the wall; minute 1,440 is the next midnight. `None` past the year 9999.
pub(crate) fn wall_at(date: Date, minute: u16) -> Option<DateTime> {
    let midnight = date.at(0, 0, 0, 0);
    midnight.checked_add(i64::from(minute).minutes()).ok()
}

/// The instant of a wall time. A time that the spring change skips is taken as much later as was
/// skipped, one that the autumn change repeats is the first of the two. `None` out of range.
pub(crate) fn instant(zone: &TimeZone, wall: DateTime) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(wall).compatible().ok()
}

/// As [`instant`], but a time the spring change skips has no instant: nobody can come then.
pub(crate) fn real_instant(zone: &TimeZone, wall: DateTime) -> Option<Timestamp> {
    let moment = zone.to_ambiguous_timestamp(wall);
    if matches!(moment.offset(), jiff::tz::AmbiguousOffset::Gap { .. }) { None } else { moment.compatible().ok() }
}
