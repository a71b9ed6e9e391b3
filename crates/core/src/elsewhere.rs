//! What the client's own chat does not take: by another chat of theirs, else by SMS to a client who agreed to it.

use jiff::{SignedDuration, Timestamp};

use crate::acquaintance::VisitElsewhere;
use crate::business::{Settings, Way};
use crate::conversation::{Booking, Conversation};
use crate::crm::CLIENT;
use crate::effect::{Effect, IfLost, RemindElsewhere, ReplyElsewhere, Sms, Ways};
use crate::phrases::{Phrase, text};
use crate::staff;
use crate::turn::Turn;
use crate::values::PersonId;

/// Who wrote within this time is awake: an SMS about it disturbs nobody.
const AWAKE: SignedDuration = SignedDuration::from_hours(1);

/// Sends a reminder another way, if there is one. Floor 4 knows whether the client has another chat.
pub(crate) fn remind(turn: &mut Turn, booking: &Booking, before_min: u16, until: Timestamp) {
    let Some(ways) = ways(&turn.conv, reminder_sms(turn, booking)) else { return };
    turn.emit(Effect::RemindElsewhere(Box::new(RemindElsewhere {
        booking: booking.id.clone(),
        before_min,
        visit: VisitElsewhere::of(booking),
        ways,
        until,
    })));
}

/// Sends the reply under this key another way; false when there is none.
pub(crate) fn reply(turn: &mut Turn, key: &str) -> bool {
    let sms = call_back(&turn.conv, turn.settings(), CallBack::Unsent, turn.now);
    let Some(ways) = ways(&turn.conv, sms) else { return false };
    turn.emit(Effect::ReplyElsewhere(Box::new(ReplyElsewhere { key: key.to_owned(), ways })));
    true
}

/// How else this client may be spoken to; `None`: in no way.
pub fn ways(conv: &Conversation, sms: Option<Sms>) -> Option<Ways> {
    let client = &conv.client;
    if client.is_stopped {
        return None;
    }
    let chats_of = client.phone.clone().filter(|_| client.is_phone_vouched);
    (chats_of.is_some() || sms.is_some()).then_some(Ways { chats_of, sms })
}

/// Why the client is asked to ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallBack {
    /// What was said has come to nothing.
    Unsent,
    /// The chat does not work now; the answer waits for it.
    Late,
}

impl CallBack {
    /// A business that must not be known by its name is not named.
    fn phrase(self, is_discreet: bool) -> Phrase {
        match (self, is_discreet) {
            (Self::Unsent, false) => Phrase::SmsUnsent,
            (Self::Unsent, true) => Phrase::SmsUnsentDiscreet,
            (Self::Late, false) => Phrase::SmsLate,
            (Self::Late, true) => Phrase::SmsLateDiscreet,
        }
    }
}

/// An SMS that asks the client to ring; not while they sleep, and not without a number to ring.
pub fn call_back(conv: &Conversation, settings: &Settings, why: CallBack, now: Timestamp) -> Option<Sms> {
    let document = &settings.document;
    let last = conv.transcript.iter().rev().find(|line| line.who == CLIENT);
    let is_awake = last.is_some_and(|line| now.duration_since(line.at) < AWAKE);
    if document.phone.is_empty() || (document.care.is_quiet(settings.wall(now).time()) && !is_awake) {
        return None;
    }
    let phrase = why.phrase(document.is_discreet());
    sms(conv, settings, text(settings, phrase, &[("business", &document.name), ("phone", &document.phone)]))
}

/// Another conversation of this client asks to be spoken for here.
pub(crate) fn remind_here(turn: &mut Turn, visit: &VisitElsewhere) {
    if turn.conv.client.is_stopped || visit.starts_at <= turn.now {
        return;
    }
    let moment = turn.moment(visit.starts_at);
    if turn.settings().document.is_discreet() {
        return turn.say(Phrase::RemindHereDiscreet, &[("moment", &moment)]);
    }
    let service = turn.settings().names_of(&visit.services);
    turn.say(Phrase::RemindHere, &[("moment", &moment), ("service", &service)]);
}

/// So does a reply. Where a person spoke, the bot does not take the talk from them.
pub(crate) fn say_here(turn: &mut Turn, words: &str, by: Option<&PersonId>) {
    if turn.conv.client.is_stopped {
        return;
    }
    let Some(person) = by else { return turn.say(Phrase::SayHere, &[("text", words)]) };
    let whole = turn.phrase(Phrase::SayHere, &[("text", words)]);
    // From here it goes no further: two chats that take nothing would pass it to and fro.
    staff::say_as(turn, person, &whole, IfLost::PersonTold);
}

/// The account of the business that sends SMS to clients, when it is open.
pub fn sms_means(settings: &Settings) -> Option<&str> {
    let means = settings.document.care.sms.as_deref()?;
    settings.lines.get(means).filter(|line| line.way == Way::Sms).map(|_| means)
}

fn reminder_sms(turn: &Turn, booking: &Booking) -> Option<Sms> {
    let document = &turn.settings().document;
    let moment = turn.moment(booking.slot.starts_at);
    // Through foreign hands in clear text: what for stays between us.
    let mut text = if document.is_discreet() {
        turn.phrase(Phrase::SmsDiscreet, &[("moment", &moment)])
    } else {
        turn.phrase(Phrase::Sms, &[("business", &document.name), ("moment", &moment)])
    };
    if !document.phone.is_empty() {
        text = format!("{text} {}", turn.phrase(Phrase::SmsChange, &[("phone", &document.phone)]));
    }
    sms(&turn.conv, turn.settings(), text)
}

fn sms(conv: &Conversation, settings: &Settings, text: String) -> Option<Sms> {
    let to = conv.client.phone.clone().filter(|_| conv.client.takes_sms == Some(true))?;
    Some(Sms { means: sms_means(settings)?.to_owned(), to, text })
}
