//! Pieces that explain one another: «на следующей неделе в пятницу», «пт, 20 ноября», «вчера в 6».

use jiff::{
    ToSpan,
    civil::{Date, DateTime},
};

use super::{Clock, Lead, Moment, Piece, Spot, View, day, loose};
use crate::words::Token;

/// A period and a day of it stand at most so many tokens apart.
const APART_TOKENS_MAX: usize = 4;

/// A date so many days ahead was likely meant to be behind.
const FAR_DAYS: i64 = 300;

/// Takes the day of a period where both are said, the date beside a weekday, and drops the past
/// with its time of day.
pub(super) fn narrowed(mut spots: Vec<Spot>, tokens: &[Token], now: DateTime) -> Vec<Spot> {
    move_later(&mut spots, tokens, now);
    join_weekdays(&mut spots, tokens, now);
    move_earlier(&mut spots);
    move_week(&mut spots);
    drop_past(&mut spots);
    move_workdays(&mut spots, tokens);
    let periods: Vec<Spot> = spots.iter().copied().filter(|spot| is_period(spot.piece)).collect();
    for period in periods {
        let Piece::Days(from, to) = period.piece else { continue };
        let mut is_used = false;
        for spot in spots.iter_mut().filter(|spot| !spot.is_denied && is_near(spot, &period, tokens)) {
            if let Some(found) = day_within(spot, from, to, tokens, now) {
                spot.piece = Piece::Day(found);
                is_used = true;
            }
        }
        if is_used {
            spots.retain(|spot| spot.start != period.start);
        }
    }
    part_namesakes(&mut spots, tokens);
    stretch(&mut spots);
    drop_seasons(&mut spots);
    spots
}

/// «этот четверг на следующий четверг»: of two days that are one the next lies a week behind.
fn part_namesakes(spots: &mut [Spot], tokens: &[Token]) {
    let is_said = |spot: &Spot, words: &[&str]| {
        tokens
            .get(spot.start.saturating_sub(1)..spot.end)
            .unwrap_or_default()
            .iter()
            .any(|token| token.starts_any(words))
    };
    for at in 1..spots.len() {
        let (left, right) = (spots[at - 1], spots[at]);
        if let (Piece::Day(one), Piece::Day(other)) = (left.piece, right.piece)
            && one == other
            && is_said(&left, &["этот", "эту", "это", "ближайш"])
            && is_said(&right, &["следующ"])
            && let Ok(week_later) = other.checked_add(7.days())
        {
            spots[at].piece = Piece::Day(week_later);
        }
    }
}

/// «осенью в первый класс, воскресенье днём»: beside a day of its own a season tells of something else.
fn drop_seasons(spots: &mut Vec<Spot>) {
    let is_day = |spot: &Spot| matches!(spot.piece, Piece::Day(_)) && !spot.is_denied;
    if spots.iter().any(is_day) {
        spots.retain(|spot| !is_season(spot));
    }
}

/// Longer than any month.
fn is_season(spot: &Spot) -> bool {
    matches!(spot.piece, Piece::Days(from, to) if from.checked_add(40.days()).is_ok_and(|far| far < to))
}

/// «14-го свадьба, окрашивание за день до неё»: the day before takes the place of the day.
fn move_earlier(spots: &mut Vec<Spot>) {
    while let Some(at) = spots.iter().position(|spot| matches!(spot.piece, Piece::Earlier(_))) {
        let Piece::Earlier(days) = spots[at].piece else { return };
        let named = spots[..at].iter().rposition(|spot| matches!(spot.piece, Piece::Day(_)));
        let moved = named.and_then(|named| match spots[named].piece {
            Piece::Day(day) => day.checked_sub(days.days()).ok(),
            _ => None,
        });
        if let Some(day) = moved {
            spots[at].piece = Piece::Day(day);
            spots.retain({
                let start = named.map(|named| spots[named].start);
                move |spot| Some(spot.start) != start
            });
        } else {
            spots.remove(at);
        }
    }
}

