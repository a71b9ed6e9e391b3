//! Escalation: wake, wait, acknowledge, next rung. Every open case has a next step with a due time.

mod answers;
mod case;
mod ended;
mod forecast;
mod ladder;

use jiff::{SignedDuration, Timestamp};

use crate::business::Person;
use crate::calendar;
use crate::crm::Stage;
use crate::dialogue;
use crate::effect::{Alarm, Effect, Notice};
use crate::lead::Heat;
use crate::notice;
use crate::phrases::Phrase;
use crate::reach;
use crate::schedule;
use crate::turn::Turn;
use crate::values::{CaseId, PersonId};

pub use self::answers::outcomes;
use self::answers::taken_slipped;
pub(crate) use self::answers::{answer, decide, outcome_due, take};
pub use self::case::{Case, CaseState, TAKE_MIN, Why};
use self::ended::close;
pub(crate) use self::ended::{booked, late_no_more, settled_in_crm, visit_gone, visit_taken};
pub use self::forecast::{Forecast, Skip, forecast};
pub(crate) use self::ladder::holds;
pub use self::ladder::{Rung, matrix};
use self::ladder::{reachable, skip_empty};

/// Gap between steps that fell due together while we were down. Source: reliability 4.1.
const OVERDUE_GAP: SignedDuration = SignedDuration::from_secs(30);
/// Pause before everybody is called again in working hours, in minutes.
const DAY_PAUSE_MIN: i64 = 60;
/// When nothing says when the business opens: eight hours, a night.
const NIGHT: SignedDuration = SignedDuration::from_hours(8);

/// Opens a case when this turn gave a reason that the last case does not already carry.
pub(crate) fn consider(turn: &mut Turn) {
    let mut whys = std::mem::take(&mut turn.whys);
    // Asked again after a case is over, the client is answered again; what merely stands opens it once.
    let is_asked_anew = whys.iter().any(|why| !why.is_told_once());
    whys.extend(standing_reasons(turn));
    whys.sort_unstable();
    whys.dedup();
    if whys.is_empty() {
        return refresh(turn);
    }
    let (score, now) = (score(turn), turn.now);
    let is_news = |case: &Case| whys.iter().any(|why| !case.whys.contains(why));
    match &mut turn.conv.case {
        Some(case) if matches!(case.state, CaseState::Open | CaseState::Taken { .. }) => {
            for why in whys {
                if !case.whys.contains(&why) {
                    case.whys.push(why);
                }
            }
            let is_longer = ladder::readmit(case, score, now);
            refresh(turn);
            if is_longer {
                climb(turn);
            }
        }
        Some(case) if !is_news(case) && !(is_asked_anew && matches!(case.state, CaseState::Closed { .. })) => {}
        // Put off is not forgotten: what waited for the morning goes along with what is new.
        Some(case) if matches!(case.state, CaseState::Morning { .. }) => {
            whys.extend(case.whys.iter().copied());
            whys.sort_unstable();
            whys.dedup();
            open(turn, whys);
        }
        _ => open(turn, whys),
    }
}

/// Keeps the clock on what the client was told: an apology when it slips.
pub(crate) fn keep_promise(turn: &mut Turn) {
    let until = turn.after(TAKE_MIN);
    if let Some(case) = turn.conv.case.as_mut().filter(|case| case.is_open() && case.promised_until.is_none()) {
        case.promised_until = Some(until);
        let alarm = Alarm::PromiseDue { case: case.id.clone() };
        turn.wake(alarm, until);
    }
}

/// Reasons that follow from the lead itself.
fn standing_reasons(turn: &Turn) -> Vec<Why> {
    let Some(lead) =
        turn.conv.lead.as_ref().filter(|lead| !matches!(lead.stage, Stage::Booked | Stage::Lost | Stage::Cancelled))
    else {
        return Vec::new();
    };
    let mut whys = Vec::new();
    if lead.heat == Heat::Hot {
        whys.push(Why::Hot);
    }
    if lead.score > turn.settings().document.policy.call_score {
        whys.push(Why::Score);
    }
    if turn.conv.wish.urgency > nochnik_nlu::Urgency::Normal {
        whys.push(Why::Urgent);
    }
    whys
}

fn open(turn: &mut Turn, whys: Vec<Why>) {
    let id = CaseId::new(turn.conv.next_id("c"));
    let can_wait = whys.iter().all(|why| why.can_wait());
    let call_at = whys.iter().all(|why| why.can_wait_for_call()).then(|| call_at(turn)).flatten();
    turn.conv.case = Some(ladder::begin(id, whys, score(turn), turn.settings(), turn.now));
    match call_at {
        Some(call_at) => park_until(turn, call_at),
        None if can_wait && calendar::is_after_hours(turn.settings(), turn.now) => park(turn),
        None => climb(turn),
    }
}

