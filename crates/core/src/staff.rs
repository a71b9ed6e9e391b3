//! What the staff does to a conversation: writes, takes over, gives back, answers notices.

use jiff::{SignedDuration, Timestamp};

use crate::care;
use crate::conversation::Speaker;
use crate::dialogue;
use crate::effect::{Alarm, Effect, IfLost, Notice, Reply};
use crate::escalation::{self, CaseState, Why};
use crate::event::{Input, NoticeAnswer, StaffAct};
use crate::notice;
use crate::open_line::{LineAct, LineWords};
use crate::outside::{self, By};
use crate::phrases::Phrase;
use crate::turn::Turn;
use crate::values::{CaseId, PersonId};

pub(crate) fn act(turn: &mut Turn, person: &PersonId, act: &StaffAct) {
    if !turn.conv.address.has_chat() && is_of_talk(act) {
        return;
    }
    match act {
        StaffAct::Reply { text } => reply(turn, person, text),
        StaffAct::WroteElsewhere { text, .. } => wrote(turn, person, text),
        // Kept as a bubble by whoever saves the turn.
        StaffAct::Note { .. } => {}
        StaffAct::TakeOver => take_over(turn, person),
        StaffAct::GiveBack | StaffAct::Line(LineAct::Ended) => give_back(turn),
        StaffAct::Line(LineAct::Said { text, .. }) => reply(turn, person, text),
        StaffAct::Came { booking, has_come } => care::came(turn, booking, *has_come),
        StaffAct::Visit(change) => outside::changed(turn, By::Person(person), change),
        StaffAct::Enter(visit) => dialogue::enter(turn, person, visit),
        StaffAct::Decide { booking, is_approved } => escalation::decide(turn, person, booking, *is_approved),
    }
}

/// Where nobody can be written to, there is nothing to say and no talk to lead.
fn is_of_talk(act: &StaffAct) -> bool {
    matches!(
        act,
        StaffAct::Reply { .. }
            | StaffAct::WroteElsewhere { .. }
            | StaffAct::TakeOver
            | StaffAct::GiveBack
            | StaffAct::Line(_)
    )
}

/// The client has read it: nothing of theirs waits any more.
fn wrote(turn: &mut Turn, person: &PersonId, text: &str) {
    turn.conv.unanswered.clear();
    take_over(turn, person);
    let name = notice::person_name(turn.settings(), person);
    turn.conv.note(turn.now, &name, text);
}

fn reply(turn: &mut Turn, person: &PersonId, text: &str) {
    say_as(turn, person, text, IfLost::GoesRoundAlways);
}

/// A person's words, after which the bot falls silent.
pub(crate) fn say_as(turn: &mut Turn, person: &PersonId, text: &str, if_lost: IfLost) {
    wrote(turn, person, text);
    turn.emit(Effect::Say(Reply { text: text.to_owned(), by: Some(person.clone()), if_lost, ..Reply::default() }));
}

/// The bot falls silent, for as long as the person does not leave waiting what waits already; writing to the client is
/// taking the case, too.
fn take_over(turn: &mut Turn, person: &PersonId) {
    let is_waiting = |state: &CaseState| matches!(state, CaseState::Open | CaseState::Morning { .. });
    if turn.conv.case.as_ref().is_some_and(|case| is_waiting(&case.state)) {
        escalation::take(turn, person);
        turn.hush();
    }
    turn.conv.speaker = Speaker::Person { person: person.clone(), last_at: turn.now };
    if !turn.conv.unanswered.is_empty() {
        expect_answer(turn);
    }
}

/// The client waits for the person from now on.
fn expect_answer(turn: &mut Turn) {
    let due = turn.after(turn.settings().document.policy.person_silent_min);
    turn.wake(Alarm::PersonSilent { since: turn.now }, due);
}

fn give_back(turn: &mut Turn) {
    if turn.conv.speaker != Speaker::Bot {
        turn.conv.speaker = Speaker::Bot;
        let waiting = std::mem::take(&mut turn.conv.unanswered);
        if waiting.is_empty() {
            turn.say(Phrase::PersonLeft, &[]);
        } else {
            dialogue::answer(turn, &waiting);
        }
    }
}

