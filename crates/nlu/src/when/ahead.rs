//! Rules that count from now: «через два часа», «недели через три», «следующие 3 дня».

use jiff::{
    Span, ToSpan,
    civil::{Date, DateTime, Weekday},
};

use super::{Clock, Half, Piece, View, day};
use crate::words::Gap;

/// A larger count is no length of time that anybody waits for.
const COUNT_MAX: u32 = 1_000;

/// A length of time and whether it is told by the clock, so that it leads to a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Length {
    pub span: Span,
    pub is_clocked: bool,
    /// Tokens.
    pub len: usize,
}

/// «через месяц, неделю и 2 дня», «спустя два часа», «+15 минут», «в течение часа», «часа через два».
pub(super) fn after(view: &View<'_>) -> Option<(Piece, usize)> {
    let has_plus = view.token(0).is_some_and(|token| token.gap.has(Gap::PLUS) && token.is_digits());
    let is_within = view.is(0, &["в"]) && view.is(1, &["течение", "течении"]);
    let through = through_len(view);
    let skip = match () {
        () if through > 0 => through,
        () if is_within => 2,
        () if has_plus => 0,
        () => return inverted(view),
    };
    let length = lengths(view, skip)?;
    let len = skip + length.len;
    if length.is_clocked {
        return Some((Piece::Instant(view.now.checked_add(length.span).ok()?), len));
    }
    let target = view.today().checked_add(length.span).ok()?;
    if !is_within && is_of_years(length.span) {
        return Some((Piece::Days(target.first_of_month(), target.last_of_month()), len));
    }
    if is_within {
        // «в течение дня» tells no day.
        let is_day_long = length.len == 1 && view.is(skip, &["дня"]);
        // Two weeks are fourteen days, today among them; «в течение суток» is still tomorrow.
        let last = if length.span.get_weeks() > 0 { target.yesterday().ok()? } else { target };
        return (!is_day_long).then_some((Piece::Days(view.today(), last), len));
    }
    Some(on_weekday(view, length.span, target, len))
}

/// Two years and more: nobody who says so means the day, only about when.
fn is_of_years(span: Span) -> bool {
    span.get_years() > 1 && span.get_months() == 0 && span.get_weeks() == 0 && span.get_days() == 0
}

/// «через две недели», «недели через две, в субботу»: that day, or the day of its week that is named behind it.
fn on_weekday(view: &View<'_>, span: Span, target: Date, len: usize) -> (Piece, usize) {
    let preposition = usize::from(view.is(len, &["в", "во", "на"]));
    match day::weekday_at(view, len + preposition).filter(|_| span.get_days() == 0) {
        Some(weekday) => (Piece::Day(day::in_week_of(target, weekday)), len + preposition + 1),
        None => (Piece::Day(target), len),
    }
}

/// How many tokens say «через»: «ч/з» and «ч-з» are two.
fn through_len(view: &View<'_>) -> usize {
    let is_slashed =
        view.is(0, &["ч"]) && view.is(1, &["з"]) && view.token(1).is_some_and(|token| token.gap.is_glued());
    if is_slashed { 2 } else { usize::from(view.is(0, &["через", "спустя", "чз"])) }
}

/// «часа через два», «недельки через три», «дня через 4»: the unit stands first.
fn inverted(view: &View<'_>) -> Option<(Piece, usize)> {
    if !view.is(1, &["через"]) {
        return None;
    }
    let number = view.number(2)?;
    let (span, is_clocked) = unit(view, 0, i64::from(number.value.min(COUNT_MAX)))?;
    let len = 2 + number.len;
    if is_clocked {
        return Some((Piece::Instant(view.now.checked_add(span).ok()?), len));
    }
    Some(on_weekday(view, span, view.today().checked_add(span).ok()?, len))
}

