//! One day of one specialist: when the doors are open, and the starts that fit.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::diary::{Page, Span};
use super::visit::Visit;
use crate::business::Interval;
use crate::calendar::{DAY_MIN, instant, wall_at};

/// Calls `found` with every start that fits and the minutes of useless gap it leaves around itself.
///
/// A visit keeps within one of the `open` stretches; its buffers may reach out of it but never into
/// taken time. `open` and `starts` are sorted. A gap is useless when it is shorter than `shortest`,
/// the shortest visit the specialist sells.
pub(super) fn fitting_starts(
    open: &[Span],
    page: &Page<'_, '_>,
    starts: &[Timestamp],
    visit: &Visit<'_>,
    shortest: SignedDuration,
    mut found: impl FnMut(Timestamp, i64),
) {
    for stretch in open {
        let first = starts.partition_point(|start| *start < stretch.0);
        let fitting = starts[first..].iter().take_while(|start| **start + visit.length <= stretch.1);
        for start in fitting.filter(|start| visit.is_free(**start, |from, to| page.is_free(from, to))) {
            found(*start, useless_around(*start, *stretch, page, visit, shortest));
        }
    }
}

fn useless_around(
    start: Timestamp,
    (opens_at, closes_at): Span,
    page: &Page<'_, '_>,
    visit: &Visit<'_>,
    shortest: SignedDuration,
) -> i64 {
    let (busy_from, busy_until) = (visit.busy_from(start), visit.busy_until(start));
    let (previous, next) = page.around(busy_from, busy_until);
    let before = busy_from.duration_since(previous.map_or(opens_at, |end| end.max(opens_at)));
    let after = next.map_or(closes_at, |begin| begin.min(closes_at)).duration_since(busy_until);
    useless_min(before, shortest) + useless_min(after, shortest)
}

fn useless_min(gap: SignedDuration, shortest: SignedDuration) -> i64 {
    if gap.is_positive() && gap < shortest { gap.as_mins() } else { 0 }
}

/// Stretches of the date that begin within `hours_on`, as instants. What lasts until midnight and
/// goes on after it is one stretch, so a visit may cross midnight.
pub(super) fn open_time(zone: &TimeZone, date: Date, hours_on: impl Fn(Date) -> Vec<Interval>) -> Vec<Span> {
    hours_on(date).iter().filter_map(|interval| stretch(zone, date, *interval, &hours_on)).collect()
}

fn stretch(zone: &TimeZone, date: Date, interval: Interval, hours_on: impl Fn(Date) -> Vec<Interval>) -> Option<Span> {
    let from = instant(zone, wall_at(date, interval.from_min)?)?;
    let to = instant(zone, wall_at(date, interval.to_min)?)?;
    if interval.to_min < DAY_MIN {
        return Some((from, to));
    }
    let next = date.tomorrow().ok()?;
    match hours_on(next).first() {
        Some(early) if early.from_min == 0 => Some((from, instant(zone, wall_at(next, early.to_min)?)?)),
        _ => Some((from, to)),
    }
}
