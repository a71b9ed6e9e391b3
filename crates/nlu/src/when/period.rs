//! Rules that read longer stretches: years, quarters, seasons, holidays, «до конца недели».

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use super::{Piece, View, calendar, day};

/// «до конца дня», «до конца недели», «до конца месяца», «до конца года»: from today on.
pub(super) fn till_end(view: &View<'_>) -> Option<(Piece, usize)> {
    if !view.is(0, &["до", "по", "к"]) || !view.is(1, &["конца", "конец", "концу"]) {
        return None;
    }
    let skip = 2 + usize::from(view.is(2, &["этого", "этой"]));
    let today = view.today();
    let last = match () {
        () if view.is(skip, &["дня"]) => today,
        () if view.starts(skip, &["недел"]) => day::in_week_of(today, Weekday::Sunday),
        () if view.is(skip, &["месяца"]) => today.last_of_month(),
        () if view.is(skip, &["года"]) => today.last_of_year(),
        () => return None,
    };
    Some((if last == today { Piece::Day(today) } else { Piece::Days(today, last) }, skip + 1))
}

/// «в начале недели», «в конце следующей недели»: Monday and Tuesday; Friday to Sunday.
pub(super) fn part_of_week(view: &View<'_>) -> Option<(Piece, usize)> {
    const PARTS: &[(&[&str], i64, i64)] = &[(&["начал"], 0, 1), (&["середин"], 2, 3), (&["конц", "конец"], 4, 6)];
    let (_, from, to) = PARTS.iter().find(|(beginnings, ..)| view.starts(0, beginnings))?;
    let is_next = view.starts(1, day::NEXT);
    let at = 1 + usize::from(is_next || view.is(1, &["этой", "той"]));
    if !view.is(at, &["недели", "неделе", "неделю"]) {
        return None;
    }
    let monday = day::in_week_of(view.today(), Weekday::Monday);
    let monday = monday.checked_add(if is_next { 7 } else { 0 }.days()).ok()?;
    let last = monday.checked_add(to.days()).ok()?;
    let first = monday.checked_add(from.days()).ok()?;
    // The end of a week that has begun still lies ahead; its beginning does not.
    let is_over = last < view.today() || (*to < 6 && first < view.today());
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
    if !is_next {
        return Some((Piece::Days(today, last), 2));
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

fn quarter(day: Date) -> Option<(Date, Date)> {
    let month = (day.month() - 1) / 3 * 3 + 1;
    let first = Date::new(day.year(), month, 1).ok()?;
    Some((first, first.checked_add(2.months()).ok()?.last_of_month()))
}

/// «летом», «зимой»; a bare «лето» only as the whole message (winter also means tyres).
pub(super) fn season(view: &View<'_>) -> Option<(Piece, usize)> {
    const SEASONS: &[(&str, &str, i8)] =
        &[("летом", "лето", 6), ("осенью", "осень", 9), ("зимой", "зима", 12), ("весной", "весна", 3)];
    let is_alone = view.tokens.len() == 1;
    let (.., month) =
        SEASONS.iter().find(|(said, bare, _)| view.is(0, &[said]) || (is_alone && view.is(0, &[bare])))?;
    let today = view.today();
    let starts = [today.year() - 1, today.year(), today.year() + 1];
    starts.into_iter().find_map(|year| {
        let first = Date::new(year, *month, 1).ok()?;
        let last = first.checked_add(2.months()).ok()?.last_of_month();
        (last >= today).then_some((Piece::Days(first.max(today), last), 1))
    })
}

/// Days of the year with a name: its words, the month, the day. Longer names stand first.
const HOLIDAYS: &[(&[&str], i8, i8)] = &[
    (&["старый", "новый", "год"], 1, 14),
    (&["новый", "год"], 1, 1),
    (&["рождество", "христово"], 1, 7),
    (&["рождество"], 1, 7),
    (&["день", "святого", "валентина"], 2, 14),
    (&["день", "защитника", "отечества"], 2, 23),
    (&["международный", "женский", "день"], 3, 8),
    (&["женский", "день"], 3, 8),
    (&["день", "победы"], 5, 9),
    (&["день", "россии"], 6, 12),
    (&["день", "знаний"], 9, 1),
    (&["день", "народного", "единства"], 11, 4),
];

/// «на новый год», «в рождество»: not when it is wished («с новым годом»).
pub(super) fn holiday(view: &View<'_>) -> Option<(Piece, usize)> {
    if view
        .before(1)
        .is_some_and(|token| token.is_any(&["с", "со", "наступающим", "прошедшим", "после", "до", "под", "перед"]))
    {
        return None;
    }
    let is_said = |words: &[&str]| words.iter().enumerate().all(|(at, word)| view.is(at, &[word]));
    let (words, month, date) = HOLIDAYS.iter().find(|(words, ..)| is_said(words))?;
    Some((Piece::Day(calendar::month_day(view.today(), *month, *date)?), words.len()))
}
