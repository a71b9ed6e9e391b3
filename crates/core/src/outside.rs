//! What people do with our visits, in a calendar outside or in the console: moved there is moved here, and the client
//! hears of it.
//!
//! Our own state is the truth. A change made there while the client had already agreed to something else here comes too
//! late: a calendar is put right, and the owners are told.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::conversation::{Asking, Booking, BookingState, Conversation, Speaker};
use crate::effect::Effect;
use crate::phrases::Phrase;
use crate::schedule::{Busy, Extra, Slot};
use crate::turn::Turn;
use crate::values::{PersonId, SpecialistId};
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
    /// The account of the calendar.
    pub calendar: String,
    #[serde(flatten)]
    pub visit: VisitChange,
}

/// A visit that somebody moved or called off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitChange {
    pub booking: String,
    /// As both sides last agreed, or as the person saw it.
    pub was: Stands,
    /// `None`: the visit is off.
    pub now: Option<Stands>,
}

/// Where a visit was changed.
#[derive(Clone, Copy)]
pub(crate) enum By<'a> {
    /// In the account of a calendar.
    Calendar(&'a str),
    /// In the console.
    Person(&'a PersonId),
}

/// What keeps a change from being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// The visit is off, has begun, or was never there.
    Gone,
    /// The client has agreed to another time meanwhile.
    Moved,
    Past,
    Taken,
    Lesson,
}

/// Looks whether a change could be made at this moment. `busy` is the whole business's.
///
/// Whoever moves a visit has seen the calendar and its other events: only what stands here is in the way.
pub fn hindrance(conv: &Conversation, busy: &[Busy], change: &VisitChange, now: Timestamp) -> Option<Hindrance> {
    let Some(booking) = conv.booking(&change.booking).filter(|booking| is_to_come(booking, now)) else {
        return Some(Hindrance::Gone);
    };
    if Stands::of(&booking.slot) != change.was {
        return Some(Hindrance::Moved);
    }
    let slot = moved(&booking.slot, change.now.as_ref()?);
    if slot.starts_at <= now || slot.ends_at.duration_since(slot.starts_at) <= SignedDuration::ZERO {
        return Some(Hindrance::Past);
    }
    if slot.extra.seat.is_some() {
        return Some(Hindrance::Lesson);
    }
    let takes = slot.takes(&booking.id);
    let mut others = busy.iter().filter(|busy| !busy.booking.is_empty() && busy.booking != booking.id);
    others.any(|busy| takes.iter().any(|part| part.clashes(busy))).then_some(Hindrance::Taken)
}

fn is_to_come(booking: &Booking, now: Timestamp) -> bool {
    let stands = matches!(booking.state, BookingState::Confirmed { .. } | BookingState::Requested { .. });
    stands && booking.slot.starts_at > now
}

/// A calendar or a person tells that a visit was moved or called off there.
pub(crate) fn changed(turn: &mut Turn, by: By<'_>, change: &VisitChange) {
    let Some(booking) = turn.conv.booking(&change.booking).cloned() else { return };
    let is_off = matches!(booking.state, BookingState::Cancelled { .. }) && change.now.is_some();
    if !is_off && !is_to_come(&booking, turn.now) || change.now.as_ref() == Some(&Stands::of(&booking.slot)) {
        return;
    }
    if let Some(why) = hindrance(&turn.conv, &turn.business.busy, change, turn.now) {
        return refuse(turn, by, change, &booking, why);
    }
    match &change.now {
        Some(now) => move_to(turn, &booking, now, by),
        None => call_off(turn, &booking),
    }
}

fn move_to(turn: &mut Turn, booking: &Booking, now: &Stands, by: By<'_>) {
    let calendar = match by {
        By::Calendar(account) => Some(account),
        By::Person(_) => None,
    };
    relocate(turn, booking, moved(&booking.slot, now), calendar);
    say_moved(turn, booking, now);
}

/// The visit stands at another time from now on; `by` is the calendar that has it there already.
pub(crate) fn relocate(turn: &mut Turn, booking: &Booking, slot: Slot, by: Option<&str>) {
    if let Some(own) = turn.conv.booking_mut(&booking.id) {
        own.slot = slot.clone();
        // The new time has reminders of its own.
        (own.answer, own.reminder_key) = (None, None);
        own.reminded.clear();
    }
    turn.visits.push(booking.id.clone());
    turn.emit(Effect::Move { booking: booking.id.clone(), slot, by: by.map(str::to_owned) });
    turn.emit(Effect::Freed(Freed::of(&booking.slot)));
    care::arrange(turn, &booking.id);
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

fn say_moved(turn: &mut Turn, old: &Booking, now: &Stands) {
    let (was, moment) = (turn.moment(old.slot.starts_at), turn.moment(now.from));
    let service = turn.settings().names_of(&old.services);
    let name_of = |id: &SpecialistId| turn.settings().specialist_name(id).to_owned();
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
    if turn.conv.held().is_none() && turn.conv.address.has_chat() {
        dialogue::look_for_another(turn, booking);
    }
}

/// The visit stands as it did: the owners hear why, and a calendar is put right.
fn refuse(turn: &mut Turn, by: By<'_>, change: &VisitChange, booking: &Booking, why: Hindrance) {
    let (in_calendar, in_console, detail) = match why {
        Hindrance::Gone => (Phrase::CalendarLateCancelled, Phrase::MoveLateCancelled, None),
        Hindrance::Moved => (Phrase::CalendarLateMoved, Phrase::MoveLateMoved, None),
        Hindrance::Past => (Phrase::CalendarRefused, Phrase::MoveRefused, Some(Phrase::CalendarWhyPast)),
        Hindrance::Taken => (Phrase::CalendarRefused, Phrase::MoveRefused, Some(Phrase::CalendarWhyTaken)),
        Hindrance::Lesson => (Phrase::CalendarRefused, Phrase::MoveRefused, Some(Phrase::CalendarWhyLesson)),
    };
    let detail = match detail {
        Some(phrase) => turn.phrase(phrase, &[]),
        None => turn.moment(booking.slot.starts_at),
    };
    let (name, was) = (notice::client_name(turn), turn.moment(booking.slot.starts_at));
    let moment = change.now.as_ref().map_or_else(String::new, |now| turn.moment(now.from));
    let arguments = [("name", &*name), ("was", &was), ("moment", &moment), ("detail", &detail)];
    let text = match by {
        By::Calendar(account) => turn.phrase(in_calendar, &[&arguments[..], &[("calendar", account)]].concat()),
        By::Person(person) => {
            let person = notice::person_name(turn.settings(), person);
            turn.phrase(in_console, &[&arguments[..], &[("person", &person)]].concat())
        }
    };
    turn.emit(Effect::TellOwners { text });
    if let By::Calendar(_) = by {
        turn.emit(Effect::Mirror { booking: booking.id.clone() });
    }
}
