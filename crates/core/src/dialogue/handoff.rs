//! A person is wanted: says who answers and by when, and sees to it that somebody is called.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use nochnik_nlu::{Meaning, Risk, Urgency};

use super::book;
use crate::business::{Fact, Person};
use crate::calendar;
use crate::conversation::{Asking, Speaker};
use crate::crm::CLIENT;
use crate::duty;
use crate::escalation::{Case, CaseState, TAKE_MIN, Why};
use crate::phrases::Phrase;
use crate::reach;
use crate::schedule;
use crate::turn::Turn;
use crate::wall;
use crate::wanted;

/// Who wrote within this time is no trouble to answer, whatever the hour.
const AWAKE: SignedDuration = SignedDuration::from_hours(1);

/// A risk is answered with a safe text at once; nothing is sold in the same breath.
///
/// While somebody is called to a threat to life, «что делать?» gets the same text and no weaker one.
pub(super) fn risk(turn: &mut Turn, risk: Risk) {
    let risk = if risk == Risk::Medical && is_awaited_for(turn, Why::Emergency) { Risk::Emergency } else { risk };
    let was_asked = turn.conv.case.as_ref().is_some_and(|case| case.whys.iter().any(|why| why.is_grave()));
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
    if !was_asked {
        ask_contact(turn);
    }
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
        // «Может, само пройдёт? До утра подождать?»: whom to ring is said again, whatever is asked.
        if is_in_danger(turn) {
            turn.say(Phrase::Emergency, &[]);
        }
        return turn.say(Phrase::QuestionToo, &[]);
    }
    turn.say(Phrase::FaqUnknown, &[]);
    turn.whys.push(Why::Question);
    promise_by_day(turn);
    // «А с подругой можно прийти?» of one who has booked asks for no other visit.
    let is_served = turn.conv.wish.services.is_empty() && !turn.conv.coming(turn.now).is_empty();
    turn.conv.wish.wants_visit &= !is_served;
    if turn.conv.wish.wants_visit {
        book::go_on(turn);
    }
}

/// Who answers what is not worth waking anybody: at night it is the morning.
pub(super) fn promise_by_day(turn: &mut Turn) {
    if calendar::is_after_hours(turn.settings(), turn.now) {
        let until = opening_words(turn);
        turn.say(Phrase::HandoffMorning, &[("until", &until)]);
    } else {
        promise(turn);
    }
}

/// A person was called for the client's own sake, not to sell, and has not answered yet.
pub(super) fn is_awaited(turn: &Turn) -> bool {
    let is_waiting = |case: &Case| matches!(case.state, CaseState::Open | CaseState::Morning { .. });
    turn.conv.case.as_ref().is_some_and(|case| is_waiting(case) && case.whys.iter().any(|why| why.is_clients()))
}

fn is_awaited_for(turn: &Turn, why: Why) -> bool {
    is_awaited(turn) && turn.conv.case.as_ref().is_some_and(|case| case.whys.contains(&why))
}

/// A person was called because somebody is in danger, and has not answered yet.
pub(super) fn is_in_danger(turn: &Turn) -> bool {
    is_awaited_for(turn, Why::Emergency)
}

/// No number is given to whom somebody was called: nothing depends on it, and nothing is sold now.
pub(super) fn without_contact(turn: &mut Turn) {
    turn.conv.asking = Asking::Nothing;
    turn.say(if is_in_danger(turn) { Phrase::Emergency } else { Phrase::WithoutContact }, &[]);
}

/// Asked to be rung, and gives no number: what is to be asked may be asked here.
pub(super) fn without_call(turn: &mut Turn) {
    turn.conv.wish.wants_call = false;
    turn.conv.asking = Asking::Nothing;
    turn.say(Phrase::WithoutCall, &[]);
}

/// «Ну и долго ждать?» gets the truth as it stands now.
pub(super) fn still_waiting(turn: &mut Turn) {
    let Some(case) = &turn.conv.case else { return turn.say(Phrase::Waiting, &[]) };
    match case.state {
        CaseState::Morning { until } if case.is_in_vain(turn.now) => nobody_came(turn, until),
        // The last who was rung may still answer.
        CaseState::Morning { .. } if case.is_rung_out() => turn.say(Phrase::Waiting, &[]),
        CaseState::Morning { until } => {
            let until = turn.moment(until);
            turn.say(Phrase::WaitingMorning, &[("until", &until)]);
        }
        // What is told once wakes nobody: it is answered when they open.
        _ if case.is_told_once() => promise_by_day(turn),
        _ => turn.say(Phrase::Waiting, &[]),
    }
}

