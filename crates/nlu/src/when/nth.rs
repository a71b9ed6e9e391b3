//! Rules that count weekdays in a month: «первый понедельник декабря», «последняя пятница месяца».

use jiff::{Span, ToSpan, civil::Date};

use super::{Piece, View, day};
use crate::numbers::Kind;

/// No month has more weekdays of one name.
const NTH_MAX: u32 = 5;

/// The first to the fifth, or the last, weekday of a name in a month: the next such day.
pub(super) fn weekday_of_month(view: &View<'_>) -> Option<(Piece, usize)> {
    let (nth, len) = place(view)?;
    let weekday = day::weekday_at(view, len)?;
    let (first, step, month_len) = month(view, len + 1)?;
    let coming = [first, first.checked_add(step).ok()?];
    let found = coming
        .into_iter()
        .filter_map(|month| month.nth_weekday_of_month(nth, weekday).ok())
        .find(|found| *found >= view.today())?;
    Some((Piece::Day(found), len + 1 + month_len))
}

/// Which of the month's weekdays, -1 for the last, and the tokens that say it.
fn place(view: &View<'_>) -> Option<(i8, usize)> {
    if view.starts(0, &["последн"]) {
        return Some((-1, 1));
    }
    let number = view.number(0).filter(|number| number.kind == Kind::Ordinal && number.value <= NTH_MAX)?;
    Some((i8::try_from(number.value).ok()?, number.len))
}

/// The first day of the month named, how far the next such month is, and the tokens.
fn month(view: &View<'_>, at: usize) -> Option<(Date, Span, usize)> {
    let today = view.today();
    if let Some(month) = day::month_at_offset(view, at) {
        return Some((day::next_month(today, month)?, 1.year(), 1));
    }
    let is_next = view.starts(at, day::NEXT);
    let skip = usize::from(is_next || view.is(at, &["этого", "текущего"]));
    let first = today.first_of_month().checked_add(i64::from(is_next).months()).ok()?;
    view.starts(at + skip, &["месяц"]).then_some((first, 1.month(), skip + 1))
}
