//! Rules that read longer stretches: years, quarters, seasons, holidays, «до конца недели».

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use super::{Piece, View, calendar, day};
use crate::numbers::Kind;
use crate::words::is_past_verb;

/// Words in a row, each in any of its forms or beginnings.
type Row = &'static [&'static [&'static str]];

/// «до конца дня», «до конца недели», «до конца месяца», «до конца года»: from today on.
pub(super) fn till_end(view: &View<'_>) -> Option<(Piece, usize)> {
    if !view.is(0, &["до", "по", "к"]) || !view.is(1, &["конца", "конец", "концу"]) {
        return None;
    }
    let skip = 2 + usize::from(view.is(2, &["этого", "этой"]));
    let today = view.today();
    // «к концу недели» is its end, not all that is left of it.
    let is_portion = view.is(0, &["к"]) && !view.is(skip, &["года"]);
    if is_portion {
        return None;
    }
    let last = match () {
        () if view.is(skip, &["дня"]) => today,
        () if view.starts(skip, &["недел"]) => day::in_week_of(today, Weekday::Sunday),
        () if view.is(skip, &["месяца"]) => today.last_of_month(),
        () if view.is(skip, &["года"]) => today.last_of_year(),
        () => day::next_month(today, day::month_at_offset(view, skip)?)?.last_of_month(),
    };
    Some((if last == today { Piece::Day(today) } else { Piece::Days(today, last) }, skip + 1))
}

/// A part of a week or of a month.
#[derive(Clone, Copy, Debug)]
pub(super) struct Portion {
    /// First and last day of the week, from 0 for Monday.
    of_week: (i64, i64),
    /// First and last day of the month; a shorter month ends where it ends.
    pub of_month: (i8, i8),
}

/// «в начале», «в середине», «в конце», «в первой половине», «в первых числах», and the tokens.
pub(super) fn portion(view: &View<'_>) -> Option<(Portion, usize)> {
    const PORTIONS: &[(Row, Portion)] = &[
        (&[&["начал"]], Portion { of_week: (0, 1), of_month: (1, 10) }),
        (&[&["середин"]], Portion { of_week: (2, 3), of_month: (11, 20) }),
        (&[&["конц", "конец"]], Portion { of_week: (4, 6), of_month: (21, 31) }),
        (&[&["перв"], &["половин"]], Portion { of_week: (0, 2), of_month: (1, 15) }),
        (&[&["втор"], &["половин"]], Portion { of_week: (3, 6), of_month: (16, 31) }),
        (&[&["первы"], &["числ", "дня"]], Portion { of_week: (0, 1), of_month: (1, 5) }),
        (&[&["последн"], &["числ", "дня"]], Portion { of_week: (4, 6), of_month: (26, 31) }),
    ];
    let is_said = |words: Row| words.iter().enumerate().all(|(at, beginnings)| view.starts(at, beginnings));
    PORTIONS.iter().find(|(words, _)| is_said(words)).map(|(words, portion)| (*portion, words.len()))
}

/// «в начале недели», «в конце следующей недели»: Monday and Tuesday; Friday to Sunday.
pub(super) fn part_of_week(view: &View<'_>) -> Option<(Piece, usize)> {
    let (Portion { of_week: (from, to), .. }, said) = portion(view)?;
    let is_next = view.starts(said, day::NEXT);
    let at = said + usize::from(is_next || view.is(said, &["этой", "той"]));
    if !view.is(at, &["недели", "неделе", "неделю"]) {
        return None;
    }
    let monday = day::in_week_of(view.today(), Weekday::Monday);
    let monday = monday.checked_add(if is_next { 7 } else { 0 }.days()).ok()?;
    let last = monday.checked_add(to.days()).ok()?;
    let first = monday.checked_add(from.days()).ok()?;
    // The end of a week that has begun still lies ahead; its beginning does not.
    let is_over = last < view.today() || (to < 6 && first < view.today());
    let shift = if is_over { 7 } else { 0 };
    Some((Piece::Days(monday.checked_add((from + shift).days()).ok()?, last.checked_add(shift.days()).ok()?), at + 1))
}

/// «в этом месяце», «в следующем году», «в следующем квартале».
pub(super) fn named(view: &View<'_>) -> Option<(Piece, usize)> {
    let is_next = view.starts(0, day::NEXT);
    if !is_next && !view.is(0, &["этом", "этот", "текущем"]) {
        return None;
    }
    let today = view.today();
    let (first, last) = match () {
        () if view.starts(1, &["месяц"]) => (today.first_of_month(), today.last_of_month()),
        () if view.is(1, &["году", "год", "года"]) => (today.first_of_year(), today.last_of_year()),
        () if view.starts(1, &["квартал"]) => quarter(today)?,
        () => return None,
    };
    // The whole of it: what is over is never offered, but it is of the period that is named.
    if !is_next {
        return Some((Piece::Days(first, last), 2));
    }
    let first_next = last.tomorrow().ok()?;
    let last_next = match () {
        () if view.starts(1, &["месяц"]) => first_next.last_of_month(),
        () if view.starts(1, &["квартал"]) => quarter(first_next)?.1,
        () => first_next.last_of_year(),
    };
    debug_assert!(first <= last && first_next <= last_next, "periods run forward");
    Some((Piece::Days(first_next, last_next), 2))
}

/// «в третьем квартале», «четвёртый квартал 2028»: the one that ends next, or that of the year named.
pub(super) fn numbered_quarter(view: &View<'_>) -> Option<(Piece, usize)> {
    let number = view.number(0).filter(|number| number.kind == Kind::Ordinal && (1..=4).contains(&number.value))?;
    if !view.starts(number.len, &["квартал"]) {
        return None;
    }
    let today = view.today();
    let year = calendar::year_at(view, number.len + 1);
    let month = i8::try_from(number.value).ok()? * 3;
    let of = |year: i16| quarter(Date::new(year, month, 1).ok()?);
    let (first, last) = match year {
        Some((year, _)) => of(year)?,
        None => of(today.year()).filter(|(_, last)| *last >= today).or_else(|| of(today.year() + 1))?,
    };
    let len = number.len + 1 + year.map_or(0, |(_, len)| len);
    Some((if last < today { Piece::Past } else { Piece::Days(first.max(today), last) }, len))
}

fn quarter(day: Date) -> Option<(Date, Date)> {
    let month = (day.month() - 1) / 3 * 3 + 1;
    let first = Date::new(day.year(), month, 1).ok()?;
    Some((first, first.checked_add(2.months()).ok()?.last_of_month()))
}

/// «летом», «зимой», «весной следующего года»; a bare «лето» only as the whole message (winter also
/// means tyres).
pub(super) fn season(view: &View<'_>) -> Option<(Piece, usize)> {
    const SEASONS: &[(&str, &str, i8)] =
        &[("летом", "лет", 6), ("осенью", "осен", 9), ("зимой", "зим", 12), ("весной", "весн", 3)];
    let is_alone = view.tokens.len() == 1 && !view.is(0, &["лет"]);
    let (said, _, month) = SEASONS
        .iter()
        .find(|(said, beginning, _)| view.is(0, &[said]) || (is_alone && view.starts(0, &[beginning])))?;
    if tells_of_past(view) {
        return Some((Piece::Past, 1));
    }
    let has_year = view.is(2, &["года"]);
    if has_year && view.starts(1, &["прошл", "позапрошл"]) {
        return Some((Piece::Past, 3));
    }
    let is_next_year = has_year && view.starts(1, day::NEXT);
    let year_len = 2 * usize::from(has_year && (is_next_year || view.is(1, &["этого"])));
    let today = view.today();
    // A winter that began last year may still go on.
    let first_year = if is_next_year { today.year() + 1 } else { today.year() - 1 };
    let found = (first_year..=today.year() + 1).find_map(|year| {
        let first = Date::new(year, *month, 1).ok()?;
        let last = first.checked_add(2.months()).ok()?.last_of_month();
        // «зимой» is from today on, «зима» by its name the whole of it, as «этот месяц» is.
        let from = if view.is(0, &[said]) { first.max(today) } else { first };
        (last >= today).then_some(Piece::Days(from, last))
    })?;
    Some((found, 1 + year_len))
}

/// «весной сняли», «делала летом»: a deed of the past in the clause, «ещё весной».
pub(super) fn tells_of_past(view: &View<'_>) -> bool {
    let before = view.tokens.get(..=view.at).unwrap_or_default();
    let opens = before.iter().rposition(|token| token.gap.ends_clause()).unwrap_or(0);
    let after = view.tokens.iter().skip(view.at + 1).take_while(|token| !token.gap.ends_clause());
    before.iter().skip(opens).chain(after).any(is_past_verb)
}

/// «в мае хотела бы», «записалась бы в июне»: the clause of a past verb wishes all the same.
pub(super) fn is_wished(view: &View<'_>) -> bool {
    view.tokens.iter().any(|token| token.is_any(&["бы", "б"]) || token.starts_any(&["хоте", "хоту", "план", "дума"]))
}

/// Days of the year with a name: its words in their forms, the month, the day. Longer names stand first.
const HOLIDAYS: &[(Row, i8, i8)] = &[
    (&[&["старый", "старого", "старым"], NEW, YEAR], 1, 14),
    (&[NEW, YEAR], 1, 1),
    (&[CHRISTMAS, &["христово", "христова"]], 1, 7),
    (&[CHRISTMAS], 1, 7),
    (&[DAY, &["святого"], &["валентина"]], 2, 14),
    (&[DAY, &["защитника"], &["отечества"]], 2, 23),
    (&[&["международный", "международного"], WOMEN, DAY], 3, 8),
    (&[WOMEN, DAY], 3, 8),
    (&[DAY, &["победы"]], 5, 9),
    (&[DAY, &["россии"]], 6, 12),
    (&[DAY, &["знаний"]], 9, 1),
    (&[DAY, &["народного"], &["единства"]], 11, 4),
];
const NEW: &[&str] = &["новый", "нового", "новым"];
const YEAR: &[&str] = &["год", "года", "годом"];
const CHRISTMAS: &[&str] = &["рождество", "рождества", "рождеством"];
const DAY: &[&str] = &["день", "дня", "днем"];
const WOMEN: &[&str] = &["женский", "женского", "женским"];

/// «на новый год», «в рождество», «после дня победы»: not when it is wished («с новым годом»).
pub(super) fn holiday(view: &View<'_>) -> Option<(Piece, usize)> {
    const WISHES: &[&str] = &["с", "со", "наступающим", "прошедшим", "до", "под", "перед"];
    if view.before(1).is_some_and(|token| token.is_any(WISHES)) {
        return None;
    }
    named_day(view)
}

/// The day of a name, whatever stands before it.
pub(super) fn named_day(view: &View<'_>) -> Option<(Piece, usize)> {
    let is_said = |words: Row| words.iter().enumerate().all(|(at, forms)| view.is(at, forms));
    let (words, month, date) = HOLIDAYS.iter().find(|(words, ..)| is_said(words))?;
    Some((Piece::Day(calendar::month_day(view.today(), *month, *date)?), words.len()))
}

/// Days off in a row by article 112 of the Labour Code, January as one stretch: month, first, last day.
const DAYS_OFF: &[(i8, i8, i8)] = &[(1, 1, 8), (2, 23, 23), (3, 8, 8), (5, 1, 9), (6, 12, 12), (11, 4, 4)];

/// «в майские», «на новогодних каникулах»: the days off in a row, as people know them.
pub(super) fn rest(view: &View<'_>) -> Option<(Piece, usize)> {
    // «после майских» is a day, «до майских» a bound.
    if view.before(1).is_some_and(|token| token.is_any(&["после", "до", "перед"])) {
        return None;
    }
    let is_named = view.starts(1, &["праздник", "каникул", "выходн"]);
    let month = match () {
        () if view.starts(0, &["майск"]) => 5,
        () if view.starts(0, &["новогодн"]) && is_named => 1,
        () => return None,
    };
    let (_, first, last) = DAYS_OFF.iter().find(|stretch| stretch.0 == month)?;
    let to = calendar::month_day(view.today(), month, *last)?;
    let from = Date::new(to.year(), month, *first).ok()?.max(view.today());
    Some((Piece::Days(from, to), 1 + usize::from(is_named)))
}

/// «после праздников», «после новогодних», «после майских»: the stretch that ends next.
pub(super) fn days_off(view: &View<'_>) -> Option<(Piece, usize)> {
    view.before(1).filter(|token| token.is("после"))?;
    let month = match () {
        () if view.starts(0, &["новогодн", "январск"]) => Some(1),
        () if view.starts(0, &["майск"]) => Some(5),
        () => None,
    };
    let skip = usize::from(month.is_some());
    let is_said = view.starts(skip, &["праздник", "каникул"]);
    if !is_said && (month.is_none() || view.token(skip).is_some_and(|token| !token.gap.ends_clause())) {
        return None;
    }
    let ends = |stretch: &&(i8, i8, i8)| calendar::month_day(view.today(), stretch.0, stretch.2);
    let stretches = DAYS_OFF.iter().filter(|stretch| month.is_none_or(|month| stretch.0 == month));
    let (_, first, _) = stretches.clone().min_by_key(ends)?;
    let last = stretches.filter_map(|stretch| ends(&stretch)).min()?;
    Some((Piece::Days(last.with().day(*first).build().ok()?, last), skip + usize::from(is_said)))
}
