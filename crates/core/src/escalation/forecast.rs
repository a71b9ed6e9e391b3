//! «Кого позовут в воскресенье в 02:10?»: the ladder climbed in thought, with nobody answering.

use jiff::Timestamp;

use super::ladder::{begin, reachable, skip_empty};
use super::{Case, OVERDUE_GAP, Rung, Why};
use crate::business::{Business, Role};
use crate::calendar;
use crate::duty;
use crate::values::{CaseId, PersonId};

/// One rung as it would go.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    pub at: Timestamp,
    pub level: u8,
    pub role: Role,
    /// Which of the person's means, from 1; past the last one the last is used.
    pub means: u8,
    /// Who is called, or why nobody is.
    pub called: Result<Vec<PersonId>, Skip>,
}

/// Why a rung calls nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// The level is for other cases.
    NotForThis,
    Nobody,
    NoMeans,
}

/// What would happen, in order of time, if a case for these reasons came up at a moment and nobody
/// answered. What can wait begins when the business opens.
pub fn forecast(business: &Business, whys: &[Why], score: f64, at: Timestamp) -> Vec<Forecast> {
    let settings = &business.settings;
    let waits = whys.iter().all(|why| why.can_wait()) && calendar::is_after_hours(settings, at);
    let starts_at = calendar::next_opening(settings, at).filter(|_| waits).unwrap_or(at);
    let mut case = begin(CaseId::new("forecast"), whys.to_vec(), score, settings, starts_at);
    let withheld = std::mem::take(&mut case.withheld);
    let of = |rung: &Rung, at, called| Forecast { at, level: rung.level, role: rung.role, means: rung.means, called };
    let mut told: Vec<Forecast> = withheld.iter().map(|rung| of(rung, case.due(rung), Err(Skip::NotForThis))).collect();
    let mut now = starts_at;
    while case.next < case.rungs.len() {
        let (from, before) = (case.next, case.clone());
        skip_empty(&mut case, business, now);
        // An empty level is passed at once: what comes after it does not wait for its minutes.
        let next_at = case.rungs.get(case.next).map_or(Timestamp::MAX, |rung| case.due(rung));
        for rung in &before.rungs[from..case.next] {
            let at = before.due(rung).min(next_at).max(now);
            told.push(of(rung, at, Err(why_nobody(business, &before, rung, now))));
        }
        let Some(rung) = case.rungs.get(case.next) else { break };
        if case.due(rung) <= now {
            let people = reachable(business, &case, rung, now);
            told.push(of(rung, now, Ok(people.iter().map(|person| PersonId::new(&*person.id)).collect())));
            case.next += 1;
        } else {
            let earliest = now.saturating_add(OVERDUE_GAP).unwrap_or(Timestamp::MAX);
            now = case.due(rung).max(earliest);
        }
    }
    told.sort_by_key(|forecast| forecast.at);
    told
}

fn why_nobody(business: &Business, case: &Case, rung: &Rung, now: Timestamp) -> Skip {
    let people = duty::by_role(&business.settings, &business.changes, rung.role, now);
    let has_people = people.iter().any(|person| !case.passed.iter().any(|id| id.as_str() == person.id));
    if has_people { Skip::NoMeans } else { Skip::Nobody }
}
