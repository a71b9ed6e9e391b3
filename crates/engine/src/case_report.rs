//! What the log of cases proves: every step with its due and its actual time, and who takes cases in time.

use std::collections::BTreeMap;

use nochnik_core::escalation::TAKE_MIN;
use nochnik_store::case_steps::{self, Step};
use nochnik_store::cases::{self, Case, CaseState, Closed, End};
use nochnik_store::{Sql, StoreError};

/// Cases one report tells of, at most: the newest.
pub const CASES_MAX: i64 = 2_000;
/// A step is late beyond this.
pub const LATE_MS: i64 = 5_000;

/// One case with its steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseReport {
    pub case: Case,
    pub steps: Vec<Step>,
}

/// Cases that are not over and stand alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    pub state: CaseState,
    /// How many there are.
    pub total: usize,
    /// The oldest of them.
    pub first: Vec<CaseReport>,
}

/// What a call came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallEnd {
    /// Sent, or about to be; the answer may still come.
    Waits,
    /// The vendor did not take it, or could not bring it.
    Failed,
    /// «Беру».
    Took,
    /// «Не могу».
    Passed,
    /// A key was pressed during a call by phone, and nothing more.
    Acknowledged,
    /// It was brought, and nothing came back.
    Silent,
    /// It left, nobody knows how far it came, and nothing came back.
    Lost,
}

/// How many cases somebody was called to, and how many were taken by them, and in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    pub called: usize,
    pub taken: usize,
    pub in_time: usize,
}

/// How the duty answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub cases: usize,
    /// All that people were called to; what settled itself before its deadline is left out.
    pub all: Share,
    /// By id of the person, over the cases they were called to.
    pub people: BTreeMap<String, Share>,
    /// By level: a case counts where it was taken.
    pub levels: BTreeMap<i64, Share>,
    /// Calls to people.
    pub calls: usize,
    pub late_calls: usize,
    /// The latest call, in milliseconds after it was due.
    pub latest_ms: i64,
}

/// The cases opened in `[from_ms, to_ms)`, the newest first.
pub fn opened(sql: &mut dyn Sql, business: &str, from_ms: i64, to_ms: i64) -> Result<Vec<CaseReport>, StoreError> {
    let cases = cases::opened(sql, business, from_ms, to_ms, CASES_MAX)?;
    cases.into_iter().map(|case| with_steps(sql, business, case)).collect()
}

/// Closed cases, the newest first.
pub fn closed(
    sql: &mut dyn Sql,
    business: &str,
    wanted: &Closed<'_>,
    limit: i64,
) -> Result<Vec<CaseReport>, StoreError> {
    let cases = cases::closed(sql, business, wanted, limit)?;
    cases.into_iter().map(|case| with_steps(sql, business, case)).collect()
}

/// Cases that are not over, the oldest first: those people are called to, those taken, those kept for the morning;
/// at most `shown_max` of each with their steps.
pub fn unfinished(sql: &mut dyn Sql, business: &str, shown_max: usize) -> Result<[Queue; 3], StoreError> {
    let mut queues = [CaseState::Open, CaseState::Taken, CaseState::Morning].map(|state| Queue {
        state,
        total: 0,
        first: Vec::new(),
    });
    for case in cases::unfinished(sql, business)? {
        let Some(queue) = queues.iter_mut().find(|queue| queue.state == case.state) else { continue };
        queue.total += 1;
        if queue.first.len() < shown_max {
            queue.first.push(with_steps(sql, business, case)?);
        }
    }
    Ok(queues)
}

/// One case.
pub fn of_case(sql: &mut dyn Sql, business: &str, id: &str) -> Result<Option<CaseReport>, StoreError> {
    cases::get(sql, business, id)?.map(|case| with_steps(sql, business, case)).transpose()
}

/// The newest case of a conversation.
pub fn last_of(sql: &mut dyn Sql, business: &str, conversation: &str) -> Result<Option<CaseReport>, StoreError> {
    cases::last_of(sql, business, conversation)?.map(|case| with_steps(sql, business, case)).transpose()
}

fn with_steps(sql: &mut dyn Sql, business: &str, case: Case) -> Result<CaseReport, StoreError> {
    let steps = case_steps::of_case(sql, business, &case.id)?;
    Ok(CaseReport { case, steps })
}

