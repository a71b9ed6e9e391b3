//! Pieces that explain one another: «на следующей неделе в пятницу», «пт, 20 ноября», «вчера в 6».

use jiff::{
    ToSpan,
    civil::{Date, DateTime},
};

use super::{Lead, Piece, Spot, View, day};
use crate::words::Token;

/// A period and a day of it stand at most so many tokens apart.
const APART_TOKENS_MAX: usize = 4;

/// Takes the day of a period where both are said, the date beside a weekday, and drops the past
/// with its time of day.
pub(super) fn narrowed(mut spots: Vec<Spot>, tokens: &[Token], now: DateTime) -> Vec<Spot> {
    drop_past(&mut spots);
    join_weekdays(&mut spots, tokens, now);
    let periods: Vec<Spot> = spots.iter().copied().filter(|spot| is_period(spot.piece)).collect();
    for period in periods {
        let Piece::Days(from, to) = period.piece else { continue };
        let mut is_used = false;
        for spot in spots.iter_mut().filter(|spot| is_near(spot, &period, tokens)) {
            if let Some(found) = day_within(spot, from, to, tokens, now) {
                spot.piece = Piece::Day(found);
                is_used = true;
            }
        }
        if is_used {
            spots.retain(|spot| spot.start != period.start);
        }
    }
    spots
}

/// Drops what is over and the times that belong to it.
fn drop_past(spots: &mut Vec<Spot>) {
    let ends: Vec<usize> = spots.iter().filter(|spot| spot.piece == Piece::Past).map(|spot| spot.end).collect();
    spots.retain(|spot| spot.piece != Piece::Past && !(spot.piece.is_time() && ends.contains(&spot.start)));
}

/// «в пятницу, 20 ноября»: the date says more than the weekday.
fn join_weekdays(spots: &mut Vec<Spot>, tokens: &[Token], now: DateTime) {
    let mut at = 0;
    while at + 1 < spots.len() {
        let (left, right) = (spots[at], spots[at + 1]);
        let is_pair = left.end == right.start
            && matches!((left.piece, right.piece), (Piece::Day(_), Piece::Day(_)))
            && !tokens.get(right.start).is_some_and(|token| token.gap.has(crate::words::Gap::DASH));
        match (is_weekday(&left, tokens, now), is_weekday(&right, tokens, now)) {
            (true, false) if is_pair => {
                spots[at] = Spot { start: left.start, lead: left.lead, ..right };
                spots.remove(at + 1);
            }
            (false, true) if is_pair && right.lead == Lead::None => {
                spots[at].end = right.end;
                spots.remove(at + 1);
            }
            _ => at += 1,
        }
    }
}

fn is_period(piece: Piece) -> bool {
    matches!(piece, Piece::Days(from, to) if to.checked_sub(3.days()).is_ok_and(|early| early >= from))
}

fn is_near(spot: &Spot, period: &Spot, tokens: &[Token]) -> bool {
    let (left, right) = if spot.start < period.start { (spot, period) } else { (period, spot) };
    let between = tokens.get(left.end..=right.start).unwrap_or_default();
    !between.is_empty()
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
        .any(|token| token.starts_any(&["числ"]) || token.is("го"))
}