/// «6 декабря через неделю», «в пятницу через неделю»: counted from the day named.
fn move_later(spots: &mut Vec<Spot>, tokens: &[Token], now: DateTime) {
    let mut at = 0;
    while at + 1 < spots.len() {
        let (left, right) = (spots[at], spots[at + 1]);
        let opener = tokens.get(right.start).filter(|token| !token.gap.ends_clause());
        let is_counted = left.end == right.start && opener.is_some_and(|token| token.is_any(&["через", "спустя"]));
        let Piece::Day(day) = left.piece else {
            at += 1;
            continue;
        };
        let piece = match right.piece {
            Piece::Day(far) if is_counted => {
                now.date().until(far).and_then(|span| day.checked_add(span)).ok().map(Piece::Day)
            }
            Piece::Instant(_) if is_counted && day == now.date() => Some(right.piece),
            _ => None,
        };
        if let Some(piece) = piece {
            spots[at] = Spot { piece, end: right.end, ..left };
            spots.remove(at + 1);
        }
        at += 1;
    }
}

/// «на неделе после праздников»: the seven days after them.
fn move_week(spots: &mut Vec<Spot>) {
    let is_pair = |left: &Spot, right: &Spot| {
        is_period(left.piece) && right.lead == Lead::After && right.start == left.end + 1 && right.piece.is_date()
    };
    let found = spots.windows(2).position(|pair| is_pair(&pair[0], &pair[1]));
    let Some(at) = found else { return };
    let (Piece::Day(last) | Piece::Days(_, last)) = spots[at + 1].piece else { return };
    if let (Ok(from), Ok(to)) = (last.tomorrow(), last.checked_add(7.days())) {
        spots[at].piece = Piece::Days(from, to);
        spots.remove(at + 1);
    }
}

/// «на следующей неделе в будни»: the workdays of that week.
fn move_workdays(spots: &mut Vec<Spot>, tokens: &[Token]) {
    let is_said = |spot: &Spot| loose::speaks_of_workdays(tokens.get(spot.start..spot.end).unwrap_or_default());
    let Some(at) = spots.iter().position(is_said) else { return };
    let week = spots.iter().position(
        |spot| matches!(spot.piece, Piece::Days(from, to) if from.checked_add(6.days()).is_ok_and(|last| last == to)),
    );
    let Some(week) = week.filter(|week| *week != at) else { return };
    if let Piece::Days(monday, _) = spots[week].piece
        && let Some(piece) = loose::of_week(monday)
    {
        spots[at].piece = piece;
        spots.remove(week);
    }
}

/// «с 12 часов 18 сентября до 12 часов 20 сентября», «с вечера пятницы до воскресенья»: the hours belong to the
/// ends and not to every day, as they would in «с пятницы по воскресенье до 12».
fn stretch(spots: &mut Vec<Spot>) {
    let Some(at) = spots.iter().skip(1).position(|spot| spot.lead == Lead::Till).map(|at| at + 1) else { return };
    let (first, last) = spots.split_at(at);
    let (Some(from), Some(to)) = (End::of(first), End::of(last)) else { return };
    let is_timed = from.has_hour_first || to.has_hour_first || from.moment.1.is_some() && to.moment.1.is_some();
    let is_joined = first.first().is_some_and(|spot| spot.lead == Lead::From);
    if let (true, Some(first), Some(last)) = (is_timed && is_joined, first.first(), last.last())
        && from.moment.0 < to.moment.0
    {
        *spots = vec![Spot { piece: Piece::Stretch(from.moment, to.moment), end: last.end, ..*first }];
    }
}

/// One end of a stretch: a day, and an hour right beside it.
struct End {
    moment: Moment,
    has_hour_first: bool,
}

impl End {
    fn of(spots: &[Spot]) -> Option<Self> {
        let (day, time, has_hour_first) = match spots {
            [day] => (day, None, false),
            [day, time] if day.piece.is_date() && day.end == time.start => (day, Some(time), false),
            [time, day] if time.end == day.start => (day, Some(time), true),
            _ => return None,
        };
        let Piece::Day(on) = day.piece else { return None };
        let clock = match time.map(|time| time.piece) {
            None => None,
            Some(Piece::At(clock) | Piece::After(clock) | Piece::Before(clock)) => Some(clock),
            Some(Piece::Part(from, _, half)) => Some(Clock { hour: from.hour(), minute: from.minute(), half }),
            Some(_) => return None,
        };
        Some(Self { moment: (on, clock), has_hour_first })
    }
}