/// Everybody was rung in vain, and nobody is rung again before this moment: the truth, and a number may be left.
fn nobody_came(turn: &mut Turn, until: Timestamp) {
    let from = from_words(turn, until);
    // By day they are rung again, at night it is answered when they open.
    let is_day = calendar::is_open(turn.settings(), turn.now);
    turn.say(if is_day { Phrase::NobodyCameByDay } else { Phrase::NobodyCame }, &[("until", &from)]);
    if is_in_danger(turn) || is_awaited_for(turn, Why::SelfHarm) {
        turn.say(Phrase::DoNotWait, &[]);
    }
    if turn.conv.client.phone.is_none() {
        turn.say(Phrase::MayLeavePhone, &[]);
    }
}

/// Every call of the case went unanswered: said once without being asked, to one who wrote a while ago and is told nothing
/// else by anybody.
pub(crate) fn tell_nobody_came(turn: &mut Turn) {
    // A request or a question is known to wait for the morning.
    let is_waited_for = |case: &&Case| case.whys.iter().any(|why| why.is_clients() && !why.can_wait());
    let Some(case) = turn.conv.case.as_ref().filter(is_waited_for) else { return };
    let CaseState::Morning { until } = case.state else { return };
    let said = turn.conv.transcript.iter().rev().find(|line| line.who == CLIENT);
    let is_awake = said.is_some_and(|line| turn.now.duration_since(line.at) < AWAKE);
    let is_silenced = turn.conv.client.is_stopped || turn.conv.is_closed() || turn.conv.speaker != Speaker::Bot;
    if case.is_in_vain(turn.now) && is_awake && !is_silenced {
        nobody_came(turn, until);
    }
}

/// The call is put off, and what this turn is about brings nobody sooner: another promise would be a lie.
fn is_put_off(turn: &Turn) -> bool {
    turn.conv.case.as_ref().is_some_and(|case| {
        matches!(case.state, CaseState::Morning { .. }) && turn.whys.iter().all(|why| case.whys.contains(why))
    })
}

/// «Ну так что», said while nothing is being booked, and after everybody was rung in vain. False where somebody may still
/// come.
pub(super) fn tells_how_it_stands(turn: &mut Turn) -> bool {
    let is_vain = is_awaited(turn) && turn.conv.case.as_ref().is_some_and(|case| case.is_in_vain(turn.now));
    let is_idle = turn.conv.asking == Asking::Nothing && !turn.conv.wish.wants_visit;
    if is_vain && is_idle {
        still_waiting(turn);
    }
    is_vain && is_idle
}

/// Takes a name or a number given while a person is expected; false when it is wanted for a visit.
pub(super) fn takes_contact(turn: &mut Turn) -> bool {
    if !is_awaited(turn) && turn.conv.case.as_ref().is_none_or(|case| !case.whys.iter().any(|why| why.is_grave())) {
        return false;
    }
    turn.conv.asking = Asking::Nothing;
    turn.say(Phrase::ContactPassed, &[]);
    true
}

/// The number just given was asked for to ring back.
pub(super) fn takes_call(turn: &Turn) -> bool {
    let is_promised = turn.conv.case.as_ref().is_some_and(|case| case.whys.contains(&Why::Callback));
    let is_answer = turn.conv.asking == Asking::Phone && turn.conv.client.phone.is_some();
    // Who is being booked gave the number for the booking.
    turn.conv.wish.wants_call && is_answer && !is_promised && turn.conv.held().is_none()
}

