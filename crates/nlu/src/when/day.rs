//! Rules that read dates: words, weekdays, days of a month, weeks. Source: the labelled set's conventions.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use super::{Piece, View};
use crate::{numbers::Kind, words::Gap};

const WEEKDAYS: &[(&[&str], &[&str], Weekday)] = &[
    (&["понедельн"], &["пн", "пон", "пнд", "понед"], Weekday::Monday),
    (&["вторн"], &["вт", "втр", "втор"], Weekday::Tuesday),
    (&[], &["ср", "среда", "среду", "среды", "среде", "средам", "средой", "срд"], Weekday::Wednesday),
    (&["четверг", "четверж"], &["чт", "чтв", "чет", "четв", "четверг"], Weekday::Thursday),
    (&["пятниц", "пятнич"], &["пт", "птн", "пятн"], Weekday::Friday),
    (&["суббот", "субот"], &["сб", "суб", "субб"], Weekday::Saturday),
    (&["воскресен"], &["вс", "воскр", "вск", "воскресный"], Weekday::Sunday),
];

const MONTHS: &[(&[&str], i8)] = &[
    (&["январ", "янв"], 1),
    (&["феврал", "фев"], 2),
    (&["март"], 3),
    (&["апрел", "апр"], 4),
    (&["мая", "май", "мае"], 5),
    (&["июн"], 6),
    (&["июл"], 7),
    (&["август", "авг"], 8),
    (&["сентябр", "сент"], 9),
    (&["октябр", "окт"], 10),
    (&["ноябр", "нояб"], 11),
    (&["декабр", "дек"], 12),
];

const NEXT: &[&str] = &["следующ", "след", "будущ", "грядущ"];
const THIS: &[&str] = &["эту", "этот", "это", "эта", "этой", "этих", "эти", "ближайш", "текущ", "данн"];

/// «сегодня», «завтра», «послезавтра».
pub(super) fn near_day(view: &View<'_>) -> Option<(Piece, usize)> {
    let token = view.token(0)?;
    let (days, len) = if token.is("после") && view.is(1, &["завтра"]) {
        (2, 2)
    } else if token.starts_any(&["послезавтр", "послезавтраш"]) {
        (2, 1)
    } else if token.starts_any(&["завтра", "завтро", "завтрашн"]) && !token.starts_any(&["завтрак"])
    {
        (1, 1)
    } else if token.starts_any(&["сегодн", "седня", "седн", "сеодня"])
        || token.is_any(&["щас", "сейчас"]) && view.is(1, &["же"])
    {
        (0, 1)
    } else {
        return None;
    };
    let len = len + usize::from(view.is(len, &["днем"]) && token.starts_any(&["завтрашн"]));
    Some((Piece::Day(view.today().checked_add(i64::from(days).days()).ok()?), len))
}

/// «через три дня», «через неделю в среду», «недели через две».
pub(super) fn after_days(view: &View<'_>) -> Option<(Piece, usize)> {
    let (count, unit_at, len) = if view.is(0, &["через"]) {
        match view.number(1) {
            Some(number) => (number.value, 1 + number.len, 2 + number.len),
            None if view.is(1, &["пару"]) => (2, 2, 3),
            None => (1, 1, 2),
        }
    } else if view.is(1, &["через"]) {
        let number = view.number(2)?;
        (number.value, 0, 2 + number.len)
    } else {
        return None;
    };
    let unit = view.token(unit_at)?;
    let days = match () {
        () if unit.starts_any(&["недел"]) => i64::from(count) * 7,
        () if unit.is_any(&["день"]) && count == 1 => 2,
        () if unit.is_any(&["день", "дня", "дней", "денек", "дн"]) => i64::from(count),
        () if unit.starts_any(&["месяц"]) => {
            return Some((Piece::Day(view.today().checked_add(i64::from(count).min(24).months()).ok()?), len));
        }
        () => return None,
    };
    let target = view.today().checked_add(days.min(730).days()).ok()?;
    let preposition = usize::from(view.is(len, &["в", "во", "на"]));
    if let Some(weekday) = weekday_at(view, len + preposition).filter(|_| unit.starts_any(&["недел"])) {
        return Some((Piece::Day(in_week_of(target, weekday)), len + preposition + 1));
    }
    Some((Piece::Day(target), len))
}

/// «в среду», «в следующую среду», «по субботам», «пн».
pub(super) fn weekday(view: &View<'_>) -> Option<(Piece, usize)> {
    let is_next = view.starts(0, NEXT);
    let is_this = view.is(0, THIS) || view.starts(0, &["ближайш"]);
    let skip = usize::from(is_next || is_this);
    let weekday = weekday_at(view, skip)?;
    let coming = coming(view.today(), weekday);
    let day = if is_next { next_week_of(view.today(), coming) } else { coming };
    Some((Piece::Day(day), skip + 1))
}