/// «ближайшие две недели», «следующие 3 дня»: from tomorrow on; «следующие три недели» are whole ones, and «следующие две
/// недели и три дня», of which no calendar has whole ones, are told by their end.
pub(super) fn coming_days(view: &View<'_>) -> Option<(Piece, usize)> {
    if !view.starts(0, &["следующ", "ближайш"]) {
        return None;
    }
    let length = lengths(view, 1).filter(|length| !length.is_clocked)?;
    view.number(1)?;
    let is_whole = view.starts(0, &["следующ"]);
    if is_whole && is_mixed(length.span) {
        return Some((Piece::Day(view.today().checked_add(length.span).ok()?), 1 + length.len));
    }
    let first = opening(view.today(), if is_whole { length.span } else { 1.day() })?;
    let last = first.checked_add(length.span).ok()?.yesterday().ok()?;
    Some((Piece::Days(first, last), 1 + length.len))
}

/// Counted in more than one unit of the calendar.
fn is_mixed(span: Span) -> bool {
    let units =
        [i64::from(span.get_years()), span.get_months().into(), span.get_weeks().into(), span.get_days().into()];
    units.iter().filter(|count| **count > 0).count() > 1
}

/// The day that opens the next week, month or year, whichever a length is counted in, else tomorrow.
fn opening(today: Date, span: Span) -> Option<Date> {
    let last = match (span.get_years(), span.get_months(), span.get_weeks(), span.get_days()) {
        (1.., 0, 0, 0) => today.last_of_year(),
        (0, 1.., 0, 0) => today.last_of_month(),
        (0, 0, 1.., 0) => day::in_week_of(today, Weekday::Sunday),
        _ => today,
    };
    last.tomorrow().ok()
}

/// «сейчас», where a visit is meant: alone, «прямо сейчас», «можно приехать сейчас», «запишите сейчас».
pub(super) fn now(view: &View<'_>) -> Option<(Piece, usize)> {
    if !view.is(0, &["сейчас", "щас"]) {
        return None;
    }
    let is_led = view.before(1).is_some_and(|token| token.is_any(&["прямо", "на"]));
    (is_led || is_of_visit(view)).then_some((Piece::Instant(view.now), 1))
}

/// Whether the word of time tells when to come: alone, beside a word of coming, last after «запишите».
pub(super) fn is_of_visit(view: &View<'_>) -> bool {
    const ORDERS: &[&str] = &["запиш", "прими", "возьми", "вызов", "напомн", "постав", "сделай", "подстриги"];
    const COMING: &[&str] = &["приед", "приех", "подъе", "прийт", "придт", "прид", "подойт", "подойд"];
    // What has an hour by itself: «приём ночью», «дедлайн сейчас».
    const MEETINGS: &[&str] = &["прием", "запис", "визит", "сеанс", "встреч", "дедлайн"];
    let is_last = view.token(1).is_none_or(|token| token.gap.ends_sentence());
    let is_led = view
        .before(1)
        .is_some_and(|token| token.starts_any(COMING) || is_last && (token.is("можно") || token.starts_any(MEETINGS)));
    let said = view.tokens.get(..=view.at).unwrap_or_default();
    let clause = said.iter().rposition(|token| token.gap.ends_clause()).unwrap_or(0);
    // «запишите на завтра, и открыта ли парковка ночью»: of a clause of its own the word must be the whole.
    let from = if clause == view.at { 0 } else { clause };
    let is_ordered = || is_last && said.iter().skip(from).any(|token| token.starts_any(ORDERS));
    is_led || is_ordered() || view.starts(1, COMING) || view.tokens.len() == 1
}

/// «ближайшие три часа», «в ближайший час»: from now on; «следующие 15 минут» are whole ones.
pub(super) fn coming_hours(view: &View<'_>) -> Option<(Piece, usize)> {
    if !view.starts(0, &["следующ", "ближайш"]) {
        return None;
    }
    let length = lengths(view, 1).filter(|length| length.is_clocked)?;
    if view.starts(0, &["следующ"]) && view.is(1, &["час"]) {
        return next_hour(view, 2);
    }
    let is_whole = view.starts(0, &["следующ"]);
    let from = if is_whole { striking(view.now, length.span)? } else { view.now };
    Some((Piece::Span(from, from.checked_add(length.span).ok()?), 1 + length.len))
}

