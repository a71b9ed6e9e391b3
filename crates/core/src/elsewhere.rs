//! A reminder whose chat is closed: by another chat of the client, else by SMS to a client who agreed to it.

use jiff::Timestamp;

use crate::acquaintance::VisitElsewhere;
use crate::business::Way;
use crate::conversation::Booking;
use crate::effect::{Effect, RemindElsewhere, Sms};
use crate::phrases::Phrase;
use crate::turn::Turn;

/// Sends a reminder another way, if there is one. Floor 4 knows whether the client has another chat.
pub(crate) fn remind(turn: &mut Turn, booking: &Booking, before_min: u16, until: Timestamp) {
    let client = &turn.conv.client;
    if client.is_stopped {
        return;
    }
    let chats_of = client.phone.clone().filter(|_| client.is_phone_vouched);
    let sms = sms(turn, booking);
    if chats_of.is_none() && sms.is_none() {
        return;
    }
    turn.emit(Effect::RemindElsewhere(Box::new(RemindElsewhere {
        booking: booking.id.clone(),
        before_min,
        visit: VisitElsewhere::of(booking),
        chats_of,
        sms,
        until,
    })));
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

/// The account of the business that sends SMS to clients, when it is open.
pub(crate) fn sms_means<'t>(turn: &'t Turn) -> Option<&'t str> {
    let settings = turn.settings();
    let means = settings.document.care.sms.as_deref()?;
    settings.lines.get(means).filter(|line| line.way == Way::Sms).map(|_| means)
}

fn sms(turn: &Turn, booking: &Booking) -> Option<Sms> {
    let client = &turn.conv.client;
    let to = client.phone.clone().filter(|_| client.takes_sms == Some(true))?;
    let means = sms_means(turn)?.to_owned();
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
    Some(Sms { means, to, text })
}
