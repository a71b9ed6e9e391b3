//! Every step of a case into its log, in the turn's own transaction.

use jiff::Timestamp;
use nochnik_core::conversation::Conversation;
use nochnik_core::effect::{Alarm, Effect};
use nochnik_core::escalation::{Case, CaseState};
use nochnik_core::event::{Event, NoticeAnswer, What};
use nochnik_store::case_steps::{self, Step};
use nochnik_store::{Sql, StoreError};

/// When what the event brings was due: the moment of its rung; else the moment of what it answers.
pub fn due_at(event: &Event, before: Option<&Conversation>) -> Timestamp {
    let rung_at = before.and_then(|before| before.case.as_ref()).and_then(|case| case.next_at);
    match &event.what {
        What::Alarm(Alarm::Escalation { .. }) => rung_at.unwrap_or(event.at),
        _ => event.at,
    }
}

/// A call of one person, or nothing: a card that only tells is no call.
pub fn call(effect: &Effect, token: &str, due_at: Timestamp, now: Timestamp) -> Option<(String, Step)> {
    let (case, person, means, level) = match effect {
        Effect::Notify(notice) if notice.answers.iter().any(|button| calls(button.answer)) => {
            (&notice.case, &notice.person, &notice.to.account, notice.level)
        }
        Effect::Summon(summons) => (&summons.case, &summons.person, &summons.means, summons.level),
        _ => return None,
    };
    let step = Step {
        person_id: person.to_string(),
        means: means.clone(),
        level: i64::from(level),
        token: token.to_owned(),
        ..what("called", due_at, now)
    };
    Some((case.to_string(), step))
}

fn calls(answer: NoticeAnswer) -> bool {
    matches!(answer, NoticeAnswer::Take | NoticeAnswer::Approve)
}

/// What became of the case itself in this turn.
pub fn changes(
    sql: &mut dyn Sql,
    business: &str,
    (before, after): (Option<&Case>, Option<&Case>),
    due_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let before = before.filter(|before| after.is_none_or(|after| after.id == before.id));
    let Some(after) = after else { return Ok(()) };
    let mut steps = Vec::new();
    if before.is_none() {
        let whys: Vec<&str> = after.whys.iter().map(|why| why.title()).collect();
        steps.push(Step { detail: whys.join(", "), ..what("opened", due_at, now) });
    }
    let passed = after.passed.iter().filter(|person| before.is_some_and(|before| !before.passed.contains(person)));
    steps.extend(passed.map(|person| Step { person_id: person.to_string(), ..what("passed", due_at, now) }));
    if before.is_none_or(|before| before.state != after.state) {
        steps.extend(state(&after.state, due_at, now));
    }
    steps.iter().try_for_each(|step| case_steps::add(sql, business, after.id.as_str(), step))
}

fn state(state: &CaseState, due_at: Timestamp, now: Timestamp) -> Option<Step> {
    Some(match state {
        CaseState::Open => return None,
        CaseState::Taken { by, .. } => Step { person_id: by.to_string(), ..what("taken", due_at, now) },
        CaseState::Morning { .. } => what("morning", due_at, now),
        CaseState::Closed { why, .. } => Step { detail: why.clone(), ..what("closed", due_at, now) },
    })
}

fn what(what: &str, due_at: Timestamp, now: Timestamp) -> Step {
    Step { due_at_ms: due_at.as_millisecond(), at_ms: now.as_millisecond(), what: what.to_owned(), ..Step::default() }
}