/// How long after it was due a step came about: with a call, until a vendor had it.
pub fn lateness_ms(step: &Step) -> i64 {
    step.sent_at_ms.unwrap_or(step.at_ms) - step.due_at_ms
}

impl CaseReport {
    fn calls(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.what == "called")
    }

    /// Every call with what came of it, the first one first.
    pub fn ends(&self) -> Vec<(&Step, CallEnd)> {
        let calls = self.steps.iter().enumerate().filter(|(_, step)| step.what == "called");
        calls.map(|(place, call)| (call, self.end_of(call, &self.steps[place + 1..]))).collect()
    }

    /// An answer belongs to the last call of its person before it.
    fn end_of(&self, call: &Step, later: &[Step]) -> CallEnd {
        let own = later.iter().find(|step| step.person_id == call.person_id);
        match (own.map(|step| step.what.as_str()), call.delivery.as_str()) {
            (Some("taken"), _) => CallEnd::Took,
            (Some("passed"), _) => CallEnd::Passed,
            (_, "failed") => CallEnd::Failed,
            (_, "acknowledged") => CallEnd::Acknowledged,
            (None, _) if self.case.state == CaseState::Open => CallEnd::Waits,
            _ if call.sent_at_ms.is_none() => CallEnd::Failed,
            (_, "delivered") => CallEnd::Silent,
            _ => CallEnd::Lost,
        }
    }

    /// Who took it, and when; `None` when nobody did.
    pub fn taken(&self) -> Option<&Step> {
        self.first("taken")
    }

    /// How it ended, or would if it ended now.
    pub fn end(&self) -> End {
        match (self.first("taken"), self.first("morning")) {
            (Some(_), _) => End::Taken,
            (None, Some(_)) => End::Morning,
            (None, None) => End::Alone,
        }
    }

    fn first(&self, what: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.what == what)
    }

    /// From the first call to «Беру», in milliseconds; `None`: nobody was called, or nobody took it.
    pub fn taken_after_ms(&self) -> Option<i64> {
        Some(self.first("taken")?.at_ms - self.calls().next()?.at_ms)
    }

    /// Settled without anybody before its deadline: no word about the duty.
    fn settled_itself(&self) -> bool {
        let closed = self.first("closed").zip(self.calls().next());
        self.first("taken").is_none() && closed.is_some_and(|(closed, call)| is_in_time(closed.at_ms - call.at_ms))
    }
}

fn is_in_time(after_ms: i64) -> bool {
    after_ms <= TAKE_MIN * 60_000
}

/// Counts what these cases say of the duty.
pub fn summary(reports: &[CaseReport]) -> Summary {
    let mut summary = Summary { cases: reports.len(), ..Summary::default() };
    for report in reports {
        for call in report.calls() {
            summary.calls += 1;
            summary.late_calls += usize::from(lateness_ms(call) > LATE_MS);
            summary.latest_ms = summary.latest_ms.max(lateness_ms(call));
        }
        if report.calls().next().is_some() && !report.settled_itself() {
            count(&mut summary, report);
        }
    }
    summary
}

fn count(summary: &mut Summary, report: &CaseReport) {
    let taken = report.first("taken");
    let is_case_in_time = report.taken_after_ms().is_some_and(is_in_time);
    add(&mut summary.all, taken.is_some(), is_case_in_time);
    let mut first_calls: BTreeMap<&str, &Step> = BTreeMap::new();
    for call in report.calls() {
        first_calls.entry(&call.person_id).or_insert(call);
    }
    for (person, call) in first_calls {
        let own = taken.filter(|taken| taken.person_id == person);
        let is_in_time = own.is_some_and(|taken| is_in_time(taken.at_ms - call.at_ms));
        add(summary.people.entry(person.to_owned()).or_default(), own.is_some(), is_in_time);
    }
    let levels: BTreeMap<i64, ()> = report.calls().map(|call| (call.level, ())).collect();
    let level_of =
        |taken: &Step| report.calls().filter(|call| call.person_id == taken.person_id).map(|call| call.level).max();
    for level in levels.into_keys() {
        let is_taken_here = taken.and_then(level_of) == Some(level);
        add(summary.levels.entry(level).or_default(), is_taken_here, is_taken_here && is_case_in_time);
    }
}

