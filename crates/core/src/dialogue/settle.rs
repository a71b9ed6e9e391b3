//! The client's yes: the visit stands at once, or waits for the word of a person.

use super::series::Rhythm;
use super::{book, change, handoff, offer, request, reserve, series, several, sms, waitlist};
use crate::business::ConfirmMode;
use crate::calendar;
use crate::care;
use crate::conversation::{Asking, Booking, BookingState, Wish};
use crate::effect::Effect;
use crate::escalation::{self, Why};
use crate::phrases::Phrase;
use crate::schedule::Slot;
use crate::turn::Turn;
use crate::values::ServiceId;
use crate::wall;

/// «Да, всё верно»: the visit is booked, in this very transaction or not at all.
pub(super) fn confirm(turn: &mut Turn) {
    turn.conv.given_up = None;
    match turn.conv.held().cloned() {
        Some(booking) => settle(turn, &booking),
        None if request::is_needed(turn) => request::confirm(turn),
        None => revive(turn),
    }
}

pub(super) fn press_confirm(turn: &mut Turn, number: &str) {
    let id = format!("{}/{number}", turn.conv.id);
    match turn.conv.bookings.iter().find(|b| b.id == id).map(|b| b.state.clone()) {
        Some(BookingState::Held { .. }) => confirm(turn),
        Some(BookingState::Expired) => revive(turn),
        _ => offer::press_stale(turn),
    }
}

/// «Записан»: the person who led the talk agreed with the client on the time that is held. The client reads it in writing;
/// its words come back, so that the person sees which time that was.
pub(crate) fn booked_by_person(turn: &mut Turn) -> Option<String> {
    let booking = turn.conv.held().cloned()?;
    let (moment, ..) = book::words_of(turn, &booking);
    if turn.settings().is_decided(&booking.slot.specialist) {
        ask_calendar(turn, &booking);
    } else {
        settle_now(turn, &booking);
    }
    Some(moment)
}

/// The hold ran out before the yes: taken again if the slot is still free.
fn revive(turn: &mut Turn) {
    let expired = turn.conv.bookings.iter().rev().find(|b| b.state == BookingState::Expired).cloned();
    let Some(expired) = expired else { return book::go_on(turn) };
    turn.conv.wish.services.clone_from(&expired.services);
    turn.conv.bookings.retain(|b| b.id != expired.id);
    let Some(slot) = offer::still_free(turn, &expired.services, &expired.slot) else {
        return offer::offer_instead(turn, &expired.slot);
    };
    if let Some(booking) = book::hold(turn, expired.services, slot, turn.settings().document.policy.hold_min) {
        settle(turn, &booking);
    }
}

/// «Вернуть запись» under a cancellation: booked again if the slot is still free.
pub(super) fn bring_back(turn: &mut Turn, number: &str) {
    let id = format!("{}/{number}", turn.conv.id);
    let is_it = |b: &&Booking| b.id == id && matches!(b.state, BookingState::Cancelled { .. });
    let Some(old) = turn.conv.bookings.iter().find(is_it).cloned() else { return offer::press_stale(turn) };
    turn.conv.wish.services.clone_from(&old.services);
    let Some(slot) = offer::still_free(turn, &old.services, &old.slot) else {
        turn.conv.wish.wants_visit = true;
        return offer::offer_instead(turn, &old.slot);
    };
    turn.conv.bookings.retain(|b| b.id != old.id);
    if let Some(booking) = book::hold(turn, old.services, slot, turn.settings().document.policy.hold_min) {
        if let Some(own) = turn.conv.booking_mut(&booking.id) {
            own.had_stood = old.had_stood;
        }
        settle(turn, &booking);
    }
}

fn settle(turn: &mut Turn, booking: &Booking) {
    match turn.settings().document.policy.confirm {
        ConfirmMode::Bot if turn.settings().is_decided(&booking.slot.specialist) => ask_calendar(turn, booking),
        ConfirmMode::Bot => settle_now(turn, booking),
        ConfirmMode::Person => keep_for_person(turn, booking),
    }
}

/// The client has agreed, a calendar outside has the last word.
fn ask_calendar(turn: &mut Turn, booking: &Booking) {
    // The old visit of a move stays until the new one stands.
    let replaces = turn.conv.replaced.take();
    let rhythm = agreed(turn, booking);
    requested(turn, booking, replaces);
    reserve::ask(turn, booking, rhythm, false);
}

/// The client has agreed, a person has the last word: the time is kept, nobody is woken for it.
fn keep_for_person(turn: &mut Turn, booking: &Booking) {
    // The old visit of a move stays until the new one is confirmed.
    let replaces = turn.conv.replaced.take();
    let rhythm = agreed(turn, booking);
    requested(turn, booking, replaces);
    let moment = say_requested(turn, booking);
    escalation::booked(turn, &moment);
    turn.whys.push(Why::Visit);
    follow(turn, booking, rhythm);
}

/// Until when a person will have said whether the visit stands. Returns its moment in words.
pub(super) fn say_requested(turn: &mut Turn, booking: &Booking) -> String {
    let (moment, service, specialist) = book::words_of(turn, booking);
    let until = if calendar::is_after_hours(turn.settings(), turn.now) {
        handoff::opening_words(turn)
    } else {
        format!("до {}", wall::time(turn.wall(turn.after(escalation::TAKE_MIN))))
    };
    let arguments = [("moment", &*moment), ("service", &service), ("specialist", &specialist), ("until", &until)];
    turn.say(Phrase::Requested, &arguments);
    moment
}

pub(super) fn requested(turn: &mut Turn, booking: &Booking, replaces: Option<String>) {
    let now = turn.now;
    if let Some(held) = turn.conv.booking_mut(&booking.id) {
        held.state = BookingState::Requested { at: now };
        held.replaces = replaces;
    }
    let client_name = turn.conv.client.name.clone().unwrap_or_default();
    turn.emit(Effect::Keep { booking: booking.id.clone(), client_name });
}