/// «на следующей неделе» is Monday to Sunday; «на этой» is from today on.
pub(super) fn week(view: &View<'_>) -> Option<(Piece, usize)> {
    if !view.starts(1, &["недел"]) {
        return None;
    }
    let today = view.today();
    let monday = in_week_of(today, Weekday::Monday);
    if view.starts(0, NEXT) {
        let start = monday.checked_add(7.days()).ok()?;
        return Some((Piece::Days(start, start.checked_add(6.days()).ok()?), 2));
    }
    (view.is(0, THIS) || view.starts(0, &["ближайш"]))
        .then_some((Piece::Days(today, in_week_of(today, Weekday::Sunday)), 2))
}

/// «на выходных»: the coming Saturday and Sunday; on a Sunday those of the next week.
pub(super) fn weekend(view: &View<'_>) -> Option<(Piece, usize)> {
    let is_next = view.starts(0, NEXT);
    let skip = usize::from(is_next || view.is(0, THIS) || view.starts(0, &["ближайш"]));
    let token = view.token(skip)?;
    if !token.starts_any(&["выходн", "выхи", "уикенд", "викенд"]) || view.is(skip + 1, &["день"])
    {
        return None;
    }
    let today = view.today();
    let saturday = if today.weekday() == Weekday::Saturday { today } else { coming(today, Weekday::Saturday) };
    let saturday = if is_next { next_week_of(today, saturday) } else { saturday };
    Some((Piece::Days(saturday, saturday.checked_add(1.day()).ok()?), skip + 1))
}

/// «в начале декабря», «в конце месяца», «в декабре».
pub(super) fn part_of_month(view: &View<'_>) -> Option<(Piece, usize)> {
    const PARTS: &[(&[&str], i8, i8)] = &[(&["начал"], 1, 10), (&["середин"], 11, 20), (&["конц", "конец"], 21, 31)];
    let part = PARTS.iter().find(|(beginnings, ..)| view.starts(0, beginnings));
    let at = usize::from(part.is_some());
    let is_next = view.starts(at, NEXT);
    let month_at = at + usize::from(is_next || (part.is_some() && view.is(at, &["этого"])));
    let (first, len) = if view.starts(month_at, &["месяц"]) && (part.is_some() || is_next) {
        let this = view.today().first_of_month();
        (if is_next { this.checked_add(1.month()).ok()? } else { this }, month_at + 1)
    } else {
        let month = month_at_offset(view, month_at)?;
        let is_alone = part.is_none() && !view.before(1).is_some_and(|token| token.is_any(&["в", "на"]));
        if is_alone {
            return None;
        }
        (next_month(view.today(), month)?, month_at + 1)
    };
    let (from, to) = part.map_or((1, 31), |(_, from, to)| (*from, *to));
    let last = first.days_in_month();
    let start = date_in(first.year(), first.month(), from)?;
    let end = date_in(first.year(), first.month(), to.min(last))?;
    Some((Piece::Days(start, end), len))
}

/// «25 ноября», «пятого», «5-го», «5 числа», «26 или 27 ноября».
pub(super) fn of_month(view: &View<'_>) -> Option<(Piece, usize)> {
    let first = view.number(0)?;
    let day = i8::try_from(first.value).ok().filter(|day| (1..=31).contains(day))?;
    let mut len = first.len;
    let has_ending = first.kind == Kind::Digits
        && view.is(len, &["го", "ого", "е", "ое", "му", "ому", "ого"])
        && view.token(len).is_some_and(|token| token.gap.is_glued());
    len += usize::from(has_ending);
    if let Some(month) = month_at_offset(view, len) {
        return Some((Piece::Day(month_day(view.today(), month, day)?), len + 1));
    }
    if let Some((month, _)) = shared_month(view, len) {
        return Some((Piece::Day(month_day(view.today(), month, day)?), len));
    }
    let is_numbered = view.starts(len, &["числ"]);
    len += usize::from(is_numbered);
    let is_ordinal_day = first.kind == Kind::Ordinal && is_dated(view, first.len);
    (is_numbered || has_ending || is_ordinal_day).then_some((Piece::Day(day_of_month(view.today(), day)?), len))
}

