//! A time moved by a length: «на час позже», «на неделю вперёд», counted from the time that the message tells of.

use jiff::ToSpan;

use super::{
    MINUTES_A_DAY, Piece, Spot,
    window::{Scene, blank},
};
use crate::meaning::{Found, Grain, When};

impl Scene<'_> {
    /// Completes a new time from the old one: the day unsaid, «на полчаса позже».
    pub(super) fn moved(
        &self,
        when: Option<Found<When>>,
        old: Option<&Found<When>>,
        wanted: &[&Spot],
    ) -> Option<Found<When>> {
        let shift = self.shift();
        let known = old.map(|found| found.value);
        if let Some(day) = shift.and_then(|minutes| later_day(known?, minutes)) {
            return old.map(|found| Found { value: day, span: found.span });
        }
        if let (Some(minutes), Some(start)) = (shift, known.and_then(|value| value.from_at)) {
            let day = when.as_ref().and_then(|found| found.value.from_on).or(known.and_then(|value| value.from_on));
            let at = start.saturating_add(minutes.minutes());
            let value = When {
                from_on: day,
                to_on: day,
                is_date_stated: day.is_some(),
                is_hour_certain: true,
                ..blank(Grain::Time, Some(at), None)
            };
            return old.map(|found| Found { value, span: found.span });
        }
        let has_time = wanted.iter().any(|spot| spot.piece.is_time());
        when.map(|mut found| {
            let is_open = has_time && found.value.from_on.is_none() && !self.is_any_other_day();
            let day = known.and_then(|value| value.from_on).filter(|_| is_open);
            if day.is_some() {
                found.value.from_on = day;
                found.value.to_on = day;
            }
            found
        })
    }

    /// «завтрашнюю стрижку в 15 давайте на час попозже»: the hour said ahead of the length is that of the visit.
    pub(super) fn is_shifted_later(&self, wanted: &[&Spot]) -> bool {
        let shift = self.spots.iter().find(|spot| matches!(spot.piece, Piece::Shift(_)));
        let is_in_days =
            matches!(shift.map(|spot| spot.piece), Some(Piece::Shift(minutes)) if minutes % MINUTES_A_DAY == 0);
        let is_aim = |spot: &Spot| self.tokens.get(spot.start).is_some_and(|token| token.is_any(&["на", "к", "ко"]));
        let is_said = |spot: &&&Spot| !is_aim(spot) && (spot.piece.is_time() || is_in_days && spot.piece.is_date());
        shift.zip(wanted.iter().find(is_said)).is_some_and(|(shift, said)| said.end <= shift.start)
    }

    /// «на полчаса позже»: by how many minutes.
    pub(super) fn shift(&self) -> Option<i64> {
        self.spots.iter().find_map(|spot| match spot.piece {
            Piece::Shift(minutes) => Some(minutes),
            _ => None,
        })
    }
}

/// «Завтрашнюю стрижку в 15»: the day of the visit, and its hour.
pub(super) fn with_hour(old: Option<Found<When>>, said: Option<Found<When>>) -> Option<Found<When>> {
    match (old, said) {
        (Some(old), Some(said)) if old.value.from_at.is_none() && said.value.from_at.is_some() => {
            let (from_on, to_on) = (old.value.from_on, old.value.to_on);
            Some(Found { value: When { from_on, to_on, ..said.value }, span: old.span })
        }
        (old, said) => old.or(said),
    }
}

/// «3 февраля … на неделю вперёд»: the old day, and its hour, so many days later.
fn later_day(old: When, minutes: i64) -> Option<When> {
    let days = (minutes % MINUTES_A_DAY == 0).then_some(minutes / MINUTES_A_DAY)?;
    let on = Some(old.from_on?.checked_add(days.days()).ok()?);
    let grain = if old.grain == Grain::FromDay { Grain::Day } else { old.grain };
    Some(When { grain, from_on: on, to_on: on, ..old })
}
