//! Rules that read days said loosely: «в будни», «на днях», «на той неделе».

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use super::{Piece, View, day};
use crate::words::{Token, is_past_verb};

/// «На днях» reaches so many days beyond today.
const NEAR_DAYS: i64 = 4;
/// From this hour on the workday is over and «в будни» begins tomorrow.
const WORKDAY_OVER_AT: i8 = 18;
/// Whether something is over is told by a verb at most so many tokens away.
const VERB_TOKENS_MAX: usize = 3;

/// «в будни», «по будням», «в рабочие дни»: the workdays left of this week, or those of the next.
///
/// «В любой будний день» names no day, and «в будни работаю» is no wish.
pub(super) fn workdays(view: &View<'_>) -> Option<(Piece, usize)> {
    let is_plain = view.is(0, &["будни", "будням", "буднях", "будние", "будним"]);
    let is_long = view.starts(0, &["будни", "рабочи"]) && view.is(1, &["дни", "дням", "днях"]);
    let len = if is_long { 2 } else { 1 };
    let is_led = view.before(1).is_none_or(|token| token.is_any(&["в", "по", "на", "только", "лучше", "удобно"]));
    let is_busy = view.starts(len, &["работа", "занят", "учусь"]) && !view.starts(len, &["работаете"]);
    if !(is_plain || is_long) || !is_led || is_busy {
        return None;
    }
    let today = view.today();
    let first = if view.now.hour() < WORKDAY_OVER_AT { today } else { today.tomorrow().ok()? };
    let friday = day::in_week_of(today, Weekday::Friday);
    let piece = if first < friday {
        Piece::Days(first, friday)
    } else {
        of_week(day::in_week_of(today, Weekday::Monday).checked_add(7.days()).ok()?)?
    };
    Some((piece, len))
}

/// The workdays of the week that begins on a Monday.
pub(super) fn of_week(monday: Date) -> Option<Piece> {
    Some(Piece::Days(monday, monday.checked_add(4.days()).ok()?))
}

/// Whether a piece on these tokens speaks of workdays.
pub(super) fn speaks_of_workdays(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| token.starts_any(&["будни", "рабочи"]))
}

/// «на днях», «в ближайшие дни»: the few days ahead.
pub(super) fn near_days(view: &View<'_>) -> Option<(Piece, usize)> {
    let is_said =
        (view.is(0, &["на"]) && view.is(1, &["днях"])) || (view.is(0, &["ближайшие"]) && view.is(1, &["дни"]));
    if !is_said {
        return None;
    }
    if is_over(view, 2) {
        return Some((Piece::Past, 2));
    }
    let first = view.today().tomorrow().ok()?;
    Some((Piece::Days(first, view.today().checked_add(NEAR_DAYS.days()).ok()?), 2))
}

/// «на той неделе», «на ту неделю»: the next one, unless a verb says that it is over.
pub(super) fn that_week(view: &View<'_>) -> Option<(Piece, usize)> {
    let is_led = view.before(1).is_some_and(|token| token.is_any(&["на", "с"]));
    if !is_led || !view.is(0, &["той", "ту"]) || !view.is(1, &["неделе", "неделю"]) {
        return None;
    }
    if is_over(view, 2) {
        return Some((Piece::Past, 2));
    }
    let monday = day::in_week_of(view.today(), Weekday::Monday).checked_add(7.days()).ok()?;
    Some((Piece::Days(monday, monday.checked_add(6.days()).ok()?), 2))
}

/// Whether a verb of the past stands near in the same clause: «на той неделе стригся».
fn is_over(view: &View<'_>, len: usize) -> bool {
    let after =
        (len..len + VERB_TOKENS_MAX).map_while(|offset| view.token(offset).filter(|token| !token.gap.ends_clause()));
    let is_joined = view.token(0).is_some_and(|token| !token.gap.ends_clause());
    let before = (1..=VERB_TOKENS_MAX).map_while(|distance| view.before(distance)).filter(|_| is_joined);
    after.chain(before).any(is_past_verb)
}
