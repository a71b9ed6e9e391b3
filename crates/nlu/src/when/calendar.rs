//! Rules that read days of a month, in words and in figures: «25 ноября», «5-го», «25.11», «с 13 по 15 июля».

use jiff::{ToSpan, civil::Date};

use super::{Piece, View, day::month_at_offset};
use crate::{
    numbers::{Kind, Reading},
    words::{Gap, Token},
};

/// «25 ноября», «пятого», «5-го», «5 числа», «26 или 27 ноября».
pub(super) fn of_month(view: &View<'_>) -> Option<(Piece, usize)> {
    if view.is(0, &["числа", "числу"]) {
        return after_word(view);
    }
    let first = view.number(0)?;
    let day = i8::try_from(first.value).ok().filter(|day| (1..=31).contains(day))?;
    let mut len = first.len;
    let has_ending = first.kind == Kind::Digits
        && view.is(len, &["го", "ого", "его", "е", "ое", "му", "ому", "ему"])
        && view.token(len).is_some_and(|token| token.gap.is_glued());
    // «17е колёса», «5-й класс»: a size or a number of something.
    const NUMBERED: &[&str] =
        &["колес", "диск", "радиус", "шин", "резин", "покрышк", "размер", "этаж", "занят", "класс", "каб"];
    if has_ending && view.token(len + 1).is_some_and(|next| !next.gap.ends_clause() && next.starts_any(NUMBERED)) {
        return None;
    }
    len += usize::from(has_ending);
    if let Some(month) = month_at_offset(view, len) {
        let year = year_at(view, len + 1);
        let year_len = year.map_or(0, |(_, year_len)| year_len);
        let year = year.map(|(year, _)| year);
        return Some((
            future(view.today(), Marked { day, month: Some(month), year, ..Marked::default() })?,
            len + 1 + year_len,
        ));
    }
    if let Some(month) = shared_month(view, len) {
        return Some((Piece::Day(month_day(view.today(), month, day)?), len));
    }
    // «запишите на 31»: no hour is so late.
    let is_late = first.kind == Kind::Digits && (25..=31).contains(&day) && !is_counted(view, len);
    let is_bare = is_late && view.before(1).is_some_and(|token| token.is_any(&["на", "к"]));
    let is_numbered = view.starts(len, &["числ"]);
    len += usize::from(is_numbered);
    let is_ordinal_day = first.kind == Kind::Ordinal && (is_dated(view, first.len) || is_start(view, first));
    (is_numbered || has_ending || is_ordinal_day || is_bare)
        .then_some((Piece::Day(day_of_month(view.today(), day)?), len))
}

/// «на 30 минут», «на 30 лет», «на 30-40 человек», «на 31.12»: something is counted, or the figure goes on.
fn is_counted(view: &View<'_>, at: usize) -> bool {
    let Some(next) = view.token(at) else { return false };
    let goes_on = next.gap.is_glued() || next.number.is_some();
    let is_led_on =
        next.is_any(&["на", "в", "к", "с", "и", "а", "можно", "есть", "запишите", "утром", "вечером", "днем"]);
    goes_on || !next.gap.ends_clause() && !is_led_on && !next.roles.service && !next.roles.name
}

/// «думаю с пятнадцатого начать», «с двадцатого хочу ходить»: no «со второго раза», nor «с третьего этажа».
fn is_start(view: &View<'_>, number: Reading) -> bool {
    let is_led = view.before(1).is_some_and(|token| token.is_any(&["с", "со"]));
    // A thing that is counted («с пятого этажа») ends otherwise.
    let is_verb = |token: &Token| {
        ["ть", "ться", "ти", "чу", "жу", "ду", "дем", "аем", "уем", "нем", "чну"]
            .iter()
            .any(|ending| token.text.ends_with(ending))
    };
    let is_start = is_led && number.value > 3 && view.token(number.len).is_some_and(is_verb);
    // «седьмого вы открыты?»
    let is_genitive = view.token(number.len - 1).is_some_and(|token| token.text.ends_with("го"));
    let is_asked = view.is(number.len, &["вы"]) || view.starts(number.len, &["открыт", "работает"]);
    is_start || is_genitive && is_asked
}

/// «числа 20», «числа двадцатого»: about that day.
fn after_word(view: &View<'_>) -> Option<(Piece, usize)> {
    let number = view.number(1).filter(|_| view.token(1).is_some_and(|token| !token.gap.ends_clause()))?;
    let day = i8::try_from(number.value).ok().filter(|day| (1..=31).contains(day))?;
    let ending = usize::from(view.is(1 + number.len, &["го", "ого", "его"]));
    if month_at_offset(view, 1 + number.len + ending).is_some() {
        return None;
    }
    Some((Piece::Day(day_of_month(view.today(), day)?), 1 + number.len + ending))
}

