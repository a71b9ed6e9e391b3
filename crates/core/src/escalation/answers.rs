//! What people do with a case: take it, pass it on, leave it for the morning, say how it ended.

use jiff::Timestamp;

use super::ended::{close, drop_visit};
use super::{CaseState, TAKE_MIN, Why, climb, park, pull, refresh};
use crate::business::Settings;
use crate::conversation::{Speaker, Wish};
use crate::crm::{BOT, CLIENT, Stage, TranscriptLine};
use crate::dialogue;
use crate::effect::{Alarm, Effect, Notice, NoticeButton};
use crate::event::NoticeAnswer;
use crate::notice;
use crate::phrases::Phrase;
use crate::score::Outcome;
use crate::turn::Turn;
use crate::values::{CaseId, PersonId};
use crate::wall;

/// Somebody pressed a button under a notice. First tap wins.
pub(crate) fn answer(turn: &mut Turn, case_id: &CaseId, person: &PersonId, answer: NoticeAnswer) -> String {
    let Some(case) = turn.conv.case.clone().filter(|case| &case.id == case_id) else {
        return turn.phrase(Phrase::PressClosed, &[]);
    };
    match (&case.state, answer) {
        (CaseState::Taken { by, .. }, NoticeAnswer::Take | NoticeAnswer::Cannot | NoticeAnswer::Morning)
            if by != person =>
        {
            let name = notice::person_name(turn.settings(), by);
            if let Some(case) = turn.conv.case.as_mut().filter(|_| answer == NoticeAnswer::Cannot) {
                // Whoever has it may give it back.
                case.passed.push(person.clone());
            }
            turn.phrase(Phrase::PressAlready, &[("person", &name)])
        }
        (CaseState::Closed { .. }, _) => turn.phrase(Phrase::PressClosed, &[]),
        (_, NoticeAnswer::Approve | NoticeAnswer::Decline) => {
            let is_approved = answer == NoticeAnswer::Approve;
            let is_decided = dialogue::decided(turn, None, is_approved);
            if is_decided { settled(turn, person, is_approved) } else { turn.phrase(Phrase::PressClosed, &[]) }
        }
        (_, NoticeAnswer::Take) => take(turn, person),
        (CaseState::Open | CaseState::Taken { .. }, NoticeAnswer::Cannot) => pass(turn, person),
        (CaseState::Open | CaseState::Taken { .. }, NoticeAnswer::Morning) => park_by(turn, person),
        (CaseState::Morning { .. }, NoticeAnswer::Cannot | NoticeAnswer::Morning) => {
            if let Some(case) = &mut turn.conv.case {
                case.passed.push(person.clone());
                case.is_left_for_morning |= answer == NoticeAnswer::Morning;
            }
            turn.phrase(Phrase::PressParked, &[])
        }
        (_, NoticeAnswer::Booked | NoticeAnswer::NoAnswer | NoticeAnswer::Refused | NoticeAnswer::Spam) => {
            outcome(turn, answer)
        }
    }
}

/// A person says in the console whether a visit stands; the case goes on while another one waits.
pub(crate) fn decide(turn: &mut Turn, person: &PersonId, booking: &str, is_approved: bool) {
    if !dialogue::decided(turn, Some(booking), is_approved) {
        return;
    }
    let is_live = turn.conv.case.as_ref().is_some_and(|case| !matches!(case.state, CaseState::Closed { .. }));
    if !turn.conv.undecided(turn.now).is_empty() {
        refresh(turn);
    } else if is_live {
        settled(turn, person, is_approved);
    }
}

/// A person has decided on a visit: the case is over, everybody sees by whom.
fn settled(turn: &mut Turn, person: &PersonId, is_approved: bool) -> String {
    let name = notice::person_name(turn.settings(), person);
    let (notice, press, why) = if is_approved {
        (Phrase::NoticeApproved, Phrase::PressApproved, "подтверждено")
    } else {
        (Phrase::NoticeDeclined, Phrase::PressDeclined, "отказано")
    };
    if turn.conv.case.as_ref().is_some_and(|case| case.whys == [Why::Visit]) {
        close_notices(turn, notice, &name);
        close(turn, why);
    } else {
        drop_visit(turn);
    }
    turn.phrase(press, &[])
}

/// «Беру»: the case is this person's; also when the person simply wrote to the client.
pub(crate) fn take(turn: &mut Turn, person: &PersonId) -> String {
    let (now, name) = (turn.now, notice::person_name(turn.settings(), person));
    let outcome_due = turn.after(turn.settings().document.policy.outcome_min);
    if let Some(case) = &mut turn.conv.case {
        case.state = CaseState::Taken { by: person.clone(), at: now };
        case.taken_as.clone_from(&turn.conv.lead);
        case.next_at = Some(outcome_due);
        let (id, was_promised) = (case.id.clone(), case.promised_until.take().is_some());
        turn.wake(Alarm::OutcomeDue { case: id }, outcome_due);
        close_notices(turn, Phrase::NoticeTaken, &name);
        if was_promised {
            promise_anew(turn, &name);
        }
    }
    turn.phrase(Phrase::PressTaken, &[])
}