/// Drops what is over and the times that belong to it.
fn drop_past(spots: &mut Vec<Spot>) {
    let ends: Vec<usize> = spots.iter().filter(|spot| spot.piece == Piece::Past).map(|spot| spot.end).collect();
    spots.retain(|spot| spot.piece != Piece::Past && !(spot.piece.is_time() && ends.contains(&spot.start)));
}

/// «в пятницу, 20 ноября»: the date says more than the weekday.
///
/// «Воскресенье, 22 ноября» just after that day is the past, not the next year.
fn join_weekdays(spots: &mut Vec<Spot>, tokens: &[Token], now: DateTime) {
    let mut at = 0;
    while at + 1 < spots.len() {
        let (left, right) = (spots[at], spots[at + 1]);
        let is_pair = left.end == right.start
            && matches!((left.piece, right.piece), (Piece::Day(_), Piece::Day(_)))
            && !tokens.get(right.start).is_some_and(|token| token.gap.has(crate::words::Gap::DASH));
        match (is_weekday(&left, tokens, now), is_weekday(&right, tokens, now)) {
            (true, false) if is_pair => {
                let piece = dated(right.piece, left.piece, now);
                spots[at] = Spot { piece, start: left.start, lead: left.lead, ..right };
                spots.remove(at + 1);
            }
            (false, true) if is_pair && right.lead == Lead::None => {
                spots[at] = Spot { piece: dated(left.piece, right.piece, now), end: right.end, ..left };
                spots.remove(at + 1);
            }
            _ => at += 1,
        }
    }
}

/// The date of a pair, or the past where the weekday fits only the same day of the year before.
fn dated(date: Piece, weekday: Piece, now: DateTime) -> Piece {
    let (Piece::Day(found), Piece::Day(said)) = (date, weekday) else { return date };
    let is_far = found.checked_sub(FAR_DAYS.days()).is_ok_and(|early| early > now.date());
    let before = found.checked_sub(1.year()).unwrap_or(found);
    let is_over = is_far && found.weekday() != said.weekday() && before.weekday() == said.weekday();
    if is_over && before < now.date() { Piece::Past } else { date }
}

fn is_period(piece: Piece) -> bool {
    matches!(piece, Piece::Days(from, to) if to.checked_sub(2.days()).is_ok_and(|early| early >= from))
}

fn is_near(spot: &Spot, period: &Spot, tokens: &[Token]) -> bool {
    let (left, right) = if spot.start < period.start { (spot, period) } else { (period, spot) };
    let between = tokens.get(left.end..=right.start).unwrap_or_default();
    // «весной в школу, в субботу днём»: a season and a day of two clauses are two things.
    let is_apart = is_season(period) && between.iter().any(|token| token.gap.ends_clause());
    !between.is_empty()
        && !is_apart
        && between.len() <= APART_TOKENS_MAX + 1
        && between.iter().all(|token| !token.gap.ends_sentence() && !token.is_any(&["или", "либо", "а"]))
}

/// The weekday or the numbered day of a spot, inside a period.
fn day_within(spot: &Spot, from: Date, to: Date, tokens: &[Token], now: DateTime) -> Option<Date> {
    let Piece::Day(said) = spot.piece else { return None };
    let found = if is_weekday(spot, tokens, now) {
        let before = from.yesterday().ok()?;
        before.nth_weekday(1, said.weekday()).ok()?
    } else if is_numbered(spot, tokens) {
        Date::new(from.year(), from.month(), said.day()).ok()?
    } else {
        return None;
    };
    (from <= found && found <= to).then_some(found)
}

fn is_weekday(spot: &Spot, tokens: &[Token], now: DateTime) -> bool {
    let view = View { tokens, at: spot.start, now, follows_date: false, is_asked: false };
    day::weekday(&view).is_some()
}

/// «5 числа», without a month of its own.
fn is_numbered(spot: &Spot, tokens: &[Token]) -> bool {
    tokens
        .get(spot.start..spot.end)
        .unwrap_or_default()
        .iter()
        .any(|token| token.starts_any(&["числ"]) || token.is_any(&["го", "ого", "его"]))
}
