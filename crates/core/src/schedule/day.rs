//! One day of one specialist: the free pieces, and the starts that fit into them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::business::{Document, Interval, Specialist};
use crate::calendar::{DAY_MIN, instant, specialist_hours_on, wall_at};

/// How long a visit takes: what the client sees, and what is kept free behind it.
#[derive(Clone, Copy)]
pub(super) struct Length {
    pub visit: SignedDuration,
    pub buffer: SignedDuration,
}

/// Taken time of one specialist, half-open.
pub(super) type Taken = (Timestamp, Timestamp);

/// A stretch of free working time. A visit ends by `closes_at`; its buffer may run past closing
/// but never into `next_busy_at`.
#[derive(Clone, Copy)]
struct Piece {
    from: Timestamp,
    closes_at: Timestamp,
    next_busy_at: Timestamp,
}

impl Piece {
    fn ends_at(&self) -> Timestamp {
        self.closes_at.min(self.next_busy_at)
    }
}

/// Calls `found` with every start that fits and the minutes of useless gap it leaves around itself.
///
/// `open` and `taken` are sorted by their beginning, `starts` too. A gap is useless when it is
/// shorter than `shortest`, the shortest visit the specialist sells.
pub(super) fn fitting_starts(
    open: &[Taken],
    taken: &[Taken],
    starts: &[Timestamp],
    length: Length,
    shortest: SignedDuration,
    mut found: impl FnMut(Timestamp, i64),
) {
    for piece in free_pieces(open, taken) {
        let first = starts.partition_point(|start| *start < piece.from);
        for start in &starts[first..] {
            let ends_at = *start + length.visit;
            let busy_until = ends_at + length.buffer;
            if ends_at > piece.closes_at || busy_until > piece.next_busy_at {
                break;
            }
            let before = start.duration_since(piece.from);
            let after = piece.ends_at().duration_since(busy_until);
            found(*start, useless_min(before, shortest) + useless_min(after, shortest));
        }
    }
}

fn useless_min(gap: SignedDuration, shortest: SignedDuration) -> i64 {
    if gap.is_positive() && gap < shortest { gap.as_mins() } else { 0 }
}

/// Open time minus taken time, earliest first.
fn free_pieces(open: &[Taken], taken: &[Taken]) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(open.len() + taken.len());
    for &(opens_at, closes_at) in open {
        let mut from = opens_at;
        for &(busy_from, busy_to) in taken {
            if from >= closes_at {
                break;
            }
            if busy_from > from {
                pieces.push(Piece { from, closes_at, next_busy_at: busy_from });
            }
            from = from.max(busy_to);
        }
        if from < closes_at {
            pieces.push(Piece { from, closes_at, next_busy_at: Timestamp::MAX });
        }
    }
    pieces
}

/// Instants between which the specialist serves on the date. What lasts until midnight and goes on
/// after it is one stretch, so a visit may cross midnight.
pub(super) fn open_time(document: &Document, zone: &TimeZone, specialist: &Specialist, date: Date) -> Vec<Taken> {
    let hours = specialist_hours_on(document, specialist, date);
    hours.iter().filter_map(|interval| stretch(document, zone, specialist, date, *interval)).collect()
}

fn stretch(
    document: &Document,
    zone: &TimeZone,
    specialist: &Specialist,
    date: Date,
    interval: Interval,
) -> Option<Taken> {
    let from = instant(zone, wall_at(date, interval.from_min)?)?;
    let to = instant(zone, wall_at(date, interval.to_min)?)?;
    if interval.to_min < DAY_MIN {
        return Some((from, to));
    }
    let next = date.tomorrow().ok()?;
    match specialist_hours_on(document, specialist, next).first() {
        Some(early) if early.from_min == 0 => Some((from, instant(zone, wall_at(next, early.to_min)?)?)),
        _ => Some((from, to)),
    }
}
