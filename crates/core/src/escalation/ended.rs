//! How a case ends without anybody's answer: the client came to terms alone, or the CRM says so.

use super::answers::last_card;
use super::{Case, CaseState, Why, refresh};
use crate::effect::Effect;
use crate::notice;
use crate::phrases::Phrase;
use crate::score::Outcome;
use crate::turn::Turn;

/// The client gave up a visit that waited for a person's word: nothing is left to decide.
pub(crate) fn visit_gone(turn: &mut Turn, moment: &str) {
    // Who is late for today and calls off Saturday still comes.
    let today = turn.today();
    if !turn.conv.coming(turn.now).iter().any(|visit| turn.wall(visit.slot.starts_at).date() == today) {
        late_over(turn, Phrase::NoticeGivenUp, &[("moment", moment)], "клиент отменил");
    }
    nothing_to_decide(turn, Phrase::NoticeGivenUp, moment, "клиент отменил");
}

/// The client comes in time after all: nobody is to wait for them.
pub(crate) fn late_no_more(turn: &mut Turn) {
    late_over(turn, Phrase::NoticeInTime, &[], "успевает вовремя");
}

/// Nobody comes late any more: the case ends, or goes on without it.
fn late_over(turn: &mut Turn, last: Phrase, arguments: &[(&str, &str)], reason: &str) {
    let is_of_it = |why: &Why| matches!(why, Why::Late | Why::LateLater);
    let is_live = |case: &&Case| !matches!(case.state, CaseState::Closed { .. });
    let Some(case) = turn.conv.case.clone().filter(|case| is_live(&case) && case.whys.iter().any(is_of_it)) else {
        return;
    };
    if !case.whys.iter().all(is_of_it) {
        if let Some(case) = &mut turn.conv.case {
            case.whys.retain(|why| !is_of_it(why));
        }
        return refresh(turn);
    }
    over(turn, case, last, arguments, reason);
}

/// The calendar took a visit that had been handed to a person already.
pub(crate) fn visit_taken(turn: &mut Turn, moment: &str) {
    nothing_to_decide(turn, Phrase::NoticeBooked, moment, "записался сам");
}

fn nothing_to_decide(turn: &mut Turn, last: Phrase, moment: &str, why: &str) {
    let Some(case) = turn.conv.case.clone().filter(|case| !matches!(case.state, CaseState::Closed { .. })) else {
        return;
    };
    if case.whys != [Why::Visit] {
        return drop_visit(turn);
    }
    over(turn, case, last, &[("moment", moment)], why);
}

/// The case has ended by the client's own doing: everybody reads how.
fn over(turn: &mut Turn, case: Case, last: Phrase, arguments: &[(&str, &str)], why: &str) {
    let last = turn.phrase(last, arguments);
    let text = format!("{}\n{last}", notice::header(turn));
    close(turn, why);
    turn.emit(Effect::CloseNotices { case: case.id, text });
}

/// The client booked without anybody's help: a case that was about selling is over.
pub(crate) fn booked(turn: &mut Turn, moment: &str) {
    let Some(case) = turn.conv.case.clone() else { return };
    let is_live = matches!(case.state, CaseState::Open | CaseState::Morning { .. });
    if !is_live || !case.whys.iter().all(|why| why.ends_with_booking()) {
        return;
    }
    close(turn, "записался сам");
    let last = turn.phrase(Phrase::NoticeBooked, &[("moment", moment)]);
    last_card(turn, &last);
}

/// People ended the request in the CRM: whoever did has seen it, and what the score learns is their word.
pub(crate) fn settled_in_crm(turn: &mut Turn, is_deal: bool) {
    let Some(case) = turn.conv.case.clone() else { return };
    if let Some(lead) = &case.taken_as {
        turn.emit(Effect::Ended { case: case.id.clone(), outcome: Outcome::of(lead, is_deal) });
    }
    if matches!(case.state, CaseState::Closed { .. }) {
        return;
    }
    close(turn, if is_deal { "продано в CRM" } else { "отказ в CRM" });
    let last = turn.phrase(if is_deal { Phrase::NoticeWon } else { Phrase::NoticeLost }, &[]);
    last_card(turn, &last);
}

/// Nothing waits for a yes any more; the other reasons of the case stand.
pub(super) fn drop_visit(turn: &mut Turn) {
    if let Some(case) = &mut turn.conv.case {
        case.whys.retain(|why| *why != Why::Visit);
    }
    refresh(turn);
}

pub(super) fn close(turn: &mut Turn, why: &str) {
    let now = turn.now;
    if let Some(case) = &mut turn.conv.case {
        case.state = CaseState::Closed { at: now, why: why.to_owned() };
        case.next_at = None;
    }
}