/// The moment that opens the next hour or minute, whichever a length is counted in.
fn striking(now: DateTime, span: Span) -> Option<DateTime> {
    let minute = now.with().second(0).subsec_nanosecond(0).build().ok()?;
    let is_hourly = span.get_hours() > 0 && span.get_minutes() == 0;
    let is_of_seconds = span.get_hours() == 0 && span.get_minutes() == 0;
    match () {
        () if is_hourly => minute.with().minute(0).build().ok()?.checked_add(1.hour()).ok(),
        // The next second is of this minute.
        () if is_of_seconds => Some(minute),
        () => minute.checked_add(1.minute()).ok(),
    }
}

/// «в следующий час», «в следующий час в 15 минут»: the hour that the clock strikes next.
fn next_hour(view: &View<'_>, len: usize) -> Option<(Piece, usize)> {
    let next = striking(view.now, 1.hour())?;
    let minutes = view.number(len + 1).filter(|minutes| minutes.value < 60 && view.is(len, &["в"]));
    let Some(minutes) = minutes.filter(|minutes| view.starts(len + 1 + minutes.len, &["мин"])) else {
        return Some((Piece::Instant(next), len));
    };
    let moment = next.checked_add(i64::from(minutes.value).minutes()).ok()?;
    Some((Piece::Instant(moment), len + 2 + minutes.len))
}

/// «завтра в этот же час»: what the clock shows now, on a day that is named. «В это же время» is that of a visit.
pub(super) fn this_hour(view: &View<'_>) -> Option<(Piece, usize)> {
    let skip = usize::from(view.is(0, &["в"]));
    let is_said = view.is(skip, &["этот", "текущий"]);
    let at = skip + 1 + usize::from(view.is(skip + 1, &["же", "самый"]));
    let is_hour = view.is(at, &["час"]);
    let now = Clock { hour: view.now.hour(), minute: view.now.minute(), half: Some(half_of(view.now.hour())) };
    (is_said && is_hour && view.follows_date).then_some((Piece::At(now), at + 1))
}

/// The half of the day in which the clock shows this hour.
fn half_of(hour: i8) -> Half {
    match hour {
        0..=4 => Half::Night,
        5..=11 => Half::Morning,
        12..=16 => Half::Day,
        _ => Half::Evening,
    }
}

/// A year, months, weeks, days, hours, minutes, seconds: nobody names more, and a row without end is not followed.
const LENGTHS_MAX: usize = 7;

/// One length after another: «1 час 20 минут», «месяц, неделю и 2 дня», «2 ч. 20 мин.».
pub(super) fn lengths(view: &View<'_>, at: usize) -> Option<Length> {
    let mut whole = length(view, at)?;
    for _ in 1..LENGTHS_MAX {
        let link = usize::from(view.is(at + whole.len, &["и"]));
        let is_short = view.is(at + whole.len - 1, &["ч", "мин", "сек", "нед", "дн", "мес", "г"]);
        let is_apart = view
            .token(at + whole.len)
            .is_none_or(|token| token.gap.ends_sentence() && !(is_short && token.gap.is_dotted()));
        let Some(next) = length(view, at + whole.len + link).filter(|_| !is_apart) else { return Some(whole) };
        whole = Length {
            span: sum(whole.span, next.span)?,
            is_clocked: whole.is_clocked || next.is_clocked,
            len: whole.len + link + next.len,
        };
    }
    Some(whole)
}

/// Both lengths, unit by unit: a month stays a month.
fn sum(left: Span, right: Span) -> Option<Span> {
    Span::new()
        .try_years(left.get_years() + right.get_years())
        .and_then(|span| span.try_months(left.get_months() + right.get_months()))
        .and_then(|span| span.try_weeks(left.get_weeks() + right.get_weeks()))
        .and_then(|span| span.try_days(left.get_days() + right.get_days()))
        .and_then(|span| span.try_hours(left.get_hours() + right.get_hours()))
        .and_then(|span| span.try_minutes(left.get_minutes() + right.get_minutes()))
        .and_then(|span| span.try_seconds(left.get_seconds() + right.get_seconds()))
        .ok()
}

