//! What people do with our visits in a calendar outside: moved there is moved here, and the client hears of it.
//!
//! Our own state is the truth. A change made there while the client had already agreed to something else here comes too
//! late: the calendar is put right, and the owners are told.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::conversation::{Asking, Booking, BookingState, Speaker};
use crate::effect::Effect;
use crate::phrases::Phrase;
use crate::schedule::{Extra, Slot};
use crate::turn::Turn;
use crate::values::SpecialistId;
use crate::waitlist::Freed;
use crate::{care, dialogue, notice};

/// Where a visit stands. Half-open, without the buffers around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stands {
    pub specialist: SpecialistId,
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Stands {
    pub fn of(slot: &Slot) -> Self {
        Self { specialist: slot.specialist.clone(), from: slot.starts_at, to: slot.ends_at }
    }
}

/// Somebody changed the event of a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarChange {
    pub booking: String,
    /// The account of the calendar.
    pub calendar: String,
    /// As both sides last agreed.
    pub was: Stands,
    /// `None`: the event is gone.
    pub now: Option<Stands>,
}

/// Why a visit cannot stand where it was moved to.
enum Obstacle {
    Past,
    Taken,
    Lesson,
}

/// A calendar tells that a visit was moved or called off there.
pub(crate) fn changed(turn: &mut Turn, change: &CalendarChange) {
    let Some(booking) = turn.conv.booking(&change.booking).cloned() else { return };
    match booking.state {
        BookingState::Confirmed { .. } | BookingState::Requested { .. } if booking.slot.starts_at > turn.now => {}
        BookingState::Cancelled { .. } if change.now.is_some() => {
            tell(turn, &booking, change, Phrase::CalendarLateCancelled, "");
            return mirror(turn, &booking);
        }
        _ => return,
    }
    let stands = Stands::of(&booking.slot);
    if change.now.as_ref() == Some(&stands) {
        return;
    }
    if stands != change.was {
        let kept = turn.moment(stands.from);
        tell(turn, &booking, change, Phrase::CalendarLateMoved, &kept);
        return mirror(turn, &booking);
    }
    match &change.now {
        Some(now) => move_to(turn, &booking, now, change),
        None => call_off(turn, &booking),
    }
}

fn move_to(turn: &mut Turn, booking: &Booking, now: &Stands, change: &CalendarChange) {
    let slot = moved(&booking.slot, now);
    if let Some(obstacle) = obstacle(turn, booking, &slot) {
        let why = match obstacle {
            Obstacle::Past => Phrase::CalendarWhyPast,
            Obstacle::Taken => Phrase::CalendarWhyTaken,
            Obstacle::Lesson => Phrase::CalendarWhyLesson,
        };
        let why = turn.phrase(why, &[]);
        tell(turn, booking, change, Phrase::CalendarRefused, &why);
        return mirror(turn, booking);
    }
    if let Some(own) = turn.conv.booking_mut(&booking.id) {
        own.slot = slot.clone();
        // The new time has reminders of its own.
        (own.answer, own.reminder_key) = (None, None);
        own.reminded.clear();
    }
    turn.visits.push(booking.id.clone());
    turn.emit(Effect::Move { booking: booking.id.clone(), slot, by: Some(change.calendar.clone()) });
    turn.emit(Effect::Freed(Freed::of(&booking.slot)));
    care::arrange(turn, &booking.id);
    say_moved(turn, booking, now);
}

/// The same visit at another time: what it takes moves along, as far as it stays as long as it was.
fn moved(old: &Slot, now: &Stands) -> Slot {
    let by = now.from.duration_since(old.starts_at);
    let later = |at: Timestamp| at.saturating_add(by).unwrap_or(Timestamp::MAX);
    let buffer = old.busy_until.duration_since(old.ends_at);
    let is_as_long = now.to.duration_since(now.from) == old.ends_at.duration_since(old.starts_at);
    let gaps = old.extra.gaps.iter().filter(|_| is_as_long).map(|(from, to)| (later(*from), later(*to)));
    let units = old.extra.units.iter().map(|(unit, from, to)| (unit.clone(), later(*from), later(*to)));
    Slot {
        specialist: now.specialist.clone(),
        starts_at: now.from,
        ends_at: now.to,
        busy_until: now.to.saturating_add(buffer).unwrap_or(Timestamp::MAX),
        extra: Extra {
            before_min: old.extra.before_min,
            gaps: gaps.collect(),
            units: units.collect(),
            seat: old.extra.seat.clone(),
        },
    }
}