/// A day as written, its month and year where they are said.
#[derive(Clone, Copy, Debug, Default)]
struct Marked {
    day: i8,
    month: Option<i8>,
    year: Option<i16>,
    /// «15 числа», «15-е»: surely a day, whatever the month.
    is_numbered: bool,
}

/// The date of a day and month: the next such, or that of the year; a past one is no wish.
fn future(today: Date, marked: Marked) -> Option<Piece> {
    let month = marked.month?;
    let found = match marked.year {
        Some(year) => date_in(year, month, marked.day)?,
        None => month_day(today, month, marked.day)?,
    };
    Some(if found < today { Piece::Past } else { Piece::Day(found) })
}

/// Two figures from here on are of the last century: nobody books that far ahead.
const SHORT_YEAR_MAX: u32 = 60;

/// «26» is 2026, «82» is 1982, «2027» itself.
fn full_year(said: u32) -> Option<i16> {
    let century = match said {
        0..=SHORT_YEAR_MAX => 2000,
        61..=99 => 1900,
        _ => 0,
    };
    i16::try_from(century + said).ok()
}

/// «2027», «2027 года», «27 г.», «в 2027 году»: a year after a month.
pub(super) fn year_at(view: &View<'_>, at: usize) -> Option<(i16, usize)> {
    if view.is(at, &["в"]) && view.is(at + 2, &["году", "г"]) {
        return year_at(view, at + 1).map(|(year, len)| (year, len + 1));
    }
    let token = view.token(at).filter(|token| token.is_digits() && !token.gap.has(Gap::NEWLINE))?;
    let value = token.number?.value;
    // Two figures under 25 may be an hour.
    let is_year = matches!((token.text.len(), value), (4, 1900..=2100) | (2, 25..));
    if !is_year {
        return None;
    }
    let is_time =
        view.token(at + 1).is_some_and(|next| next.is_digits() && next.gap.has(Gap::COLON) && next.gap.is_glued());
    if is_time {
        return None;
    }
    Some((full_year(value)?, 1 + usize::from(view.is(at + 1, &["года", "г", "год", "году"]))))
}

/// «с 13 по 15 июля», «13 - 15.10», «14.10 по 15.10.2027».
pub(super) fn range(view: &View<'_>) -> Option<(Piece, usize)> {
    let is_between = view.is(0, &["между"]);
    let opener = usize::from(is_between || view.is(0, &["с", "со", "от"]));
    let (first, first_len) = marked_at(view, opener)?;
    let middle = opener + first_len;
    let is_dashed = view.token(middle).is_some_and(|token| token.gap.has(Gap::DASH) || token.gap.has(Gap::SLASH));
    let joints: &[&str] = match opener {
        _ if is_between => &["и"],
        1 => &["по", "до"],
        _ => &["по"],
    };
    let joint = usize::from(view.is(middle, joints));
    if joint == 0 && !is_dashed {
        return None;
    }
    let (last, last_len) = marked_at(view, middle + joint)?;
    let is_clock = first.month.is_none()
        && view.is(middle, &["до"])
        && view.token(middle + joint + 1).is_some_and(Token::is_digits);
    let len = middle + joint + last_len;
    if last.month.is_none() && last.is_numbered && first.month.is_none() {
        let from = day_of_month(view.today(), first.day)?;
        return Some((Piece::Days(from, day_of_month(from, last.day)?), len));
    }
    if last.month.is_none() || is_clock {
        return None;
    }
    let first = Marked { month: first.month.or(last.month), year: first.year.or(last.year), ..first };
    let (Piece::Day(from), Piece::Day(to)) = (future(view.today(), first)?, future(view.today(), last)?) else {
        return None;
    };
    let to = if to < from { month_day(from, to.month(), to.day())? } else { to };
    Some((Piece::Days(from, to), len))
}

/// A day of the month with what is said of its month and year.
fn marked_at(view: &View<'_>, at: usize) -> Option<(Marked, usize)> {
    let number = view.number(at)?;
    let day = i8::try_from(number.value).ok().filter(|day| (1..=31).contains(day))?;
    let is_numbered = view.is(at + number.len, &["го", "ого", "его", "е", "ое", "числа"]);
    let len = number.len + usize::from(is_numbered);
    if let Some(month) = month_at_offset(view, at + len) {
        let year = year_at(view, at + len + 1);
        let year_len = year.map_or(0, |(_, year_len)| year_len);
        return Some((
            Marked { day, month: Some(month), year: year.map(|(year, _)| year), ..Marked::default() },
            len + 1 + year_len,
        ));
    }
    let part = |offset: usize| {
        view.token(at + offset)
            .filter(|token| token.is_digits() && token.gap == Gap::DOT)
            .and_then(|token| token.number)
    };
    let Some(month) = part(1).and_then(|month| i8::try_from(month.value).ok()) else {
        return Some((Marked { day, is_numbered, ..Marked::default() }, len));
    };
    if !(1..=12).contains(&month) {
        return None;
    }
    let year = part(2).and_then(|year| full_year(year.value));
    Some((Marked { day, month: Some(month), year, ..Marked::default() }, 2 + usize::from(year.is_some())))
}

