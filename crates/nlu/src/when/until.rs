//! Days that bound a visit: «до пятницы», «не позже 15-го», and «до среды занята», from which one is free.

use jiff::civil::Date;

use super::{Lead, Piece, Spot};
use crate::words::Token;

/// Longer than a weekend: a period that somebody has till its end, not a bound.
const BOUND_DAYS_MAX: i64 = 3;

/// Of a message with one date, «до пятницы» are the days before it, «до пятницы включительно» and «не позже пятницы»
/// that day too, and «до пятницы не могу» the days from it on. A date said twice is one: «до пятницы, в пятницу самолёт».
pub(super) fn bounded(spots: &mut Vec<Spot>, tokens: &[Token], today: Date) {
    let dates: Vec<Spot> = spots.iter().copied().filter(|spot| spot.piece.is_date()).collect();
    let found = dates.iter().find_map(|spot| Some((*spot, bound(spot, tokens)?)));
    let Some((spot, bound)) = found else { return };
    let is_one = dates.iter().all(|date| date.piece == spot.piece);
    // «до пятницы 18:00»: the hour is of that day.
    let has_hour = spots.iter().any(|next| next.start == spot.end && next.piece.is_time());
    let (from, to) = match spot.piece {
        Piece::Day(day) => (day, day),
        Piece::Days(from, to) if days_between(from, to) < BOUND_DAYS_MAX => (from, to),
        _ => return,
    };
    if !is_one || has_hour {
        return;
    }
    let is_whole = bound == Bound::Within || is_inclusive(&spot, tokens);
    let last = if is_whole { to } else { from.yesterday().unwrap_or(from) };
    let told = match () {
        // «до 15-го никак, давайте 15-го»
        () if is_away(&spot, tokens) && dates.len() > 1 => return,
        () if is_away(&spot, tokens) => (Lead::From, Piece::Day(from)),
        () if last > today => (Lead::None, Piece::Days(today, last)),
        () => return,
    };
    spots.retain(|other| !other.piece.is_date() || other.start == spot.start);
    for bounded in spots.iter_mut().filter(|other| other.start == spot.start) {
        (bounded.lead, bounded.piece) = told;
        bounded.is_denied = false;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    /// «до пятницы».
    Before,
    /// «не позже пятницы».
    Within,
}

/// The words before a date that make it a bound.
fn bound(spot: &Spot, tokens: &[Token]) -> Option<Bound> {
    let before = |back: usize| spot.start.checked_sub(back).and_then(|at| tokens.get(at));
    let is_joined = tokens.get(spot.start).is_some_and(|token| !token.gap.ends_sentence());
    let is_till = |token: &Token| token.is("до");
    if tokens.get(spot.start).is_some_and(is_till) || is_joined && before(1).is_some_and(is_till) {
        // «до завтра» is a farewell, «до сегодня» of the past.
        let is_near =
            tokens.get(spot.end - 1).is_some_and(|token| token.starts_any(&["завтра", "сегодн", "послезавтра"]));
        return (!is_near).then_some(Bound::Before);
    }
    let is_not_later = is_joined
        && before(1).is_some_and(|token| token.is_any(&["позже", "позднее"]))
        && before(2).is_some_and(|token| token.is("не"));
    is_not_later.then_some(Bound::Within)
}

/// «до пятницы включительно».
fn is_inclusive(spot: &Spot, tokens: &[Token]) -> bool {
    tokens.get(spot.end).is_some_and(|token| token.starts_any(&["включит"]))
}

/// «до среды я в отпуске», «болею до пятницы», «до понедельника не могу»: busy in the same clause.
fn is_away(spot: &Spot, tokens: &[Token]) -> bool {
    const AWAY: &[&str] = &[
        "отъезд",
        "отпуск",
        "болею",
        "болеем",
        "болеет",
        "больнич",
        "командиров",
        "уехал",
        "уезжа",
        "улет",
        "занят",
        "работаю",
        "учусь",
        "сесси",
        "смен",
        "дежур",
        "карантин",
        "сборах",
    ];
    const UNABLE: &[&str] = &["могу", "можем", "смогу", "сможем", "получ", "выйдет", "вырв"];
    let clause_from = tokens.get(..=spot.start).and_then(|said| said.iter().rposition(|token| token.gap.ends_clause()));
    let behind = tokens.iter().skip(spot.end).take_while(|token| !token.gap.ends_clause());
    let clause: Vec<&Token> =
        tokens.get(clause_from.unwrap_or(0)..spot.start).unwrap_or_default().iter().chain(behind).collect();
    let is_unable = clause.windows(2).any(|pair| pair[0].is("не") && pair[1].starts_any(UNABLE))
        || clause.iter().any(|token| token.is("никак"));
    is_unable || clause.iter().any(|token| token.starts_any(AWAY))
}

fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(i64::MAX, |span| i64::from(span.get_days()))
}