fn add(share: &mut Share, is_taken: bool, is_in_time: bool) {
    share.called += 1;
    share.taken += usize::from(is_taken);
    share.in_time += usize::from(is_in_time);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `22:00:00 called marina 2 +3`: the second, what, who, the level, seconds until the vendor had it.
    fn report(steps: &str) -> CaseReport {
        let second = |clock: &str| clock.split(':').fold(0, |sum, part| sum * 60 + part.parse::<i64>().unwrap());
        let step = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let at_ms = second(words[0]) * 1_000;
            let sent = words.get(4).map(|late| at_ms + late.parse::<i64>().unwrap() * 1_000);
            Step {
                due_at_ms: at_ms,
                at_ms,
                what: words[1].to_owned(),
                person_id: words.get(2).map(|id| (*id).to_owned()).unwrap_or_default(),
                level: words.get(3).map_or(0, |level| level.parse().unwrap()),
                sent_at_ms: sent,
                ..Step::default()
            }
        };
        let case = Case {
            id: "c".to_owned(),
            conversation_id: "t".to_owned(),
            state: CaseState::Closed,
            level: 2,
            policy: String::new(),
            taken_by: None,
            opened_at_ms: 0,
            next_at_ms: None,
            closed_at_ms: None,
            why: String::new(),
        };
        CaseReport { case, steps: steps.lines().map(str::trim).filter(|line| !line.is_empty()).map(step).collect() }
    }

    fn share(called: usize, taken: usize, in_time: usize) -> Share {
        Share { called, taken, in_time }
    }

    #[test]
    fn who_takes_cases_and_when_is_counted_from_the_steps() {
        let nights = [
            report("22:00:00 opened\n 22:00:01 called marina 2 1\n 22:04:00 taken marina\n 22:20:00 closed"),
            // The senior takes what the duty manager slept through: late for the case, in time for the senior.
            report(
                "23:00:00 opened\n 23:00:01 called marina 2 1\n 23:02:01 called marina 2 9\n 23:10:01 called oleg 3 2
                 23:12:00 taken oleg",
            ),
            // The client booked alone after a minute: nobody's merit and nobody's fault.
            report("01:00:00 opened\n 01:00:01 called marina 2 1\n 01:01:00 closed"),
            // Nobody took it.
            report("02:00:00 opened\n 02:00:01 called marina 2 1\n 02:10:01 called oleg 3 1\n 02:20:00 morning"),
            // Nobody was to be called.
            report("03:00:00 opened\n 03:00:00 morning"),
        ];
        let summary = summary(&nights);
        assert_eq!((summary.cases, summary.all), (5, share(3, 2, 1)));
        assert_eq!(summary.people["marina"], share(3, 1, 1));
        assert_eq!(summary.people["oleg"], share(2, 1, 1));
        assert_eq!((summary.levels[&2], summary.levels[&3]), (share(3, 1, 1), share(2, 1, 0)));
        assert_eq!((summary.calls, summary.late_calls, summary.latest_ms), (7, 1, 9_000));
        assert_eq!(nights.map(|night| night.taken_after_ms()), [Some(239_000), Some(719_000), None, None, None]);
    }

    #[test]
    fn every_call_has_an_end_and_an_answer_belongs_to_the_last_call_before_it() {
        let mut night = report(
            "23:00:00 called marina 2 1\n 23:02:00 called marina 2 1\n 23:03:00 passed marina
             23:10:00 called oleg 3\n 23:12:00 called roza 3 1\n 23:12:30 called roza 3 1\n 23:13:00 taken roza",
        );
        night.steps[4].delivery = "delivered".to_owned();
        let told: Vec<_> = night.ends().into_iter().map(|(call, end)| (call.person_id.as_str(), end)).collect();
        let wanted = [
            ("marina", CallEnd::Lost),
            ("marina", CallEnd::Passed),
            ("oleg", CallEnd::Failed),
            ("roza", CallEnd::Silent),
            ("roza", CallEnd::Took),
        ];
        assert_eq!(told, wanted);
        assert_eq!((night.end(), night.taken().map(|step| step.person_id.as_str())), (End::Taken, Some("roza")));
        night.case.state = CaseState::Open;
        night.steps.truncate(4);
        let ends: Vec<_> = night.ends().into_iter().map(|(_, end)| end).collect();
        assert_eq!(ends, [CallEnd::Lost, CallEnd::Passed, CallEnd::Waits], "not sent yet is not lost");
        assert_eq!(report("03:00:00 opened\n 03:00:00 morning").end(), End::Morning);
        assert_eq!(report("03:00:00 opened\n 03:05:00 closed").end(), End::Alone);
    }
}
