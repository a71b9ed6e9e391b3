//! «Каждый вторник»: after the first visit the following ones are offered together, at the same hour
//! with the same specialist, and booked together.

use jiff::ToSpan;

use super::turns::{self, Way};
use super::{book, offer, settle};
use crate::conversation::{Asking, Booking, Series};
use crate::limits::SERIES_VISITS_MAX;
use crate::phrases::Phrase;
use crate::schedule::Slot;
use crate::turn::Turn;
use crate::wall;

/// How many days lie between two visits of a series; said once, it stays with the wish.
const RHYTHMS: [(Way, u16); 4] = [(Way::Weekly, 7), (Way::Fortnightly, 14), (Way::ThreeWeekly, 21), (Way::Monthly, 28)];

/// The rhythm asked for in the message.
pub(super) fn rhythm(text: &str) -> Option<u16> {
    RHYTHMS.iter().find(|(way, _)| turns::is_said(text, *way)).map(|(_, days)| *days)
}

/// The first visit is booked: what can follow is put before the client.
pub(super) fn offer(turn: &mut Turn, first: &Booking, every_days: u16) {
    let (mut slots, mut taken) = (Vec::new(), Vec::new());
    for at in (1..SERIES_VISITS_MAX).filter_map(|n| shifted(turn, &first.slot, i64::from(every_days) * n)) {
        match offer::still_free(turn, &first.services, &at) {
            Some(slot) => slots.push(slot),
            None if offer::is_within_horizon(turn, at.starts_at) => taken.push(at),
            None => {}
        }
    }
    if slots.is_empty() {
        return turn.say(Phrase::SeriesNone, &[]);
    }
    let days = days_of(turn, &slots);
    turn.say(Phrase::SeriesAsk, &[("days", &days)]);
    if !taken.is_empty() {
        let days = days_of(turn, &taken);
        turn.say(Phrase::SeriesTaken, &[("days", &days)]);
    }
    turn.conv.series = Some(Series { services: first.services.clone(), slots });
    show_buttons(turn);
}

/// Asks about the visits that stand offered.
pub(super) fn ask(turn: &mut Turn) {
    let Some(series) = &turn.conv.series else { return turn.say(Phrase::StillHere, &[]) };
    let days = days_of(turn, &series.slots);
    turn.say(Phrase::SeriesAsk, &[("days", &days)]);
    show_buttons(turn);
}

fn show_buttons(turn: &mut Turn) {
    turn.conv.asking = Asking::Series;
    turn.ask(
        vec![turn.button("series.yes", Phrase::ButtonSeriesYes), turn.button("series.no", Phrase::ButtonSeriesNo)],
        false,
    );
}

/// The same slot so many days later by the wall clock, before the diary is looked at.
fn shifted(turn: &Turn, slot: &Slot, days: i64) -> Option<Slot> {
    let starts_at = turn.wall(slot.starts_at).checked_add(days.days()).ok()?;
    let starts_at = turn.settings().moment_of(starts_at);
    let ends_at = starts_at + slot.ends_at.duration_since(slot.starts_at);
    Some(Slot { starts_at, ends_at, busy_until: ends_at, ..slot.clone() })
}

pub(super) fn press(turn: &mut Turn, what: &str) {
    if what == "yes" { accept(turn) } else { decline(turn) }
}

/// Books what is still free of it; what is not is named.
pub(super) fn accept(turn: &mut Turn) {
    let Some(series) = turn.conv.series.take() else { return turn.say(Phrase::StillHere, &[]) };
    turn.conv.asking = Asking::Nothing;
    let (mut booked, mut taken) = (Vec::new(), Vec::new());
    for slot in series.slots {
        match offer::still_free(turn, &series.services, &slot) {
            Some(slot) => {
                settle::add(turn, series.services.clone(), slot.clone());
                booked.push(slot);
            }
            None => taken.push(slot),
        }
    }
    if !booked.is_empty() {
        let days = days_of(turn, &booked);
        turn.say(settle::series_phrase(turn), &[("days", &days)]);
    }
    if !taken.is_empty() {
        let days = days_of(turn, &taken);
        turn.say(Phrase::SeriesTaken, &[("days", &days)]);
    }
}

pub(super) fn decline(turn: &mut Turn) {
    turn.conv.series = None;
    turn.conv.asking = Asking::Nothing;
    match book::coming_words(turn) {
        Some((moment, ..)) => turn.say(Phrase::SeriesOnce, &[("moment", &moment)]),
        None => turn.say(Phrase::StillHere, &[]),
    }
}

/// «1, 8 и 15 декабря».
fn days_of(turn: &Turn, slots: &[Slot]) -> String {
    let dates: Vec<_> = slots.iter().map(|slot| turn.wall(slot.starts_at).date()).collect();
    wall::days(&dates)
}