/// One more visit of a client who has agreed to it already.
pub(super) fn add(turn: &mut Turn, services: Vec<ServiceId>, slot: Slot) {
    let policy = &turn.settings().document.policy;
    let (mode, hold_min) = (policy.confirm, policy.hold_min);
    let Some(booking) = book::hold(turn, services, slot, hold_min) else { return };
    match mode {
        ConfirmMode::Bot if turn.settings().is_decided(&booking.slot.specialist) => {
            requested(turn, &booking, None);
            reserve::ask(turn, &booking, None, true);
        }
        ConfirmMode::Bot => {
            let name = turn.conv.client.name.clone().unwrap_or_default();
            stands(turn, &booking, &name);
        }
        ConfirmMode::Person => {
            requested(turn, &booking, None);
            turn.whys.push(Why::Visit);
        }
    }
}

/// How the visits that followed are told of.
pub(super) fn series_phrase(turn: &Turn) -> Phrase {
    match turn.settings().document.policy.confirm {
        ConfirmMode::Bot => Phrase::SeriesBooked,
        ConfirmMode::Person => Phrase::SeriesRequested,
    }
}

pub(super) fn follow(turn: &mut Turn, first: &Booking, rhythm: Option<Rhythm>) {
    match rhythm {
        Some(rhythm) => {
            turn.conv.then.clear();
            series::offer(turn, first, &rhythm);
        }
        None => several::go_on(turn, first),
    }
    sms::offer(turn);
}

/// A person's «Подтвердить» or «Отказать»: of the visit that is named, else of all that wait, as a card lists them.
/// False when nothing of it waits any more.
pub(crate) fn decided(turn: &mut Turn, only: Option<&str>, is_approved: bool) -> bool {
    let waiting = turn.conv.undecided(turn.now).into_iter().filter(|booking| only.is_none_or(|id| booking.id == id));
    let waiting: Vec<Booking> = waiting.cloned().collect();
    let decide = if is_approved { approve } else { decline };
    waiting.iter().for_each(|booking| decide(turn, booking));
    !waiting.is_empty()
}

pub(super) fn approve(turn: &mut Turn, booking: &Booking) {
    let name = turn.conv.client.name.clone().unwrap_or_default();
    stands(turn, booking, &name);
    let (moment, service, specialist) = book::words_of(turn, booking);
    let arguments = [("moment", &*moment), ("service", &service), ("specialist", &specialist), ("name", &name)];
    turn.say(Phrase::Approved, &arguments);
    turn.conv.replaced.clone_from(&booking.replaces);
    change::release_moved(turn, &booking.id);
    say_address(turn);
}

fn decline(turn: &mut Turn, booking: &Booking) {
    turn.cancel(&booking.id);
    if turn.conv.address.has_chat() {
        look_for_another(turn, booking);
    }
    let moment = turn.moment(booking.slot.starts_at);
    turn.say(Phrase::Declined, &[("moment", &moment)]);
    if let Some(old) = booking.replaces.as_ref().and_then(|id| turn.conv.booking(id)) {
        let moment = turn.moment(old.slot.starts_at);
        turn.say(Phrase::VisitStands, &[("moment", &moment)]);
    }
}

/// The visit is off by our own doing: the client's next words are about another time for it.
pub(crate) fn look_for_another(turn: &mut Turn, booking: &Booking) {
    turn.conv.wish.services.clone_from(&booking.services);
    turn.conv.wish.wants_visit = true;
    turn.conv.asking = Asking::When;
}

/// What the client has agreed to is settled on their side. Returns the rhythm they asked for.
fn agreed(turn: &mut Turn, booking: &Booking) -> Option<Rhythm> {
    waitlist::agreed(turn, booking);
    let rhythm = series::asked_for(turn);
    turn.conv.client.is_phone_confirmed = turn.conv.client.phone.is_some();
    turn.conv.asking = Asking::Nothing;
    turn.conv.wish = Wish { offer_no: turn.conv.wish.offer_no, ..Wish::default() };
    rhythm
}

/// The visit stands: in the store, and with its reminders.
pub(super) fn stands(turn: &mut Turn, booking: &Booking, client_name: &str) {
    turn.visits.push(booking.id.clone());
    let now = turn.now;
    let is_unreminded = care::is_unreminded(turn.settings(), &booking.id);
    if let Some(held) = turn.conv.booking_mut(&booking.id) {
        held.state = BookingState::Confirmed { at: now };
        held.is_unreminded = is_unreminded;
    }
    turn.emit(Effect::Confirm { booking: booking.id.clone(), client_name: client_name.to_owned(), is_unreminded });
    care::arrange(turn, &booking.id);
}

fn say_address(turn: &mut Turn) {
    let address = &turn.settings().document.address;
    if !address.is_empty() {
        turn.say(Phrase::BookedAddress, &[("address", address)]);
    }
}

fn settle_now(turn: &mut Turn, booking: &Booking) {
    let name = turn.conv.client.name.clone().unwrap_or_default();
    let rhythm = agreed(turn, booking);
    stands(turn, booking, &name);
    say_booked(turn, booking, &name);
    follow(turn, booking, rhythm);
}

pub(super) fn say_booked(turn: &mut Turn, booking: &Booking, name: &str) {
    let (moment, service, specialist) = book::words_of(turn, booking);
    turn.say(
        Phrase::Booked,
        &[("moment", &moment), ("service", &service), ("specialist", &specialist), ("name", name)],
    );
    change::release_moved(turn, &booking.id);
    say_address(turn);
    escalation::booked(turn, &moment);
}