/// «два с половиной часа», «полтора часа», «пару дней», «неделю», «полгода».
fn length(view: &View<'_>, at: usize) -> Option<Length> {
    if let Some((span, is_clocked, len)) = fused(view, at) {
        return Some(Length { span, is_clocked, len });
    }
    let (count, len, is_half_more) = match view.number(at) {
        Some(number) => {
            let has_half = view.is(at + number.len, &["с"]) && view.starts(at + number.len + 1, &["половин"]);
            (number.value, number.len + 2 * usize::from(has_half), has_half)
        }
        None if view.is(at, &["пару", "пары", "двое"]) => (2, 1, false),
        None if view.is(at, &["трое"]) => (3, 1, false),
        None if view.is(at, &["полтора", "полторы"]) => (1, 1, true),
        // «две недели, часов в семь», «неделю, час дня»: no further length.
        None if view.is(at, MANY) || is_hour_of_day(view, at) => return None,
        None => (1, 0, false),
    };
    let (span, is_clocked) = unit(view, at + len, i64::from(count.min(COUNT_MAX)))?;
    let half = if is_half_more { half_unit(view, at + len)? } else { Span::new() };
    let span = sum(span, half)?;
    Some(Length { span, is_clocked, len: len + 1 })
}

/// Of such a unit there is more than one, and it says how many.
const MANY: &[&str] =
    &["часов", "часиков", "минут", "минуток", "секунд", "дней", "деньков", "недель", "месяцев", "лет"];

/// «час дня», «час ночи».
fn is_hour_of_day(view: &View<'_>, at: usize) -> bool {
    view.is(at, &["час"]) && view.is(at + 1, &["дня", "ночи", "утра"])
}

/// Lengths with a half in one word, and quarters of an hour.
fn fused(view: &View<'_>, at: usize) -> Option<(Span, bool, usize)> {
    Some(match () {
        () if view.is(at, &["полчаса", "полчасика", "полчасик", "получаса"]) => {
            (30.minutes(), true, 1)
        }
        () if view.is(at, &["пол"]) && view.is(at + 1, &["часа", "часика"]) => (30.minutes(), true, 2),
        () if view.starts(at, &["четверт"]) && view.is(at + 1, &["часа"]) => (15.minutes(), true, 2),
        () if view.is(at, &["полгода"]) => (6.months(), false, 1),
        () if view.is(at, &["полмесяца"]) => (15.days(), false, 1),
        () => return None,
    })
}

/// `count` of the unit at a token, and whether the clock tells it.
fn unit(view: &View<'_>, at: usize, count: i64) -> Option<(Span, bool)> {
    let token = view.token(at)?;
    let is_short = |words: &[&str]| token.is_any(words);
    Some(match () {
        () if token.starts_any(&["секунд"]) || is_short(&["сек"]) => (count.seconds(), true),
        () if token.starts_any(&["минут"]) || is_short(&["мин"]) => (count.minutes(), true),
        () if is_short(&["час", "часа", "часов", "часик", "часика", "часиков", "часок", "ч"]) => {
            (count.hours(), true)
        }
        () if is_short(&["день", "дня", "дней", "дн", "денек", "денька", "деньков", "сутки", "суток"]) => {
            (count.days(), false)
        }
        () if token.starts_any(&["недел"]) || is_short(&["нед"]) => (count.weeks(), false),
        () if token.starts_any(&["месяц"]) || is_short(&["мес"]) => (count.months(), false),
        () if is_short(&["год", "года", "лет", "годик"]) => (count.years(), false),
        () => return None,
    })
}

/// Half of the unit at a token.
fn half_unit(view: &View<'_>, at: usize) -> Option<Span> {
    let token = view.token(at)?;
    Some(match () {
        () if token.starts_any(&["минут"]) => 30.seconds(),
        () if token.starts_any(&["час"]) => 30.minutes(),
        () if token.starts_any(&["недел"]) => 4.days(),
        () if token.starts_any(&["месяц"]) => 15.days(),
        () if token.starts_any(&["год"]) => 6.months(),
        () => return None,
    })
}
