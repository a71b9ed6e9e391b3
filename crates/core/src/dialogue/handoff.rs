//! A person is wanted: says who answers and by when, and sees to it that somebody is called.

use nochnik_nlu::Risk;

use super::book;
use crate::business::Role;
use crate::calendar;
use crate::conversation::Asking;
use crate::duty;
use crate::escalation::{Case, CaseState, TAKE_MIN, Why};
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
    if matches!(risk, Risk::Emergency | Risk::SelfHarm) {
        turn.say_first(phrase);
        person(turn, why, None);
    } else {
        person(turn, why, Some(phrase));
    }
    ask_contact(turn);
}

/// A number makes it easier to reach the client; asked for once and never insisted on.
fn ask_contact(turn: &mut Turn) {
    if turn.conv.client.phone.is_none() {
        turn.conv.asking = Asking::Phone;
        turn.say(Phrase::AskPhoneForPerson, &[]);
        turn.ask(Vec::new(), true);
    }
}

/// A question that only a person can answer: by day the duty manager is called, at night it waits.
pub(super) fn question(turn: &mut Turn) {
    if is_awaited(turn) {
        return still_waiting(turn);
    }
    turn.say(Phrase::FaqUnknown, &[]);
    turn.whys.push(Why::Question);
    if calendar::is_after_hours(turn.settings(), turn.now) {
        let until = opening_words(turn);
        turn.say(Phrase::HandoffMorning, &[("until", &until)]);
    } else {
        promise(turn);
    }
    if turn.conv.wish.wants_visit {
        book::go_on(turn);
    }
}

/// A person was called for the client's own sake, not to sell, and has not answered yet.
pub(super) fn is_awaited(turn: &Turn) -> bool {
    let is_waiting = |case: &Case| matches!(case.state, CaseState::Open | CaseState::Morning { .. });
    turn.conv.case.as_ref().is_some_and(|case| is_waiting(case) && case.whys.iter().any(|why| why.is_clients()))
}

/// «Ну и долго ждать?» gets the truth as it stands now.
pub(super) fn still_waiting(turn: &mut Turn) {
    let morning = match turn.conv.case.as_ref().map(|case| &case.state) {
        Some(CaseState::Morning { until }) => Some(*until),
        _ => None,
    };
    match morning {
        Some(until) => {
            let until = turn.moment(until);
            turn.say(Phrase::WaitingMorning, &[("until", &until)]);
        }
        None => turn.say(Phrase::Waiting, &[]),
    }
}

/// Takes a name or a number given while a person is expected, or for a call; false when it is
/// wanted for a visit.
pub(super) fn takes_contact(turn: &mut Turn) -> bool {
    if turn.conv.wish.wants_call && turn.conv.asking == Asking::Phone && turn.conv.client.phone.is_some() {
        callback(turn);
        return true;
    }
    if !is_awaited(turn) && turn.conv.case.as_ref().is_none_or(|case| !case.whys.iter().any(|why| why.is_grave())) {
        return false;
    }
    turn.conv.asking = Asking::Nothing;
    turn.say(Phrase::ContactPassed, &[]);
    true
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
pub(super) fn opening_words(turn: &Turn) -> String {
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