/// The lead's score; 0 while there is none.
fn score(turn: &Turn) -> f64 {
    turn.conv.lead.as_ref().map_or(0.0, |lead| lead.score)
}

/// When the client asked to be rung, if that is later than a person is given to answer.
fn call_at(turn: &Turn) -> Option<Timestamp> {
    let window = schedule::window_of(&turn.conv.wish.call_when?, turn.now, turn.settings());
    let from = turn.settings().moment_of(window.from);
    // «Завтра» begins at midnight; people ring from the opening on.
    let at =
        if calendar::is_open(turn.settings(), from) { from } else { calendar::next_opening(turn.settings(), from)? };
    (!window.is_empty() && at > turn.after(TAKE_MIN)).then_some(at)
}

/// Fires the rung that is due, then asks to be woken for the one after it.
fn climb(turn: &mut Turn) {
    let Some(mut case) = turn.conv.case.take().filter(Case::is_open) else { return };
    skip_empty(&mut case, turn.business, turn.now);
    if let Some(rung) = case.due_rung(turn.now).cloned() {
        case.next += 1;
        notify(turn, &mut case, &rung);
        if case.is_told_once() {
            turn.conv.case = Some(case);
            return close(turn, "передано");
        }
    }
    let next = case.rungs.get(case.next).map(|rung| case.due(rung));
    let earliest = turn.now.saturating_add(OVERDUE_GAP).unwrap_or(Timestamp::MAX);
    case.next_at = next.map(|due| due.max(earliest));
    if let Some(due) = case.next_at {
        turn.wake(Alarm::Escalation { case: case.id.clone(), rung: rung_number(case.next) }, due);
    }
    let is_exhausted = case.next_at.is_none();
    turn.conv.case = Some(case);
    if is_exhausted {
        park(turn);
        if let Some(case) = &turn.conv.case {
            let alarm = Alarm::NobodyTook { case: case.id.clone() };
            turn.wake(alarm, turn.after(TAKE_MIN));
        }
    }
}