/// Who took the case answers within minutes, too; by whom and until when the client is told again.
fn promise_anew(turn: &mut Turn, person: &str) {
    let until = turn.after(TAKE_MIN);
    let clock = wall::time(turn.wall(until));
    if turn.conv.wish.wants_call {
        return turn.say(Phrase::TakenCall, &[("person", person), ("until", &clock)]);
    }
    turn.say(Phrase::Taken, &[("person", person), ("until", &clock)]);
    if let Some(case) = &mut turn.conv.case {
        case.promised_until = Some(until);
        let alarm = Alarm::PromiseDue { case: case.id.clone() };
        turn.wake(alarm, until);
    }
}

fn pass(turn: &mut Turn, person: &PersonId) -> String {
    if let Some(case) = &mut turn.conv.case {
        case.state = CaseState::Open;
        case.passed.push(person.clone());
        pull(case, turn.now);
    }
    climb(turn);
    turn.phrase(Phrase::PressPassed, &[])
}

fn park_by(turn: &mut Turn, person: &PersonId) -> String {
    park(turn);
    if let Some(case) = &mut turn.conv.case {
        case.is_left_for_morning = true;
    }
    let name = notice::person_name(turn.settings(), person);
    close_notices(turn, Phrase::NoticeParked, &name);
    let until = turn.conv.case.as_ref().and_then(|case| case.next_at);
    let was_promised = turn.conv.case.as_mut().is_some_and(|case| case.promised_until.take().is_some());
    if let Some(until) = until.filter(|_| was_promised) {
        let wall = turn.wall(until);
        let until = format!("{}, в {}", wall::date_from(wall.date(), turn.today()), wall::time(wall));
        turn.say(Phrase::Morning, &[("person", &name), ("until", &until)]);
    }
    turn.phrase(Phrase::PressParked, &[])
}

fn outcome(turn: &mut Turn, answer: NoticeAnswer) -> String {
    let (why, stage) = match answer {
        NoticeAnswer::Booked => ("записан", Some(Stage::Booked)),
        NoticeAnswer::NoAnswer => ("не дозвонился", None),
        NoticeAnswer::Refused => ("отказ", Some(Stage::Lost)),
        _ => ("спам", Some(Stage::Lost)),
    };
    // Nobody who sells nothing teaches what sells.
    if answer != NoticeAnswer::Spam
        && let Some(case) = &turn.conv.case
        && let Some(lead) = &case.taken_as
    {
        let outcome = Outcome::of(lead, answer == NoticeAnswer::Booked);
        let case = case.id.clone();
        turn.emit(Effect::Ended { case, outcome });
    }
    let booked = if answer == NoticeAnswer::Booked { dialogue::booked_by_person(turn) } else { None };
    if let Some(stage) = stage {
        turn.conv.wish = Wish { offer_no: turn.conv.wish.offer_no, ..Wish::default() };
        if let Some(lead) = &mut turn.conv.lead {
            lead.stage = stage;
        }
    }
    close(turn, why);
    match booked {
        Some(moment) => turn.phrase(Phrase::PressBooked, &[("moment", &moment)]),
        None => turn.phrase(Phrase::PressOutcome, &[]),
    }
}

/// How a case that somebody took may end, as the buttons say it.
pub fn outcomes(settings: &Settings) -> Vec<NoticeButton> {
    notice::answers(settings, &NoticeAnswer::OUTCOMES)
}

/// A quarter of an hour after «Беру»: asks the person how it ended.
pub(crate) fn outcome_due(turn: &mut Turn, case_id: &CaseId) {
    let Some(case) = turn.conv.case.clone().filter(|case| &case.id == case_id) else { return };
    let CaseState::Taken { by, .. } = &case.state else { return };
    let settings = turn.settings();
    let Some(to) = settings.person(by).and_then(|person| notice::messenger(settings, person)) else { return };
    let name = notice::client_name(turn);
    let text = turn.phrase(Phrase::NoticeOutcome, &[("name", &name)]);
    let answers = outcomes(settings);
    turn.emit(Effect::Notify(Notice {
        case: case.id.clone(),
        person: by.clone(),
        to,
        level: case.level(),
        text,
        answers,
        is_urgent: false,
    }));
}

fn close_notices(turn: &mut Turn, phrase: Phrase, person: &str) {
    let time = wall::time(turn.wall(turn.now));
    let last = turn.phrase(phrase, &[("person", person), ("time", &time)]);
    last_card(turn, &last);
}

/// The cards already sent ask for nothing more, and end with this line.
pub(super) fn last_card(turn: &mut Turn, last: &str) {
    let Some(case) = turn.conv.case.clone() else { return };
    let text = format!("{}\n{last}", notice::text(turn, &case, None));
    turn.emit(Effect::CloseNotices { case: case.id, text });
}

/// Who took the case then has not written by the time the client was told. While a person leads, the bot offers nothing
/// of its own.
pub(super) fn taken_slipped(turn: &mut Turn, by: &PersonId, taken_at: Timestamp) {
    let is_written = |line: &TranscriptLine| line.at >= taken_at && ![CLIENT, BOT].contains(&line.who.as_str());
    if turn.conv.transcript.iter().any(is_written) {
        return;
    }
    let phrase = match turn.conv.speaker {
        Speaker::Bot => Phrase::TakenSlipped,
        Speaker::Person { .. } => Phrase::TakenSlippedLed,
    };
    let name = notice::person_name(turn.settings(), by);
    turn.say(phrase, &[("person", &name)]);
}
