//! The only way in: routes an event, decides nothing itself.

use jiff::Timestamp;

use crate::acquaintance;
use crate::business::Business;
use crate::card;
use crate::care;
use crate::conversation::{Conversation, Speaker};
use crate::dialogue;
use crate::effect::{Alarm, Effect, IfLost};
use crate::elsewhere;
use crate::escalation;
use crate::event::{Event, SendOutcome, What};
use crate::lead;
use crate::open_line::{self, Mark};
use crate::outside::{self, By};
use crate::reach;
use crate::request;
use crate::staff;
use crate::turn::Turn;

/// Moves one conversation forward by one event. Words whose term is over are forgotten first.
///
/// Pure: same arguments, same result. Events that no longer fit the state (a late alarm, a second
/// «Беру») return it unchanged. Effects keep their order; effect n of event e is sent under the key
/// `e#n`, so a retry carries the same key.
pub fn step(state: Conversation, business: &Business, event: &Event, now: Timestamp) -> (Conversation, Vec<Effect>) {
    let mut state = state;
    state.forget_before(now - business.settings.document.retention.words());
    let mark = Mark::of(&state);
    let mut turn = Turn::new(state, business, event, now);
    match &event.what {
        What::Client(inputs) => {
            // Not every channel tells that a client is back.
            turn.conv.client.is_blocked = false;
            request::begin_anew(&mut turn);
            dialogue::client(&mut turn, inputs);
        }
        What::Staff { person, act } => staff::act(&mut turn, person, act),
        What::Answer { case, person, answer, press_id } => {
            staff::answer(&mut turn, case, person, *answer, press_id.as_deref())
        }
        What::StalePress { case, person, press_id } => staff::stale_press(&mut turn, case, person, press_id.as_deref()),
        What::Unreached { case, target } => reach::failed(&mut turn, case, target),
        What::Alarm(alarm) => wake(&mut turn, alarm),
        What::Sent { key, outcome, if_lost } => sent(&mut turn, key, outcome, *if_lost),
        What::Consulted { since, answer } => dialogue::consulted(&mut turn, *since, answer.as_ref()),
        What::Acquainted(others) => acquaintance::met(&mut turn, others),
        What::CalendarAnswered { booking, answer } => dialogue::calendar_answered(&mut turn, booking, *answer),
        What::CalendarChanged(change) => outside::changed(&mut turn, By::Calendar(&change.calendar), &change.visit),
        What::VisitJudged { request_no, has_come } => request::judged(&mut turn, *request_no, *has_come),
        What::RequestEnded { request_no, end } => request::ended(&mut turn, *request_no, *end),
        What::Reachable(is_reachable) => turn.conv.client.is_blocked = !is_reachable,
        What::NewNumber(phone) => dialogue::new_number(&mut turn, phone),
        What::Named(name) => drop(turn.conv.client.profile_name.get_or_insert_with(|| name.clone())),
    }
    let is_clients = is_clients(&event.what) && turn.conv.speaker == Speaker::Bot;
    if is_clients {
        request::begin_anew(&mut turn);
    }
    if is_clients || !turn.whys.is_empty() {
        assess(&mut turn);
        escalation::consider(&mut turn);
    }
    acquaintance::ask(&mut turn);
    if turn.has_promised {
        escalation::keep_promise(&mut turn);
    }
    if turn.conv.lead.is_some() {
        assess(&mut turn);
        card::hand_over(&mut turn);
    }
    let (mut conv, mut effects) = turn.finish();
    open_line::follow(&mut conv, &mut effects, &business.settings, event, now, &mark);
    (conv, effects)
}

/// The client's words are answered in this turn.
fn is_clients(what: &What) -> bool {
    matches!(what, What::Client(_) | What::Consulted { .. } | What::Alarm(Alarm::ConsultDue { .. }))
}

fn assess(turn: &mut Turn) {
    turn.conv.lead = lead::assess(&turn.conv, &turn.whys, turn.settings(), turn.now);
}

fn wake(turn: &mut Turn, alarm: &Alarm) {
    match alarm {
        Alarm::HoldExpired { booking } => dialogue::hold_expired(turn, booking),
        Alarm::Escalation { case, rung } => escalation::rung_due(turn, case, *rung),
        Alarm::NextMeans { case, target } => reach::next_due(turn, case, target),
        Alarm::Repair { case } => escalation::repair(turn, case),
        Alarm::NobodyTook { case } => escalation::nobody_took(turn, case),
        Alarm::OutcomeDue { case } => escalation::outcome_due(turn, case),
        Alarm::PersonSilent { since } => staff::person_silent(turn, *since),
        Alarm::CalendarDue { booking } => dialogue::calendar_due(turn, booking),
        Alarm::PromiseDue { case } => escalation::promise_due(turn, case),
        Alarm::BackupDue { since } => dialogue::backup_due(turn, *since),
        Alarm::SilenceDue { since } => dialogue::silence_due(turn, *since),
        Alarm::ReminderDue { booking, before_min, starts_at } => {
            care::reminder_due(turn, booking, *before_min, *starts_at);
        }
        Alarm::RemindHere { visit, .. } => elsewhere::remind_here(turn, visit),
        Alarm::SayHere { text, by, .. } => elsewhere::say_here(turn, text, by.as_ref()),
        Alarm::ReminderSilent { booking, starts_at } => care::reminder_silent(turn, booking, *starts_at),
        Alarm::RatingDue { booking, ends_at } => care::rating_due(turn, booking, *ends_at),
        Alarm::SlotFreed { freed } => dialogue::slot_freed(turn, freed),
        Alarm::WaitlistOver { since } => dialogue::waitlist_over(turn, *since),
        Alarm::ConsultDue { since } => dialogue::consulted(turn, *since, None),
    }
}

/// A message that could not be delivered goes round or is a person's business; one that was needs nothing.
fn sent(turn: &mut Turn, key: &str, outcome: &SendOutcome, if_lost: IfLost) {
    let code = match outcome {
        SendOutcome::Delivered => return,
        SendOutcome::Refused { code } => code.as_str(),
        SendOutcome::Dead => "",
    };
    let is_closed = code == "unreachable";
    turn.conv.client.is_blocked |= is_closed;
    // What perhaps came is not said once more elsewhere.
    let is_doubtful = code == "unknown";
    if care::unsent(turn, key, !is_doubtful) {
        return;
    }
    let is_round = match if_lost {
        IfLost::Nothing => return,
        IfLost::PersonTold => false,
        IfLost::GoesRound => !is_closed && !is_doubtful && elsewhere::reply(turn, key),
        IfLost::GoesRoundAlways => !is_doubtful && elsewhere::reply(turn, key),
    };
    if is_round || (is_closed && if_lost != IfLost::GoesRoundAlways) {
        return;
    }
    turn.whys.push(escalation::Why::Unanswered);
    if let Speaker::Person { person, .. } = turn.conv.speaker.clone() {
        staff::unheard(turn, &person);
    }
}
