//! A visit that a person enters for somebody who rang, or stands at the desk: it stands at once, and nothing is said.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{book, reserve, settle, sms};
use crate::conversation::Booking;
use crate::lead;
use crate::notice;
use crate::phrases::Phrase;
use crate::request;
use crate::schedule::{self, HandAsk, Slot};
use crate::turn::Turn;
use crate::values::{PersonId, Phone};

/// What the person has written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandVisit {
    /// May be empty where the business asks no client for it.
    pub name: String,
    /// As the client gave it to the person.
    pub phone: Option<Phone>,
    /// The client agreed to reminders by SMS.
    pub takes_sms: bool,
    pub ask: HandAsk,
    pub at: Timestamp,
    /// The person has seen the doubts about this time, and means it.
    pub is_sure: bool,
}

/// Books the visit, if there still is a place for it.
pub(crate) fn enter(turn: &mut Turn, person: &PersonId, visit: &HandVisit) {
    let Some(slot) = slot_of(turn, visit).filter(|_| !turn.conv.address.has_chat()) else { return };
    meet(turn, visit);
    let Some(booking) = book::hold(turn, visit.ask.services.clone(), slot, turn.settings().document.policy.hold_min)
    else {
        return;
    };
    if let Some(own) = turn.conv.booking_mut(&booking.id) {
        own.by = Some(person.clone());
    }
    request::begin_anew(turn);
    stand(turn, &booking, &visit.name);
    write_down(turn, person, &booking);
    turn.conv.lead = lead::assess(&turn.conv, &[], turn.settings(), turn.now);
}

fn slot_of(turn: &Turn, visit: &HandVisit) -> Option<Slot> {
    let place = schedule::place(turn.business, &visit.ask, visit.at, turn.now).ok()?;
    (place.doubts.is_empty() || visit.is_sure).then_some(place.slot)
}

/// The number was said to a person of the business: what is told about this visit may go to whoever has it.
fn meet(turn: &mut Turn, visit: &HandVisit) {
    let client = &mut turn.conv.client;
    if !visit.name.is_empty() {
        client.name = Some(visit.name.clone());
    }
    if visit.phone.is_some() {
        client.phone.clone_from(&visit.phone);
        client.is_phone_confirmed = true;
        client.is_phone_vouched = true;
    }
    if visit.takes_sms {
        sms::note(turn, true);
    }
}

/// A person has agreed on it with the client: only a calendar outside may still say no.
fn stand(turn: &mut Turn, booking: &Booking, name: &str) {
    if turn.settings().is_decided(&booking.slot.specialist) {
        settle::requested(turn, booking, None);
        reserve::ask(turn, booking, None, true);
    } else {
        settle::stands(turn, booking, name);
    }
}

fn write_down(turn: &mut Turn, person: &PersonId, booking: &Booking) {
    let (moment, service, specialist) = book::words_of(turn, booking);
    let arguments = [("service", &*service), ("moment", &moment), ("specialist", &specialist)];
    let text = turn.phrase(Phrase::EnteredByHand, &arguments);
    let name = notice::person_name(turn.settings(), person);
    turn.conv.note(turn.now, &name, &text);
}
