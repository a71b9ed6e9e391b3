//! A day on which the business is open, and nobody who does the service works: no time will come free on it.

use jiff::ToSpan;
use jiff::civil::Date;

use super::offer;
use crate::business::Specialist;
use crate::calendar;
use crate::turn::Turn;
use crate::wall;

/// Who is away on so many of the same weekdays in a row does not work on it.
const WEEKS_LOOKED_AT: i64 = 4;

/// The one wanted day is such a day.
pub(super) fn is_so(turn: &Turn) -> bool {
    found(turn).is_some()
}

/// «по четвергам Карина не работает»; where they are away for once, the day itself.
pub(super) fn words(turn: &Turn) -> Option<String> {
    let (on, able) = found(turn)?;
    let mut weeks = (0..WEEKS_LOOKED_AT).map(|week| on.saturating_add((7 * week).days()));
    let is_weekly = weeks.all(|on| able.iter().all(|who| is_away(turn, who, on)));
    let day =
        if is_weekly { format!("по {}", wall::weekdays(on.weekday())) } else { wall::date_from(on, turn.today()) };
    let names: Vec<String> = able.iter().map(|who| who.name.clone()).collect();
    let verb = if names.len() == 1 { "не работает" } else { "не работают" };
    let comma = if is_weekly { "" } else { "," };
    Some(format!("{day}{comma} {} {verb}", wall::list(&names)))
}

/// The day, and who would do what is wished for.
fn found<'a>(turn: &'a Turn<'_>) -> Option<(Date, Vec<&'a Specialist>)> {
    let on = offer::wanted_day(turn)?;
    let (settings, wish) = (turn.settings(), &turn.conv.wish);
    let is_wanted = |who: &&Specialist| {
        let is_other = wish.specialist.as_ref().is_some_and(|wanted| wanted.as_str() != who.id);
        !is_other && !wish.without.iter().any(|other| other.as_str() == who.id)
    };
    let able: Vec<&Specialist> = settings.specialists_for(&wish.services).into_iter().filter(is_wanted).collect();
    let is_open = !calendar::hours_on(&settings.document, on).is_empty();
    (is_open && !able.is_empty() && able.iter().all(|who| is_away(turn, who, on))).then_some((on, able))
}

fn is_away(turn: &Turn, who: &Specialist, on: Date) -> bool {
    calendar::specialist_hours_on(&turn.settings().document, who, on).is_empty()
}
