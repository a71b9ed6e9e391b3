//! Rules that read an hour by its parts: «полвосьмого», «без пяти шесть», «десять минут шестого».

use super::{Clock, Piece, View, clock};
use crate::{numbers::Kind, words::Token};

/// «полвосьмого», «в половине восьмого», «четверть третьего», «без пятнадцати шесть».
pub(super) fn fraction(view: &View<'_>) -> Option<(Piece, usize)> {
    let skip = clock::lead_len(view);
    let (clock, len) = value(view, skip)?;
    clock::finish(view, clock, skip + len)
}

/// «в седьмом часу»: from six to seven.
pub(super) fn within_hour(view: &View<'_>) -> Option<(Piece, usize)> {
    let skip = usize::from(view.is(0, &["в", "во"]));
    let number = view.number(skip).filter(|hour| hour.kind == Kind::Ordinal && (1..=12).contains(&hour.value))?;
    if !view.is(skip + number.len, &["часу"]) {
        return None;
    }
    let half = clock::half_after(view, skip + number.len + 1);
    let hour = i8::try_from(number.value).ok()?;
    let to = Clock { hour, minute: 0, half: half.0 };
    let from = Clock { hour: if hour == 1 { 12 } else { hour - 1 }, ..to };
    Some((Piece::Range(from, to), skip + number.len + 1 + half.1))
}

/// «в начале седьмого», «к концу восьмого»: the first or the last half of the hour that leads there.
pub(super) fn edge_of_hour(view: &View<'_>) -> Option<(Piece, usize)> {
    let skip = usize::from(view.is(0, &["в", "к", "под"]));
    let is_first = view.is(skip, &["начале", "начало", "началу"]);
    if !is_first && !view.is(skip, &["конце", "конец", "концу"]) {
        return None;
    }
    let number = view.number(skip + 1).filter(|hour| hour.kind == Kind::Ordinal && (1..=12).contains(&hour.value))?;
    let len = skip + 1 + number.len;
    let is_genitive = view.token(len - 1).is_some_and(|token| token.text.ends_with("го"));
    let is_hour = view.token(len).is_none_or(|next| next.gap.ends_clause() || !next.starts_any(OF_DATES));
    if !is_genitive || !is_hour {
        return None;
    }
    let (half, half_len) = clock::half_after(view, len);
    let to = Clock { hour: i8::try_from(number.value).ok()?, minute: 0, half };
    let from = Clock { hour: if to.hour == 1 { 12 } else { to.hour - 1 }, ..to };
    let middle = Clock { minute: 30, ..from };
    let piece = if is_first { Piece::Range(from, middle) } else { Piece::Range(middle, to) };
    Some((piece, len + half_len))
}

/// After these an ordinal is no hour: «в начале второго месяца».
const OF_DATES: &[&str] = &["месяц", "недел", "квартал", "год", "класс", "семестр", "урок", "числ", "полугод"];

pub(super) fn value(view: &View<'_>, at: usize) -> Option<(Clock, usize)> {
    let token = view.token(at)?;
    let half = token.text.strip_prefix("пол").filter(|rest| !rest.is_empty());
    if let Some(hour) = half.and_then(hour_word) {
        return Some((before_hour(hour, 30)?, 1));
    }
    if token.is("пол") || token.starts_any(&["половин"]) {
        let number = view.number(at + 1).filter(|number| (1..=12).contains(&number.value))?;
        return Some((before_hour(number.value, 30)?, 1 + number.len));
    }
    if token.starts_any(&["четверть", "четверти"]) {
        let number = view.number(at + 1).filter(|number| (1..=12).contains(&number.value))?;
        return Some((before_hour(number.value, 45)?, 1 + number.len));
    }
    if let Some(found) = minutes_past(view, at) {
        return Some(found);
    }
    if token.is("без") { minutes_to(view, at) } else { None }
}

/// «без пяти шесть», «без двадцати семь», «без четверти час»: minutes that the hour lacks.
fn minutes_to(view: &View<'_>, at: usize) -> Option<(Clock, usize)> {
    let quarter = view.starts(at + 1, &["четверт"]).then_some((15, 1));
    let whole = view.number(at + 1).map(|number| (number.value, number.len));
    // «двадцати семь» is no 27 here: the hour is its last word.
    let first = view.token(at + 1).and_then(|token| token.number).map(|number| (number.value, 1));
    let mut minutes = [quarter, whole, first].into_iter().flatten().filter(|(minutes, _)| (1..=30).contains(minutes));
    minutes.find_map(|(minutes, len)| {
        let hour_at = at + 1 + len + usize::from(view.starts(at + 1 + len, &["мин"]));
        let (hour, hour_len) = match view.number(hour_at) {
            Some(number) if (1..=24).contains(&number.value) => (number.value, number.len),
            None if view.is(hour_at, &["час"]) => (1, 1),
            _ => return None,
        };
        Some((before_hour(hour, i8::try_from(minutes).ok()?)?, hour_at + hour_len - at))
    })
}

/// «пять минут третьего»: minutes of the hour that leads to the one named.
fn minutes_past(view: &View<'_>, at: usize) -> Option<(Clock, usize)> {
    let minutes = view.number(at).filter(|number| (1..=59).contains(&number.value) && number.kind != Kind::Ordinal)?;
    let unit_at = at + minutes.len;
    if !view.starts(unit_at, &["минут"]) {
        return None;
    }
    let hour = view.number(unit_at + 1).filter(|hour| hour.kind == Kind::Ordinal && (1..=12).contains(&hour.value))?;
    let left = i8::try_from(60 - minutes.value).ok()?;
    Some((before_hour(hour.value, left)?, minutes.len + 1 + hour.len))
}

/// `minutes` before an hour of the clock.
fn before_hour(hour: u32, minutes: i8) -> Option<Clock> {
    let hour = i8::try_from(hour).ok()?;
    let hour = if hour == 1 { 12 } else { hour - 1 };
    Some(Clock { hour, minute: 60 - minutes, half: None })
}

/// The hour in a fused word: «полвосьмого», «полпятого».
fn hour_word(word: &str) -> Option<u32> {
    let token = Token { text: word.to_owned(), ..Token::default() };
    crate::numbers::of_token(&token)
        .filter(|number| (1..=12).contains(&number.value) && number.kind != Kind::Digits)
        .map(|number| number.value)
}
