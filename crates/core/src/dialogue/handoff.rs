//! A person is wanted: says who answers and by when, and sees to it that somebody is called.

use nochnik_nlu::Risk;

use crate::business::Role;
use crate::calendar;
use crate::conversation::Asking;
use crate::duty;
use crate::escalation::{TAKE_MIN, Why};
use crate::phrases::Phrase;
use crate::turn::Turn;
use crate::wall;

/// A risk is answered with a safe text at once; nothing is sold in the same breath.
pub(super) fn risk(turn: &mut Turn, risk: Risk) {
    let (why, phrase) = match risk {
        Risk::Emergency => (Why::Emergency, Phrase::Emergency),
        Risk::SelfHarm => (Why::SelfHarm, Phrase::SelfHarm),
        Risk::Medical => (Why::Medical, Phrase::Medical),
        Risk::Legal => (Why::Legal, Phrase::Legal),
        Risk::Complaint => (Why::Complaint, Phrase::Complaint),
    };
    person(turn, why, Some(phrase));
}

/// Calls a person and tells the client who and by when.
pub(super) fn person(turn: &mut Turn, why: Why, first: Option<Phrase>) {
    if let Some(phrase) = first {
        turn.say(phrase, &[]);
    }
    turn.conv.asking = Asking::Nothing;
    turn.ask(Vec::new(), false);
    turn.whys.push(why);
    promise(turn);
}

/// The truth about who answers: the duty manager within minutes, or the morning.
fn promise(turn: &mut Turn) {
    let settings = turn.settings();
    let on_duty = duty::by_role(settings, Role::Duty, turn.now);
    let reachable: Vec<String> = on_duty.iter().filter(|p| !p.means.is_empty()).map(|p| p.name.clone()).collect();
    if reachable.is_empty() {
        let until = opening_words(turn);
        let is_night = calendar::is_after_hours(settings, turn.now);
        return turn.say(if is_night { Phrase::HandoffMorning } else { Phrase::HandoffNobody }, &[("until", &until)]);
    }
    turn.has_promised = true;
    let until = wall::time(turn.wall(turn.after(TAKE_MIN)));
    turn.say(Phrase::HandoffNow, &[("person", &wall::list(&reachable)), ("until", &until)]);
}

/// «завтра, ср, 25 ноября, с 09:00».
fn opening_words(turn: &Turn) -> String {
    calendar::next_opening(turn.settings(), turn.now).map_or_else(
        || "в рабочее время".to_owned(),
        |at| {
            let wall = turn.wall(at);
            format!("{}, с {}", wall::date_from(wall.date(), turn.today()), wall::time(wall))
        },
    )
}

pub(super) fn callback(turn: &mut Turn) {
    let Some(phone) = turn.conv.client.phone.clone() else {
        turn.conv.asking = Asking::Phone;
        turn.say(Phrase::CallbackAskPhone, &[]);
        return turn.ask(Vec::new(), true);
    };
    let until = if calendar::is_after_hours(turn.settings(), turn.now) {
        opening_words(turn)
    } else {
        format!("до {}", wall::time(turn.wall(turn.after(TAKE_MIN))))
    };
    turn.conv.asking = Asking::Nothing;
    turn.say(Phrase::Callback, &[("phone", &phone.masked()), ("until", &until)]);
    turn.whys.push(Why::Callback);
}