/// Whoever moved the visit saw the calendar and its other events: only what stands here is in the way.
fn obstacle(turn: &Turn, booking: &Booking, slot: &Slot) -> Option<Obstacle> {
    if slot.starts_at <= turn.now || slot.ends_at.duration_since(slot.starts_at) <= SignedDuration::ZERO {
        return Some(Obstacle::Past);
    }
    if slot.extra.seat.is_some() {
        return Some(Obstacle::Lesson);
    }
    let takes = slot.takes(&booking.id);
    let others = turn.business.busy.iter().filter(|busy| !busy.booking.is_empty() && busy.booking != booking.id);
    let is_taken = others.into_iter().any(|busy| takes.iter().any(|part| part.clashes(busy)));
    is_taken.then_some(Obstacle::Taken)
}

fn say_moved(turn: &mut Turn, old: &Booking, now: &Stands) {
    let (was, moment) = (turn.moment(old.slot.starts_at), turn.moment(now.from));
    let service = turn.settings().names_of(&old.services);
    let name_of = |id: &SpecialistId| turn.settings().specialist(id).map_or_else(String::new, |who| who.name.clone());
    let (before, specialist) = (name_of(&old.slot.specialist), name_of(&now.specialist));
    let is_same_time = old.slot.starts_at == now.from;
    let phrase = match (is_same_time && before != specialist, turn.settings().document.is_discreet()) {
        (true, false) => Phrase::VisitOtherSpecialist,
        (false, false) => Phrase::VisitMoved,
        (_, true) => Phrase::VisitMovedDiscreet,
    };
    let arguments =
        [("was", &*was), ("moment", &moment), ("service", &service), ("before", &before), ("specialist", &specialist)];
    turn.say(phrase, &arguments);
    turn.say(Phrase::VisitMovedAsk, &[]);
    let number = old.number();
    let buttons = vec![
        turn.button(format!("will.{number}"), Phrase::ButtonWill),
        turn.button(format!("move.{number}"), Phrase::ButtonMove),
        turn.button(format!("cancel.{number}"), Phrase::ButtonCancelBooking),
    ];
    turn.ask(buttons, false);
    if turn.conv.asking == Asking::Nothing && turn.conv.speaker == Speaker::Bot {
        turn.conv.asking = Asking::Reminder;
    }
}

/// The event is gone: the visit is off, and another time is looked for.
fn call_off(turn: &mut Turn, booking: &Booking) {
    turn.cancel(&booking.id);
    let moment = turn.moment(booking.slot.starts_at);
    turn.say(Phrase::VisitCalledOff, &[("moment", &moment)]);
    if turn.conv.held().is_none() {
        dialogue::look_for_another(turn, booking);
    }
}

fn tell(turn: &mut Turn, booking: &Booking, change: &CalendarChange, phrase: Phrase, detail: &str) {
    let (name, was) = (notice::client_name(turn), turn.moment(booking.slot.starts_at));
    let moved_to = change.now.as_ref().map_or_else(String::new, |now| turn.moment(now.from));
    let arguments =
        [("name", &*name), ("calendar", &change.calendar), ("was", &was), ("moment", &moved_to), ("detail", detail)];
    let text = turn.phrase(phrase, &arguments);
    turn.emit(Effect::TellOwners { text });
}

fn mirror(turn: &mut Turn, booking: &Booking) {
    turn.emit(Effect::Mirror { booking: booking.id.clone() });
}
