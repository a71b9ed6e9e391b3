//! May a reminder come by SMS when the chat is closed? Asked once, after a booking, and written down: an SMS the
//! client did not agree to is against the law. Source: 126-FZ, article 44.1.

use crate::conversation::{Asking, Speaker};
use crate::effect::Effect;
use crate::elsewhere;
use crate::phrases::Phrase;
use crate::proof::{Deed, Proof, Purpose};
use crate::turn::Turn;

/// Ends a message that settled a visit, unless something else is asked there.
pub(super) fn offer(turn: &mut Turn) {
    let client = &turn.conv.client;
    let may_ask = client.takes_sms.is_none()
        && !client.is_stopped
        && turn.conv.asking == Asking::Nothing
        && turn.conv.speaker == Speaker::Bot
        && !turn.settings().document.care.remind_before_min.is_empty()
        && elsewhere::sms_means(turn.settings()).is_some();
    if may_ask {
        ask(turn);
    }
}

pub(super) fn ask(turn: &mut Turn) {
    if let Some(question) = question(turn) {
        turn.say_text(question);
        turn.conv.asking = Asking::Sms;
        turn.ask(vec![turn.button("sms.yes", Phrase::ButtonSmsYes), turn.button("sms.no", Phrase::ButtonSmsNo)], false);
    }
}

fn question(turn: &Turn) -> Option<String> {
    let phone = turn.conv.client.phone.as_ref()?.masked();
    Some(turn.phrase(Phrase::SmsAsk, &[("phone", &phone)]))
}

/// «Да, можно» or «Не нужно», by word or by button; the last word counts.
pub(super) fn settle(turn: &mut Turn, is_agreed: bool) {
    if turn.conv.asking == Asking::Sms {
        turn.conv.asking = Asking::Nothing;
    }
    note(turn, is_agreed);
    turn.say(if is_agreed { Phrase::SmsAgreed } else { Phrase::SmsDeclined }, &[]);
}

/// Writes down what the client said, here or to a person who asked the same.
pub(super) fn note(turn: &mut Turn, is_agreed: bool) {
    let before = turn.conv.client.takes_sms.replace(is_agreed);
    let deed = match (before.unwrap_or(false), is_agreed) {
        (false, true) => Some(Deed::Given),
        (true, false) => Some(Deed::Withdrawn),
        _ => None,
    };
    if let (Some(deed), Some(text)) = (deed, question(turn)) {
        turn.emit(Effect::Prove(Proof { purpose: Purpose::Sms, deed, text }));
    }
}