/// «2027-03-05», «05-03-2027».
pub(super) fn dashed(view: &View<'_>) -> Option<(Piece, usize)> {
    let digits = |offset: usize, chars: usize| {
        let token = view.token(offset).filter(|token| token.is_digits() && token.text.len() == chars)?;
        (offset == 0 || (token.gap.is_glued() && token.gap.has(Gap::DASH))).then_some(token.number?.value)
    };
    let month = digits(1, 2)?;
    let (year, day) = digits(0, 4).zip(digits(2, 2)).or_else(|| digits(2, 4).zip(digits(0, 2)))?;
    let marked = Marked {
        day: i8::try_from(day).ok()?,
        month: i8::try_from(month).ok(),
        year: i16::try_from(year).ok(),
        ..Marked::default()
    };
    Some((future(view.today(), marked)?, 3))
}

/// «авг 26, 2027»: the month first, as an English calendar writes; only with a full year.
pub(super) fn month_first(view: &View<'_>) -> Option<(Piece, usize)> {
    let month = month_at_offset(view, 0)?;
    let day = view.number(1).filter(|day| day.kind == Kind::Digits && (1..=31).contains(&day.value))?;
    view.token(2).filter(|token| token.text.len() == 4)?;
    let (year, len) = year_at(view, 2)?;
    let marked =
        Marked { day: i8::try_from(day.value).ok()?, month: Some(month), year: Some(year), ..Marked::default() };
    Some((future(view.today(), marked)?, 2 + len))
}

/// «в сентябре 25 и 26 числа», «в декабре 5-го»: the month said before its day.
pub(super) fn day_behind_month(view: &View<'_>) -> Option<(Piece, usize)> {
    let month = month_at_offset(view, 0)?;
    view.before(1).filter(|token| token.is_any(&["в", "на"]))?;
    let number = view.number(1)?;
    let day = i8::try_from(number.value).ok().filter(|day| (1..=31).contains(day))?;
    let end = 1 + number.len;
    let ending = usize::from(view.is(end, &["го", "ого", "его", "е", "ое"]));
    let is_numbered = |at: usize| view.starts(at, &["числ"]);
    // «25 и 26 числа»: the word stands behind the last of them.
    let link = usize::from(view.is(end, &["и", "или", "либо", "по"]));
    let other = view.number(end + link).filter(|other| link > 0 && other.value <= 31);
    let is_day = ending > 0 || is_numbered(end) || other.is_some_and(|other| is_numbered(end + link + other.len));
    let word = usize::from(is_numbered(end + ending));
    is_day.then_some((Piece::Day(month_day(view.today(), month, day)?), end + ending + word))
}

/// «октябрь 2027», «в мае 2027 года»; not «32 мая 2027», which is no date at all.
pub(super) fn month_of_year(view: &View<'_>) -> Option<(Piece, usize)> {
    let month = month_at_offset(view, 0)?;
    let is_day_before = view.before(1).is_some_and(|token| token.number.is_some()) && view.token(0)?.gap == Gap::SPACE;
    if is_day_before {
        return None;
    }
    // «в сентябре 25 и 26 числа»: two figures without «года» are days.
    let (year, len) =
        year_at(view, 1).filter(|(_, len)| *len > 1 || view.token(1).is_some_and(|it| it.text.len() > 2))?;
    let first = date_in(year, month, 1)?;
    let piece =
        if first.last_of_month() < view.today() { Piece::Past } else { Piece::Days(first, first.last_of_month()) };
    Some((piece, 1 + len))
}

