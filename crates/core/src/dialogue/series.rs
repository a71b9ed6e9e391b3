//! «Каждый вторник», «по вторникам и четвергам»: after the first visit the following ones are offered together, at the
//! same hour, on its day of the week with the same specialist, and booked together.

use jiff::ToSpan;
use nochnik_nlu::{Intent, Meaning};

use super::turns::{self, Way};
use super::{book, offer, settle};
use crate::conversation::{Asking, Booking, Series};
use crate::limits::SERIES_VISITS_MAX;
use crate::phrases::Phrase;
use crate::schedule::Slot;
use crate::turn::Turn;
use crate::values::ServiceId;
use crate::wall;

/// «И давайте так каждые три недели» takes so many words; a longer message that speaks of weeks may be anything.
const RHYTHM_WORDS_MAX: usize = 6;

/// How many days lie between two visits of a series; said once, it stays with the wish.
const RHYTHMS: [(Way, u16); 4] = [(Way::Weekly, 7), (Way::Fortnightly, 14), (Way::ThreeWeekly, 21), (Way::Monthly, 28)];

/// How the visits of a series follow one another.
pub(super) struct Rhythm {
    pub every_days: u16,
    /// Days of the week that were named, where there is more than that of the first visit; 0 is Monday.
    pub weekdays: Vec<i8>,
}

/// The rhythm that the client asked for, if any.
pub(super) fn asked_for(turn: &Turn) -> Option<Rhythm> {
    let wish = &turn.conv.wish;
    Some(Rhythm { every_days: wish.every_days?, weekdays: wish.weekdays.clone() })
}

/// Keeps the rhythm that the message asks for with the wish.
pub(super) fn hear(turn: &mut Turn, meaning: &Meaning) {
    if let Some(every_days) = rhythm(&turn.said) {
        turn.conv.wish.every_days = Some(every_days);
        // One day alone is that of the first visit, whichever it comes to be.
        turn.conv.wish.weekdays = if meaning.weekdays.len() > 1 { meaning.weekdays.clone() } else { Vec::new() };
    }
}

/// «И так каждые три недели», of a visit that stands already. False where nothing of the kind is asked.
pub(super) fn is_of_visit_made(turn: &Turn, meaning: &Meaning) -> bool {
    let is_idle = matches!(turn.conv.asking, Asking::Nothing | Asking::Visit) && !turn.conv.wish.wants_visit;
    let is_short = turn.said.split_whitespace().count() <= RHYTHM_WORDS_MAX;
    let is_wish = !meaning.has(Intent::Cancel) && (is_short || meaning.has(Intent::Book) && meaning.risks.is_empty());
    let is_question = meaning.has(Intent::Faq) || meaning.has(Intent::Price);
    let has_visit = turn.conv.coming(turn.now).len() == 1 && meaning.services.is_empty();
    let is_same_day = || {
        let visit = turn.conv.coming(turn.now).first().map(|visit| turn.wall(visit.slot.starts_at));
        let found = meaning.when.as_ref().map(|found| found.value);
        found.is_none_or(|when| {
            let day = when.from_on.map(|on| on.weekday());
            when.from_at.is_none() && day.is_none_or(|day| visit.is_some_and(|visit| visit.weekday() == day))
        })
    };
    is_idle && is_wish && !is_question && has_visit && rhythm(&turn.said).is_some() && is_same_day()
}

/// Offers what is to follow the visit that stands.
pub(super) fn of_visit_made(turn: &mut Turn, meaning: &Meaning) {
    hear(turn, meaning);
    let (visit, rhythm) = (turn.conv.coming(turn.now).first().map(|visit| (*visit).clone()), asked_for(turn));
    book::forget_wish(turn);
    if let (Some(visit), Some(rhythm)) = (visit, rhythm) {
        offer(turn, &visit, &rhythm);
    }
}

/// «Каждую неделю», of whatever it is.
pub(super) fn is_said(text: &str) -> bool {
    rhythm(text).is_some()
}

/// The rhythm asked for in the message.
fn rhythm(text: &str) -> Option<u16> {
    RHYTHMS.iter().find(|(way, _)| turns::is_said(text, *way)).map(|(_, days)| *days)
}

/// The first visit is booked: what can follow is put before the client.
pub(super) fn offer(turn: &mut Turn, first: &Booking, rhythm: &Rhythm) {
    let (mut slots, mut taken) = (Vec::new(), Vec::new());
    for at in following(turn, &first.slot, rhythm) {
        match free_at(turn, &first.services, &at, &first.slot) {
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

/// The visits after the first, before the diary is looked at.
fn following(turn: &Turn, first: &Slot, rhythm: &Rhythm) -> Vec<Slot> {
    let weekday = turn.wall(first.starts_at).weekday().to_monday_zero_offset();
    let mut offsets: Vec<i64> = rhythm.weekdays.iter().map(|day| i64::from((day - weekday).rem_euclid(7))).collect();
    if !offsets.contains(&0) {
        offsets.push(0);
    }
    offsets.sort_unstable();
    let weeks = (0..SERIES_VISITS_MAX).map(|n| i64::from(rhythm.every_days) * n);
    let days = weeks.flat_map(|week| offsets.iter().map(move |offset| week + offset)).skip(1);
    days.take(usize::try_from(SERIES_VISITS_MAX - 1).unwrap_or_default())
        .filter_map(|days| shifted(turn, first, days))
        .collect()
}

/// The visit as the diary has it; on another day of the week perhaps with somebody else.
fn free_at(turn: &Turn, services: &[ServiceId], at: &Slot, first: &Slot) -> Option<Slot> {
    let own = offer::still_free(turn, services, at);
    let is_same_day = turn.wall(at.starts_at).weekday() == turn.wall(first.starts_at).weekday();
    own.or_else(|| if is_same_day { None } else { offer::free_with_anyone(turn, services, at) })
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
