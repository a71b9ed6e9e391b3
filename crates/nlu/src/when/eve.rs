//! Rules that count back from a day: «за день до 8 марта», «накануне нового года», «за неделю до этого».

use jiff::{Span, ToSpan};

use super::{Piece, View, ahead, calendar, day, period};
use crate::words::Token;

/// Verbs of what else is done a day before: «напомните за день до визита» wishes no other day.
const OTHER_DEEDS: &[&str] = &["напом", "предупр", "отмен", "сообщ", "позвон", "перезвон", "перенес", "перенос"];
/// Such a verb stands at most so many tokens before.
const APART_TOKENS_MAX: usize = 3;
/// What a date is told for, where the visit is before it: «8 апреля у меня поезд, причёску за день».
const EVENTS: &[&str] = &[
    "свадьб",
    "свадеб",
    "юбиле",
    "выпускн",
    "корпоратив",
    "утренник",
    "праздник",
    "фотосесси",
    "поезд",
    "самолет",
    "рейс",
    "вылет",
    "отъезд",
    "концерт",
];

/// The day so long before a date, or [`Piece::Earlier`] where the date was named before.
pub(super) fn before_day(view: &View<'_>) -> Option<(Piece, usize)> {
    let (span, len) = distance(view)?;
    let later = view.shifted(len);
    let named = calendar::of_month(&later)
        .or_else(|| calendar::dotted(&later))
        .or_else(|| period::named_day(&later))
        .or_else(|| day::weekday(&later));
    if let Some((Piece::Day(date), date_len)) = named {
        let found = date.checked_sub(span).ok()?;
        return Some((if found < view.today() { Piece::Past } else { Piece::Day(found) }, len + date_len));
    }
    let is_deed =
        (1..=APART_TOKENS_MAX).any(|back| view.before(back).is_some_and(|token| token.starts_any(OTHER_DEEDS)));
    let is_other = is_deed && !is_of_event(view);
    let days = view.today().checked_add(span).and_then(|then| view.today().until(then)).ok()?.get_days();
    (!is_other).then_some((Piece::Earlier(days), len))
}

/// How long before, and the tokens that say it.
fn distance(view: &View<'_>) -> Option<(Span, usize)> {
    if view.is(0, &["накануне"]) {
        return Some((1.day(), 1));
    }
    let length = ahead::lengths(view, 1).filter(|length| view.is(0, &["за"]) && !length.is_clocked)?;
    let len = 1 + length.len;
    if view.is(len, &["до"]) {
        return Some((length.span, len + 1));
    }
    is_of_event(view).then_some((length.span, len))
}

/// Whether an event of the client's is told before: «8 апреля у меня поезд. Напомни за день».
fn is_of_event(view: &View<'_>) -> bool {
    let said = view.tokens.get(..view.at).unwrap_or_default();
    said.iter().rposition(|token| token.starts_any(EVENTS)).is_some_and(|event| {
        let is_owned = |token: &Token| token.is("у");
        said[..event].iter().any(is_owned) && !said[event..].iter().any(is_owned)
    })
}