/// «25.11», «25.11.2026», «25/11».
pub(super) fn dotted(view: &View<'_>) -> Option<(Piece, usize)> {
    let (first, second) = (view.token(0)?, view.token(1)?);
    let is_pair = first.is_digits()
        && second.is_digits()
        && second.gap.is_glued()
        && (second.gap.has(Gap::DOT) || second.gap.has(Gap::SLASH));
    // «15.2» may be a price or a part of one: only where a date is asked for or led to.
    let is_short = second.text.len() == 1
        && ((view.tokens.len() == view.at + 2 && (view.at == 0 || first.gap.ends_clause()))
            || view.before(1).is_some_and(|token| token.is_any(&["на", "с", "до", "по"])));
    if !is_pair || first.text.len() > 2 || (second.text.len() != 2 && !is_short) {
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
    let year = full_year(year.value)?;
    Some((future(view.today(), Marked { day, month: Some(month), year: Some(year), ..Marked::default() })?, 3))
}

/// The month that a later day of the same list names: «1 и 2 января», «1, 2 января».
fn shared_month(view: &View<'_>, len: usize) -> Option<i8> {
    let is_listed = view.token(len).is_some_and(|token| token.is_digits() && token.gap.has(Gap::COMMA));
    let link = usize::from(view.is(len, &["и", "или", "либо"]));
    if link == 0 && !is_listed {
        return None;
    }
    let second = view.number(len + link).filter(|second| second.value <= 31)?;
    month_at_offset(view, len + link + second.len)
}

/// Whether a bare ordinal («пятого», «с первого») stands where a date does.
fn is_dated(view: &View<'_>, len: usize) -> bool {
    let is_led = view.before(1).is_some_and(|token| token.is_any(&["на", "с", "до", "после"]));
    let is_genitive = view.token(len - 1).is_some_and(|token| token.text.ends_with("го"));
    // «на двадцать восьмое»; «на первое» of a list is its first line.
    let is_far = view.number(0).is_some_and(|number| number.value > 9);
    let is_neuter = is_far
        && view.before(1).is_some_and(|token| token.is("на"))
        && view.token(len - 1).is_some_and(|token| token.text.ends_with("ое"));
    let follows = view.token(len).filter(|token| !token.gap.ends_clause());
    let opens = view.at == 0 || view.token(0).is_some_and(|token| token.gap.ends_clause());
    let is_beside = |token: &Token| {
        token.is_any(&["в", "на", "к", "после", "утром", "вечером", "днем", "до", "с"])
            || token.is_any(&["или", "либо"]) && is_another_day(view, len + 1)
            // «1 ноября… а нет, это воскресенье, второго тогда»
            || token.is_any(&["тогда", "лучше"]) && view.tokens.iter().take(view.at).any(|word| word.roles.when)
            || is_far && (is_neuter && !is_neuter_noun(token) || is_genitive && opens && is_asking(token))
    };
    // «шестое или седьмое»: two of one kind are days without «на».
    let is_pair = opens
        && view.number(0).is_some_and(|number| number.value > 3)
        && view.token(len - 1).is_some_and(|token| token.text.ends_with("ое"))
        && view.is(len, &["или", "либо"])
        && is_another_day(view, len + 1);
    is_pair || (is_genitive || is_neuter) && (is_led || opens) && follows.is_none_or(is_beside)
}

/// «тридцатого или тридцать первого»
fn is_another_day(view: &View<'_>, at: usize) -> bool {
    let is_day = |number: &Reading| number.kind == Kind::Ordinal && (1..=31).contains(&number.value);
    view.number(at).filter(is_day).is_some_and(|other| {
        view.token(at + other.len - 1).is_some_and(|token| token.text.ends_with("го") || token.text.ends_with("ое"))
    })
}

/// «на двадцатое занятие»: what the ordinal counts.
fn is_neuter_noun(token: &Token) -> bool {
    ["ие", "ье", "ство", "сто", "кно"].iter().any(|ending| token.text.ends_with(ending))
}

/// «тридцатого посадите», «двадцатого можно?»: asked for a visit.
fn is_asking(token: &Token) -> bool {
    ["ите", "йте", "ете", "ешь", "ишь", "ду", "жу"].iter().any(|ending| token.text.ends_with(ending))
        || token.is_any(&["можно", "есть", "нужно", "надо", "хочу", "будет", "будете", "свободно", "реально", "смогу"])
}

/// «31 июня», «30 февраля», «32 мая»: a day that no year has.
pub(super) fn is_nowhere(view: &View<'_>) -> bool {
    const LEAP_YEAR: i16 = 2028;
    let Some(number) = view.number(0).filter(|number| (29..=99).contains(&number.value)) else { return false };
    let ending = usize::from(view.is(number.len, &["го", "ого", "его", "е", "ое"]));
    let day = i8::try_from(number.value).unwrap_or(i8::MAX);
    month_at_offset(view, number.len + ending).is_some_and(|month| date_in(LEAP_YEAR, month, day).is_none())
}

pub(super) fn date_in(year: i16, month: i8, day: i8) -> Option<Date> {
    Date::new(year, month, day).ok()
}

/// The next such day and month, today included; of 29 February the next leap year's.
pub(super) fn month_day(today: Date, month: i8, day: i8) -> Option<Date> {
    (0..=8).find_map(|years| date_in(today.year() + years, month, day).filter(|found| *found >= today))
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