fn rung_number(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

fn notify(turn: &mut Turn, case: &mut Case, rung: &Rung) {
    let text = notice::text(turn, case, Some(rung));
    for person in reachable(turn.business, case, rung, turn.now) {
        reach::ring(turn, case, person, rung, &text);
    }
}

/// Sends the person a fresh card of a case that still waits; false when it does not.
pub(crate) fn renew(turn: &mut Turn, case_id: &CaseId, person: &PersonId) -> bool {
    let is_waiting =
        |case: &Case| &case.id == case_id && matches!(case.state, CaseState::Open | CaseState::Morning { .. });
    let Some(case) = turn.conv.case.clone().filter(is_waiting) else { return false };
    let settings = turn.settings();
    let Some(to) = settings.person(person).and_then(|person| notice::messenger(settings, person)) else {
        return false;
    };
    let answers = notice::case_answers(settings, &case);
    let (text, level) = (notice::text(turn, &case, None), case.level());
    turn.emit(Effect::Notify(Notice {
        case: case.id,
        person: person.clone(),
        to,
        level,
        text,
        answers,
        is_urgent: false,
    }));
    true
}

/// Brings the notices already sent up to what is known now.
fn refresh(turn: &mut Turn) {
    let Some(case) = turn.conv.case.clone().filter(Case::is_open).filter(|case| case.next > 0) else { return };
    let text = notice::text(turn, &case, None);
    turn.emit(Effect::RefreshNotices { case: case.id, text });
}

/// «Спасибо, подумаю», said at night by one who only asked: nobody more is woken, and the lead is looked at in the morning.
pub(crate) fn let_sleep(turn: &mut Turn) {
    let is_of_sale =
        |case: &Case| matches!(case.state, CaseState::Open) && !case.whys.iter().any(|why| why.is_clients());
    let is_night = calendar::is_after_hours(turn.settings(), turn.now);
    if is_night && turn.conv.case.as_ref().is_some_and(is_of_sale) {
        park(turn);
    }
}

/// The case waits for the morning: nobody is called until the business opens. By day, when all
/// have been called in vain, it waits for an hour.
fn park(turn: &mut Turn) {
    let until = match calendar::next_opening(turn.settings(), turn.now) {
        Some(opens_at) if opens_at > turn.now => opens_at,
        Some(_) => turn.after(DAY_PAUSE_MIN),
        None => turn.now.saturating_add(NIGHT).unwrap_or(Timestamp::MAX),
    };
    park_until(turn, until);
}

fn park_until(turn: &mut Turn, until: Timestamp) {
    let Some(case) = &mut turn.conv.case else { return };
    case.state = CaseState::Morning { until };
    case.next_at = Some(until);
    let alarm = Alarm::PromiseDue { case: case.id.clone() };
    turn.wake(alarm, until);
}

/// The next rung is due now, and those behind it move up as much.
fn pull(case: &mut Case, now: Timestamp) {
    let elapsed = now.duration_since(case.opened_at).as_mins();
    let early = case.rungs.get(case.next).map_or(0, |rung| rung.after_min - elapsed);
    if early > 0 {
        for rung in &mut case.rungs[case.next..] {
            rung.after_min -= early;
        }
    }
}

/// Nothing reaches this person. Unless somebody else has the case, the next level is called at once, ahead of its
/// rung; the rungs themselves stay where they are, for what is down now may be up again by then.
pub(crate) fn hurry(turn: &mut Turn, unreached: &PersonId) {
    let Some(mut case) = turn.conv.case.take() else { return };
    let (business, now) = (turn.business, turn.now);
    let others = |case: &Case, rung: &Rung| -> Vec<&Person> {
        let people = reachable(business, case, rung, now).into_iter().filter(|person| person.id != unreached.as_str());
        people.filter(|person| reach::is_working(&business.settings, case, person, now)).collect()
    };
    let last = case.next.checked_sub(1).and_then(|last| case.rungs.get(last));
    let is_with_another = last.is_some_and(|rung| !others(&case, rung).is_empty());
    let next = case.rungs[case.next..].iter().find(|rung| !others(&case, rung).is_empty()).cloned();
    if let Some(rung) = next.filter(|_| !is_with_another) {
        let text = notice::text(turn, &case, Some(&rung));
        for person in others(&case, &rung) {
            reach::ring(turn, &mut case, person, &rung, &text);
        }
    }
    turn.conv.case = Some(case);
}

/// A rung fell due. A late alarm, or one of a case that is over, finds nothing to do.
pub(crate) fn rung_due(turn: &mut Turn, case_id: &CaseId, rung: u16) {
    let is_it = |case: &Case| &case.id == case_id && case.is_open() && rung_number(case.next) == rung;
    if turn.conv.case.as_ref().is_some_and(is_it) {
        climb(turn);
    }
}

/// The last who was called has had their minutes, too: everybody on duty reads that the client waits, and the client that
/// nobody comes now.
pub(crate) fn nobody_took(turn: &mut Turn, case_id: &CaseId) {
    let is_it = |case: &Case| &case.id == case_id && matches!(case.state, CaseState::Morning { .. });
    if turn.conv.case.as_ref().is_some_and(is_it) {
        reach::tell_all(turn);
        dialogue::tell_nobody_came(turn);
    }
}

/// The auditor found an open case without a next step: goes on from here.
pub(crate) fn repair(turn: &mut Turn, case_id: &CaseId) {
    if turn.conv.case.as_ref().is_some_and(|case| &case.id == case_id && case.is_open()) {
        climb(turn);
    }
}

/// Nobody came by the time promised. To one in danger nothing is sold, and whom to ring is said again.
fn say_slipped(turn: &mut Turn) {
    let is_in_danger = turn.conv.case.as_ref().is_some_and(|case| case.whys.contains(&Why::Emergency));
    turn.say(if is_in_danger { Phrase::PromiseSlippedDanger } else { Phrase::PromiseSlipped }, &[]);
}

/// What the client was promised has fallen due.
pub(crate) fn promise_due(turn: &mut Turn, case_id: &CaseId) {
    let score = score(turn);
    let Some(case) = turn.conv.case.as_mut().filter(|case| &case.id == case_id) else { return };
    match case.state {
        CaseState::Morning { until } if until <= turn.now => {
            case.state = CaseState::Open;
            // Who is rung at the hour they named has not been kept waiting.
            case.is_from_night =
                turn.conv.wish.call_when.is_none() || !case.whys.iter().all(|why| why.can_wait_for_call());
            case.passed.clear();
            case.is_left_for_morning = false;
            case.opened_at = turn.now;
            case.next = 0;
            (case.rungs, case.withheld) = ladder::freeze(&turn.business.settings, &case.whys, score);
            climb(turn);
        }
        CaseState::Open if case.promised_until.is_some_and(|until| until <= turn.now) => {
            case.promised_until = None;
            say_slipped(turn);
        }
        CaseState::Taken { ref by, at } if case.promised_until.is_some_and(|until| until <= turn.now) => {
            let by = by.clone();
            case.promised_until = None;
            taken_slipped(turn, &by, at);
        }
        _ => {}
    }
}
