//! Where a calendar outside has the last word: the client's yes is written there first, and stands once it is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::series::Rhythm;
use super::{offer, settle};
use crate::business::ConfirmMode;
use crate::conversation::{Booking, BookingState};
use crate::effect::{Alarm, Effect};
use crate::escalation::{self, Why};
use crate::notice;
use crate::phrases::Phrase;
use crate::turn::Turn;

/// A calendar answers within seconds; after this the client is not left waiting for it.
const PATIENCE_S: i64 = 60;

/// A calendar is asked for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarAsk {
    pub since: Timestamp,
    /// Days between the visits of the series that this one begins.
    pub every_days: Option<u16>,
    /// Days of the week of that series, where several were named; 0 is Monday.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<i8>,
    /// One of several that the client was told of together: its yes says nothing more.
    pub is_told: bool,
}

/// What a calendar makes of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarAnswer {
    /// It stands there.
    Stands,
    /// Somebody else has the time.
    Taken,
    /// It will not be written there, for another reason.
    Refused,
}

/// The client has agreed; the calendar is asked.
pub(super) fn ask(turn: &mut Turn, booking: &Booking, rhythm: Option<Rhythm>, is_told: bool) {
    let since = turn.now;
    if let Some(held) = turn.conv.booking_mut(&booking.id) {
        let (every_days, weekdays) = rhythm.map(|rhythm| (rhythm.every_days, rhythm.weekdays)).unzip();
        held.asked = Some(CalendarAsk { since, every_days, weekdays: weekdays.unwrap_or_default(), is_told });
    }
    let due = turn.now.saturating_add(jiff::SignedDuration::from_secs(PATIENCE_S)).unwrap_or(Timestamp::MAX);
    turn.wake(Alarm::CalendarDue { booking: booking.id.clone() }, due);
    if !is_told {
        turn.say(Phrase::CalendarAsked, &[]);
    }
}

/// The calendar's word.
pub(crate) fn answered(turn: &mut Turn, id: &str, answer: CalendarAnswer) {
    let Some(booking) = turn.conv.booking(id).cloned() else { return };
    if booking.slot.starts_at <= turn.now {
        return;
    }
    match (&booking.state, answer) {
        // In a business where a person has the last word, the calendar only keeps the time.
        (BookingState::Requested { .. }, CalendarAnswer::Stands)
            if turn.settings().document.policy.confirm == ConfirmMode::Bot =>
        {
            stands(turn, &booking)
        }
        (BookingState::Requested { .. } | BookingState::Confirmed { .. }, CalendarAnswer::Taken) => {
            taken(turn, &booking)
        }
        (BookingState::Requested { .. }, CalendarAnswer::Refused) => hand_over(turn, &booking),
        _ => {}
    }
}

fn stands(turn: &mut Turn, booking: &Booking) {
    let Some(asked) = booking.asked.clone() else {
        let moment = turn.moment(booking.slot.starts_at);
        settle::approve(turn, booking);
        return escalation::visit_taken(turn, &moment);
    };
    forget(turn, booking);
    let name = turn.conv.client.name.clone().unwrap_or_default();
    settle::stands(turn, booking, &name);
    if asked.is_told {
        return;
    }
    turn.conv.replaced.clone_from(&booking.replaces);
    settle::say_booked(turn, booking, &name);
    let rhythm = asked.every_days.map(|every_days| Rhythm { every_days, weekdays: asked.weekdays });
    settle::follow(turn, booking, rhythm);
}

/// Somebody was faster: another time is offered, and the old visit of a move stands until then.
fn taken(turn: &mut Turn, booking: &Booking) {
    // What never stood is not called off: the request goes on.
    if matches!(booking.state, BookingState::Requested { .. }) {
        if let Some(own) = turn.conv.booking_mut(&booking.id) {
            own.state = BookingState::Expired;
        }
        turn.release(booking);
    } else {
        turn.cancel(&booking.id);
    }
    if booking.by.is_some() {
        let (name, moment) = (notice::client_name(turn), turn.moment(booking.slot.starts_at));
        let text = turn.phrase(Phrase::EnteredTaken, &[("name", &name), ("moment", &moment)]);
        return turn.emit(Effect::TellOwners { text });
    }
    settle::look_for_another(turn, booking);
    turn.conv.wish.specialist = Some(booking.slot.specialist.clone());
    turn.conv.replaced.clone_from(&booking.replaces);
    offer::offer_instead(turn, &booking.slot);
}

/// The calendar is silent: the time is kept, and a person settles it.
pub(crate) fn due(turn: &mut Turn, id: &str) {
    let is_waiting = |booking: &&Booking| {
        booking.asked.is_some()
            && matches!(booking.state, BookingState::Requested { .. })
            && booking.slot.starts_at > turn.now
    };
    let Some(booking) = turn.conv.booking(id).filter(is_waiting).cloned() else { return };
    hand_over(turn, &booking);
}

fn hand_over(turn: &mut Turn, booking: &Booking) {
    if booking.asked.is_none() {
        return;
    }
    forget(turn, booking);
    let moment = settle::say_requested(turn, booking);
    escalation::booked(turn, &moment);
    turn.whys.push(Why::Visit);
}

fn forget(turn: &mut Turn, booking: &Booking) {
    if let Some(own) = turn.conv.booking_mut(&booking.id) {
        own.asked = None;
    }
}