/// «Виолетта», in answer to «по какому номеру вам перезвонить?»: the number is still to be asked for, and nothing to be booked.
pub(super) fn names_caller(turn: &Turn, meaning: &Meaning) -> bool {
    let is_asked = turn.conv.asking == Asking::Phone && turn.conv.client.phone.is_none();
    let is_name_alone = meaning.name.is_some() && meaning.when.is_none() && meaning.services.is_empty();
    turn.conv.wish.wants_call && is_asked && is_name_alone && turn.conv.held().is_none()
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

/// Somebody pleads haste, and is going to be rung up about: says by whom, while the form goes on. Says nothing where nobody
/// can be called, or was told of already.
pub(super) fn urgent(turn: &mut Turn) {
    let is_told = |case: &Case| case.whys.contains(&Why::Urgent) && !matches!(case.state, CaseState::Closed { .. });
    if turn.conv.wish.urgency == Urgency::Normal || turn.conv.case.as_ref().is_some_and(is_told) {
        return;
    }
    let reachable = reachable(turn, true);
    if reachable.is_empty() {
        return;
    }
    turn.has_promised = true;
    let until = wall::time(turn.wall(turn.after(TAKE_MIN)));
    turn.say(Phrase::UrgentCalled, &[("person", &wall::list(&reachable)), ("until", &until)]);
}

/// Names of those on duty whom something may ring now.
fn reachable(turn: &Turn, is_urgent: bool) -> Vec<String> {
    let settings = turn.settings();
    let on_duty = duty::on_duty(settings, &turn.business.changes, turn.now);
    let may_ring = |person: &&&Person| reach::is_possible(settings, person, is_urgent, turn.now);
    on_duty.iter().filter(may_ring).map(|person| person.name.clone()).collect()
}

/// The truth about who answers: the duty manager within minutes, or the morning.
fn promise(turn: &mut Turn) {
    if is_put_off(turn) {
        return still_waiting(turn);
    }
    let settings = turn.settings();
    let reachable = reachable(turn, turn.whys.iter().any(|why| why.is_urgent()));
    if reachable.is_empty() {
        let until = opening_words(turn);
        let is_night = calendar::is_after_hours(settings, turn.now);
        return turn.say(if is_night { Phrase::HandoffMorning } else { Phrase::HandoffNobody }, &[("until", &until)]);
    }
    turn.has_promised = true;
    let until = wall::time(turn.wall(turn.after(TAKE_MIN)));
    turn.say(Phrase::HandoffNow, &[("person", &wall::list(&reachable)), ("until", &until)]);
}

/// «завтра, ср, 25 ноября, с 09:00»; while the business is open, «сегодня до 20:00», or «сегодня» where it goes on
/// until midnight or past it.
pub(super) fn opening_words(turn: &Turn) -> String {
    if let Some(closes_at) = closing(turn) {
        return format!("сегодня до {}", wall::time(closes_at));
    }
    if calendar::is_open(turn.settings(), turn.now) {
        return "сегодня".to_owned();
    }
    calendar::next_opening(turn.settings(), turn.now)
        .map_or_else(|| "в рабочее время".to_owned(), |at| from_words(turn, at))
}

/// «завтра, ср, 25 ноября, с 09:00»
fn from_words(turn: &Turn, at: Timestamp) -> String {
    let wall = turn.wall(at);
    format!("{}, с {}", wall::date_from(wall.date(), turn.today()), wall::time(wall))
}

/// When the business closes today, if it is open now and does not go on past midnight.
fn closing(turn: &Turn) -> Option<DateTime> {
    let (now, document) = (turn.wall(turn.now), &turn.settings().document);
    let minute = calendar::minute_of(now);
    let hours = calendar::hours_on(document, now.date());
    let open = hours.iter().find(|open| open.from_min <= minute && minute < open.to_min)?;
    calendar::wall_at(now.date(), open.to_min).filter(|at| at.date() == now.date())
}

pub(super) fn callback(turn: &mut Turn) {
    let Some(phone) = turn.conv.client.phone.clone() else {
        turn.conv.asking = Asking::Phone;
        turn.say(Phrase::CallbackAskPhone, &[]);
        return turn.ask(Vec::new(), true);
    };
    let until = if let Some(wanted) = wanted_call(turn) {
        wanted
    } else if calendar::is_after_hours(turn.settings(), turn.now) {
        opening_words(turn)
    } else {
        format!("до {}", wall::time(turn.wall(turn.after(TAKE_MIN))))
    };
    turn.conv.asking = Asking::Nothing;
    turn.say(Phrase::Callback, &[("phone", &phone.masked()), ("until", &until)]);
    turn.whys.push(Why::Callback);
    ask_for_call(turn);
}

/// Asks what the one who rings should know; nobody waits for the answer. False when nothing is missing.
fn ask_for_call(turn: &mut Turn) -> bool {
    let conv = &turn.conv;
    let missing = turn.settings().document.questions.urgent.iter().find_map(|fact| match fact {
        Fact::Name if conv.client.name.is_none() => Some((Asking::Name, Phrase::AskNameForCall)),
        Fact::Service if conv.wish.services.is_empty() => Some((Asking::Service, Phrase::AskServiceForCall)),
        _ => None,
    });
    let Some((asking, phrase)) = missing.filter(|(asking, _)| *asking != conv.asking) else { return false };
    turn.conv.asking = asking;
    turn.say(phrase, &[]);
    true
}

/// Takes what the one who rings should know, and asks on; false when no call was promised.
pub(super) fn takes_call_facts(turn: &mut Turn) -> bool {
    let is_promised =
        |case: &Case| case.whys.contains(&Why::Callback) && !matches!(case.state, CaseState::Closed { .. });
    let is_asked = matches!(turn.conv.asking, Asking::Name | Asking::Service) && !turn.conv.wish.wants_visit;
    if !is_asked || !turn.conv.case.as_ref().is_some_and(is_promised) {
        return false;
    }
    if !ask_for_call(turn) {
        turn.conv.asking = Asking::Nothing;
        turn.say(Phrase::ContactPassed, &[]);
    }
    true
}

/// When the client asked to be rung, in words; nothing when the business is closed then.
fn wanted_call(turn: &Turn) -> Option<String> {
    let when = turn.conv.wish.call_when?;
    let window = schedule::window_of(&when, turn.now, turn.settings());
    let is_open = !window.is_empty() && calendar::is_open(turn.settings(), turn.settings().moment_of(window.from));
    is_open.then(|| wanted::text(&when, turn.today()))
}