pub(crate) fn answer(turn: &mut Turn, case: &CaseId, person: &PersonId, answer: NoticeAnswer, press_id: Option<&str>) {
    let text = escalation::answer(turn, case, person, answer);
    answer_press(turn, person, press_id, text);
}

/// An old button is not obeyed (it may have been forwarded or leaked); its owner gets a new card.
pub(crate) fn stale_press(turn: &mut Turn, case: &CaseId, person: &PersonId, press_id: Option<&str>) {
    let is_renewed = escalation::renew(turn, case, person);
    let text = turn.phrase(if is_renewed { Phrase::PressStale } else { Phrase::PressClosed }, &[]);
    answer_press(turn, person, press_id, text);
}

fn answer_press(turn: &mut Turn, person: &PersonId, press_id: Option<&str>, text: String) {
    let to = turn.settings().person(person).and_then(|person| notice::messenger(turn.settings(), person));
    if let (Some(press_id), Some(to)) = (press_id, to) {
        turn.emit(Effect::AnswerPress { to, press_id: press_id.to_owned(), text: Some(text) });
    }
}

/// The client writes while a person leads: the person hears of it, the bot waits.
pub(crate) fn client_wrote(turn: &mut Turn, person: &PersonId, inputs: &[Input], text: &str) {
    if turn.conv.unanswered.is_empty() {
        expect_answer(turn);
    }
    dialogue::keep_unanswered(turn, inputs);
    let name = notice::client_name(turn);
    let text = if turn.settings().document.is_discreet() {
        turn.phrase(Phrase::NoticeNewMessageDiscreet, &[("name", &name)])
    } else {
        turn.phrase(Phrase::NoticeNewMessage, &[("name", &name), ("text", text)])
    };
    tell_leader(turn, person, text);
}

/// What the person wrote reached the client in no way.
pub(crate) fn unheard(turn: &mut Turn, person: &PersonId) {
    let name = notice::client_name(turn);
    let mut text = turn.phrase(Phrase::NoticeUnheard, &[("name", &name)]);
    let phone = turn.conv.client.phone.as_ref().filter(|_| !turn.settings().document.is_discreet());
    if let Some(phone) = phone {
        text = format!("{text}\n{}", turn.phrase(Phrase::NoticePhone, &[("phone", &phone.pretty())]));
    }
    tell_leader(turn, person, text);
    if turn.conv.line.is_some() {
        let words = turn.phrase(Phrase::LineUnheard, &[]);
        turn.emit(Effect::Line(LineWords::of(&turn.conv, words)));
    }
}

/// To the person who leads the dialogue, where a messenger reaches them.
fn tell_leader(turn: &mut Turn, person: &PersonId, text: String) {
    let settings = turn.settings();
    let to = settings.person(person).and_then(|person| notice::messenger(settings, person));
    if let (Some(to), Some(case)) = (to, turn.conv.case.clone()) {
        let level = case.level();
        turn.emit(Effect::Notify(Notice {
            case: case.id,
            person: person.clone(),
            to,
            level,
            text,
            answers: Vec::new(),
            is_urgent: false,
        }));
    }
}

/// The person has not answered for long while the client waits: the bot returns and calls again.
pub(crate) fn person_silent(turn: &mut Turn, since: Timestamp) {
    let Speaker::Person { last_at, .. } = turn.conv.speaker else { return };
    let limit = SignedDuration::from_mins(i64::from(turn.settings().document.policy.person_silent_min));
    if last_at > since || turn.conv.unanswered.is_empty() || turn.now.duration_since(since) < limit {
        return;
    }
    turn.conv.speaker = Speaker::Bot;
    let waiting = std::mem::take(&mut turn.conv.unanswered);
    turn.conv.case = None;
    turn.say(Phrase::BotIsBack, &[]);
    dialogue::answer(turn, &waiting);
    turn.whys.push(Why::Unanswered);
}
