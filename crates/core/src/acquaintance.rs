//! One client in several chats: what another chat of the same number knows of them.
//!
//! What another chat holds is told to the client only where both channels vouch that the number is theirs: anybody
//! can type a number. The CRM's adapter joins the requests themselves, by phone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::conversation::{Booking, Conversation};
use crate::effect::Effect;
use crate::phrases::Phrase;
use crate::turn::Turn;
use crate::values::{Phone, ServiceId, SpecialistId};

/// What one other chat knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acquaintance {
    pub name: Option<String>,
    /// The channel there vouches for the number.
    pub is_vouched: bool,
    /// A visit booked there is over.
    pub was_booked: bool,
    /// Visits to come, soonest first.
    pub visits: Vec<VisitElsewhere>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitElsewhere {
    pub services: Vec<ServiceId>,
    pub specialist: SpecialistId,
    pub starts_at: Timestamp,
}

impl VisitElsewhere {
    pub(crate) fn of(booking: &Booking) -> Self {
        Self {
            services: booking.services.clone(),
            specialist: booking.slot.specialist.clone(),
            starts_at: booking.slot.starts_at,
        }
    }
}

impl Acquaintance {
    /// What this conversation would tell another one of the same client.
    pub fn of(conv: &Conversation, now: Timestamp) -> Self {
        Self {
            name: conv.client.name.clone(),
            is_vouched: conv.client.is_phone_vouched,
            was_booked: conv.was_booked(now),
            visits: conv.coming(now).into_iter().map(VisitElsewhere::of).collect(),
        }
    }
}

/// Asks floor 4 who else has the client's number, once for each confirmed number.
pub(crate) fn ask(turn: &mut Turn) {
    let client = &turn.conv.client;
    let Some(phone) = client.phone.clone().filter(|_| client.is_phone_confirmed) else { return };
    let question = Asked { phone, is_vouched: client.is_phone_vouched };
    if turn.conv.asked_who.as_ref() != Some(&question) {
        turn.emit(Effect::Acquaint { phone: question.phone.clone() });
        turn.conv.asked_who = Some(question);
    }
}

/// For which number, and with whose word for it, was asked who else has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    pub phone: Phone,
    pub is_vouched: bool,
}

/// Floor 4 found other chats of this number, the one written to last first.
pub(crate) fn met(turn: &mut Turn, others: &[Acquaintance]) {
    let known = others.iter().filter(|other| other.is_vouched && turn.conv.client.is_phone_vouched);
    if turn.conv.client.name.is_none() {
        turn.conv.client.name = known.clone().find_map(|other| other.name.clone());
    }
    turn.conv.was_booked_elsewhere |= others.iter().any(|other| other.was_booked);
    let visits = known.flat_map(|other| other.visits.iter().cloned());
    let visits: Vec<VisitElsewhere> = visits.filter(|visit| !turn.conv.elsewhere.contains(visit)).collect();
    if let Some(words) = words_of(turn, visits.first()) {
        turn.say(Phrase::VisitElsewhere, &[("service", &words.1), ("moment", &words.0)]);
    }
    turn.conv.elsewhere.extend(visits);
    turn.conv.elsewhere.sort_by_key(|visit| visit.starts_at);
}

/// When and what of the next visit that another chat of the client holds.
pub(crate) fn next_elsewhere(turn: &Turn) -> Option<(String, String)> {
    words_of(turn, turn.conv.elsewhere.iter().find(|visit| visit.starts_at > turn.now))
}

fn words_of(turn: &Turn, visit: Option<&VisitElsewhere>) -> Option<(String, String)> {
    visit.map(|visit| (turn.moment(visit.starts_at), turn.settings().names_of(&visit.services)))
}
