//! A request of the client: people end it in the CRM, and the next wish begins another one.
//!
//! What was sold, lost or deleted there is never opened again by us: the card of the new request is a new card.

use serde::{Deserialize, Serialize};

use crate::care;
use crate::conversation::{Asking, Booking, BookingState, Conversation, Wish};
use crate::crm::Stage;
use crate::escalation;
use crate::turn::Turn;

/// How people ended a request in the CRM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestEnd {
    Won,
    Lost,
    /// Its card was deleted: nobody says how it ended.
    Gone,
}

/// The name of the request under way, for ever: the CRM finds its card by it.
pub fn origin(conversation: &Conversation) -> String {
    let head = format!("{}:{}:lead", conversation.business, conversation.id);
    match conversation.request_no {
        0 => head,
        n => format!("{head}{n}"),
    }
}

/// People ended the request `request_no` in the CRM; an earlier one is nobody's business any more.
pub(crate) fn ended(turn: &mut Turn, request_no: u32, end: RequestEnd) {
    if turn.conv.request_no != request_no || turn.conv.request_end.is_some() {
        return;
    }
    turn.conv.request_end = Some(end);
    if end != RequestEnd::Gone {
        escalation::settled_in_crm(turn, end == RequestEnd::Won);
    }
    if let Some(lead) = &mut turn.conv.lead {
        lead.stage = match end {
            RequestEnd::Won => lead.stage.max(Stage::Booked),
            RequestEnd::Lost | RequestEnd::Gone => Stage::Lost,
        };
    }
    // Whoever is in the middle of booking goes on, as a new request, with all that was said.
    if turn.conv.asking == Asking::Nothing || !turn.conv.wish.wants_visit {
        turn.conv.wish = Wish { offer_no: turn.conv.wish.offer_no, ..Wish::default() };
    }
}

/// People said in the CRM whether the client came: that is about the last visit that has begun.
pub(crate) fn judged(turn: &mut Turn, request_no: u32, has_come: bool) {
    if turn.conv.request_no != request_no {
        return;
    }
    let now = turn.now;
    let has_been = |booking: &&Booking| {
        let state = &booking.state;
        let is_told = matches!(
            state,
            BookingState::Confirmed { .. } | BookingState::Arrived { .. } | BookingState::NoShow { .. }
        );
        is_told && booking.slot.starts_at <= now
    };
    let last = turn.conv.bookings.iter().filter(has_been).max_by_key(|booking| booking.slot.starts_at);
    if let Some(id) = last.map(|booking| booking.id.clone()) {
        care::came(turn, &id, has_come);
    }
}

/// After the end of a request the client's next wish begins another, and so does the yes to a time that is kept for
/// them; thanks and small talk begin nothing.
pub(crate) fn begin_anew(turn: &mut Turn) {
    let is_wanted = is_wish(&turn.conv.wish) || turn.conv.held().is_some();
    if turn.conv.request_end.is_none() || !is_wanted {
        return;
    }
    turn.conv.request_end = None;
    turn.conv.request_no += 1;
    turn.conv.lead = None;
    turn.conv.card = None;
}

fn is_wish(wish: &Wish) -> bool {
    wish.wants_visit || wish.asked_price || wish.wants_call || wish.handed_over_at.is_some()
}
