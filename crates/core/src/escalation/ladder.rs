//! The rungs of a case: frozen from the matrix, skipped where nobody would be called.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Case, CaseState, Why};
use crate::business::{Business, Condition, Document, Level, Person, Role, Settings, Step};
use crate::duty;
use crate::limits::RUNGS_MAX;
use crate::reach::{self, Rings};
use crate::values::CaseId;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// Minutes from `opened_at`.
    pub after_min: i64,
    pub level: u8,
    pub role: Role,
    /// Which of the person's means, from 1.
    pub means: u8,
    /// For which reasons it is; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<Condition>,
}

impl Rung {
    pub(super) fn is_for(&self, whys: &[Why], score: f64) -> bool {
        self.only.is_empty() || self.only.iter().any(|condition| holds(*condition, whys, score))
    }
}

/// Whether the condition holds for a case of these reasons.
pub(crate) fn holds(condition: Condition, whys: &[Why], score: f64) -> bool {
    let any = |wanted: &[Why]| whys.iter().any(|why| wanted.contains(why));
    match condition {
        Condition::Hot => any(&[Why::Hot]),
        Condition::Urgent => any(&[Why::Urgent]),
        Condition::Risk => any(&[Why::Emergency, Why::SelfHarm, Why::Medical]),
        Condition::Complaint => any(&[Why::Complaint, Why::Legal]),
        Condition::Human => any(&[Why::Human]),
        Condition::Callback => any(&[Why::Callback]),
        Condition::Score(least) => score >= least,
    }
}

/// The regulation's own matrix: duty at once and again at 2 and 4 minutes, senior at 10, the owner
/// at 15, then both every quarter of an hour up to two hours.
fn default_matrix() -> Vec<Level> {
    let step = |after_min, means| Step { after_min, means, repeat_every_min: None, until_min: None };
    let again = Step { after_min: 30, means: 1, repeat_every_min: Some(15), until_min: Some(120) };
    let level = |level, role, steps| Level { level, role, only: Vec::new(), steps };
    vec![
        level(2, Role::Duty, vec![step(0, 1), step(2, 2), step(4, 3)]),
        level(3, Role::Senior, vec![step(10, 1), step(12, 2), again]),
        level(3, Role::Owner, vec![step(15, 1), step(45, 2)]),
    ]
}

/// The escalation matrix by which people are called: the business's own, else the regulation's.
#[must_use]
pub fn matrix(document: &Document) -> Vec<Level> {
    if document.escalation.is_empty() { default_matrix() } else { document.escalation.clone() }
}

/// The matrix as rungs in order of time: those of a case for these reasons, and those withheld from it.
pub(super) fn freeze(settings: &Settings, whys: &[Why], score: f64) -> (Vec<Rung>, Vec<Rung>) {
    let mut rungs: Vec<Rung> = matrix(&settings.document).iter().flat_map(rungs_of).collect();
    rungs.sort_by_key(|rung| (rung.after_min, rung.level));
    rungs.truncate(RUNGS_MAX);
    rungs.into_iter().partition(|rung| rung.is_for(whys, score))
}

fn rungs_of(level: &Level) -> impl Iterator<Item = Rung> {
    let rung = |step: &Step, after_min| Rung {
        after_min: i64::from(after_min),
        level: level.level,
        role: level.role,
        means: step.means.max(1),
        only: level.only.clone(),
    };
    level.steps.iter().flat_map(move |step| step.minutes().map(move |after_min| rung(step, after_min)))
}

/// A case as it opens.
pub(super) fn begin(id: CaseId, whys: Vec<Why>, score: f64, settings: &Settings, now: Timestamp) -> Case {
    let (rungs, withheld) = freeze(settings, &whys, score);
    Case {
        id,
        whys,
        opened_at: now,
        state: CaseState::Open,
        rungs,
        withheld,
        next: 0,
        next_at: None,
        passed: Vec::new(),
        promised_until: None,
        is_from_night: false,
        is_left_for_morning: false,
        rings: Rings::default(),
        taken_as: None,
    }
}

/// Puts rungs that the case's reasons now call for among those to come, the missed ones at once.
/// False when there are none.
pub(super) fn readmit(case: &mut Case, score: f64, now: Timestamp) -> bool {
    let elapsed = now.duration_since(case.opened_at).as_mins();
    let withheld = std::mem::take(&mut case.withheld);
    let (joining, rest): (Vec<Rung>, Vec<Rung>) = withheld.into_iter().partition(|rung| rung.is_for(&case.whys, score));
    case.withheld = rest;
    let is_longer = !joining.is_empty();
    case.rungs.extend(joining.into_iter().map(|rung| Rung { after_min: rung.after_min.max(elapsed), ..rung }));
    case.rungs[case.next..].sort_by_key(|rung| (rung.after_min, rung.level));
    is_longer
}

/// An empty level does not cost its minutes: once it is due, the rungs behind it move up to now. Not sooner, for
/// whoever was called before it still has their time.
pub(super) fn skip_empty(case: &mut Case, business: &Business, now: Timestamp) {
    if case.due_rung(now).is_none() {
        return;
    }
    let was = case.next;
    while case.rungs.get(case.next).is_some_and(|rung| reachable(business, case, rung, now).is_empty()) {
        case.next += 1;
    }
    let level_before = was.checked_sub(1).and_then(|i| case.rungs.get(i)).map(|rung| rung.level);
    let Some(rung) = case.rungs.get(case.next).filter(|rung| case.next > was && level_before != Some(rung.level))
    else {
        return;
    };
    // A begun minute counts whole: the rung is due now, not at the end of it.
    let early = (case.due(rung).duration_since(now).as_secs_f64() / 60.0).ceil() as i64;
    if early > 0 {
        for rung in &mut case.rungs[case.next..] {
            rung.after_min -= early;
        }
    }
}

/// Who the rung would call: of the role, on duty at this moment, with a means that may ring, who did not pass.
pub(super) fn reachable<'b>(business: &'b Business, case: &Case, rung: &Rung, now: Timestamp) -> Vec<&'b Person> {
    duty::by_role(&business.settings, &business.changes, rung.role, now)
        .into_iter()
        .filter(|person| reach::is_possible(&business.settings, person, case.is_urgent(), now))
        .filter(|person| !case.passed.iter().any(|id| id.as_str() == person.id))
        .collect()
}