/// «25.11», «25.11.2026», «25/11».
pub(super) fn dotted(view: &View<'_>) -> Option<(Piece, usize)> {
    let (first, second) = (view.token(0)?, view.token(1)?);
    let is_pair = first.is_digits()
        && second.is_digits()
        && second.gap.is_glued()
        && (second.gap.has(Gap::DOT) || second.gap.has(Gap::SLASH));
    if !is_pair || first.text.len() > 2 || second.text.len() != 2 {
        return None;
    }
    let day = i8::try_from(first.number?.value).ok()?;
    let month = i8::try_from(second.number?.value).ok().filter(|month| (1..=12).contains(month))?;
    let is_after_hour_word =
        view.before(1).is_some_and(|token| token.is_any(&["в", "к", "часов", "часам"])) && second.gap.has(Gap::DOT);
    if is_after_hour_word && day <= 23 {
        return None;
    }
    let year = view.token(2).filter(|token| {
        token.is_digits() && token.gap.is_glued() && (token.gap.has(Gap::DOT) || token.gap.has(Gap::SLASH))
    });
    let Some(year) = year.and_then(|token| token.number) else {
        return Some((Piece::Day(month_day(view.today(), month, day)?), 2));
    };
    let year = i16::try_from(if year.value < 100 { 2000 + year.value } else { year.value }).ok()?;
    Some((Piece::Day(date_in(year, month, day)?), 3))
}

/// «перед новым годом», «под новый год»: the last two days of the year.
pub(super) fn before_new_year(view: &View<'_>) -> Option<(Piece, usize)> {
    let is_said = view.is(0, &["перед", "до", "под"]) && view.starts(1, &["нов"]) && view.starts(2, &["год"]);
    let year = view.today().year();
    is_said.then(|| Some((Piece::Days(date_in(year, 12, 30)?, date_in(year, 12, 31)?), 3)))?
}

/// The next such weekday, strictly after today.
fn coming(today: Date, weekday: Weekday) -> Date {
    today.nth_weekday(1, weekday).unwrap_or(today)
}

/// The day of this name in the calendar week (from Monday) of a date.
fn in_week_of(day: Date, weekday: Weekday) -> Date {
    let offset = i64::from(weekday.to_monday_zero_offset()) - i64::from(day.weekday().to_monday_zero_offset());
    day.checked_add(offset.days()).unwrap_or(day)
}

/// Moves a coming day on by a week unless it already lies in the next calendar week.
///
/// On a Sunday the whole next week is «эта» for people, so the day moves then too.
fn next_week_of(today: Date, coming: Date) -> Date {
    let is_this_week = coming <= in_week_of(today, Weekday::Sunday);
    let moves = is_this_week || today.weekday() == Weekday::Sunday;
    if moves { coming.checked_add(7.days()).unwrap_or(coming) } else { coming }
}

fn weekday_at(view: &View<'_>, offset: usize) -> Option<Weekday> {
    let token = view.token(offset)?;
    WEEKDAYS
        .iter()
        .find(|(beginnings, words, _)| token.starts_any(beginnings) || token.is_any(words))
        .map(|(.., weekday)| *weekday)
}

fn month_at_offset(view: &View<'_>, offset: usize) -> Option<i8> {
    let token = view.token(offset).filter(|token| !token.gap.ends_sentence())?;
    MONTHS.iter().find(|(beginnings, _)| token.starts_any(beginnings)).map(|(_, month)| *month)
}

/// The month that a later day of the same list names: «1 и 2 января».
fn shared_month(view: &View<'_>, len: usize) -> Option<(i8, usize)> {
    if !view.is(len, &["и", "или", "либо"]) {
        return None;
    }
    let second = view.number(len + 1)?;
    month_at_offset(view, len + 1 + second.len).map(|month| (month, len))
}

/// Whether a bare ordinal («пятого», «с первого») stands where a date does.
fn is_dated(view: &View<'_>, len: usize) -> bool {
    let is_led = view.before(1).is_some_and(|token| token.is_any(&["на", "с", "до", "после"]));
    let is_genitive = view.token(len - 1).is_some_and(|token| token.text.ends_with("го"));
    let follows = view.token(len).filter(|token| !token.gap.ends_clause());
    is_genitive
        && (is_led || view.at == 0)
        && follows.is_none_or(|token| token.is_any(&["в", "на", "к", "после", "утром", "вечером", "днем", "до", "с"]))
}

fn date_in(year: i16, month: i8, day: i8) -> Option<Date> {
    Date::new(year, month, day).ok()
}

/// The next such day and month, today included.
fn month_day(today: Date, month: i8, day: i8) -> Option<Date> {
    let this = date_in(today.year(), month, day).filter(|found| *found >= today);
    this.or_else(|| date_in(today.year() + 1, month, day))
}

/// The next such day of a month, today included; a month without it is passed over.
fn day_of_month(today: Date, day: i8) -> Option<Date> {
    let mut first = today.first_of_month();
    for _ in 0..3 {
        if let Some(found) = date_in(first.year(), first.month(), day).filter(|found| *found >= today) {
            return Some(found);
        }
        first = first.checked_add(1.month()).ok()?;
    }
    None
}

fn next_month(today: Date, month: i8) -> Option<Date> {
    let year = if month < today.month() { today.year() + 1 } else { today.year() };
    date_in(year, month, 1)
}
