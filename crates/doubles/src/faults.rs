//! The fault plan: what goes wrong between a caller and a double, decided call by call.

use std::sync::Mutex;

use serde_json::Value;

use crate::{Answer, Outcome, lock, random::Random};

/// One thing that goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection closes before the service saw the call.
    DropBefore,
    /// The service did the work; the answer is lost. The trap for every create without an idempotency key.
    ExecuteThenDrop,
    /// The service did the work and answered this status.
    ExecuteThenStatus(u16),
    /// The connection closes at once; the service does the work this many milliseconds later.
    ExecuteLate(i64),
    /// The service does the work at once and answers this many milliseconds later.
    Delay(i64),
    /// The service answers this status without doing anything; 502 comes as an HTML page.
    Status(u16),
    /// No answer and no end of the connection; nothing is done.
    Hang,
}

/// What a fault decision may look at.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    pub method: &'a str,
    /// Counts the calls of this double from 1.
    pub number: u64,
    pub now_ms: i64,
}

type Decide = Box<dyn FnMut(&Call<'_>) -> Option<Fault> + Send>;

/// Decides the fault of each call.
pub struct Faults {
    decide: Decide,
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::by(|_| None)
    }

    pub fn by(decide: impl FnMut(&Call<'_>) -> Option<Fault> + Send + 'static) -> Self {
        Self { decide: Box::new(decide) }
    }

    /// The first call meets the first entry, and so on; after the end nothing goes wrong.
    pub fn listed(plan: impl IntoIterator<Item = Option<Fault>>) -> Self {
        let mut plan = plan.into_iter().collect::<Vec<_>>().into_iter();
        Self::by(move |_| plan.next().flatten())
    }

    /// The next call of `method` meets `fault`; every other call passes.
    pub fn once(method: &'static str, fault: Fault) -> Self {
        let mut waiting = Some(fault);
        Self::by(move |call| if call.method == method { waiting.take() } else { None })
    }

    pub(crate) fn decide(&mut self, call: &Call<'_>) -> Option<Fault> {
        (self.decide)(call)
    }

    /// Each call fails with probability `share` (0.0..=1.0), by one of `kinds`, repeatably for one `seed`.
    pub fn seeded(seed: u64, share: f64, kinds: Vec<Fault>) -> Self {
        let mut random = Random::new(seed);
        Self::by(move |_| {
            if kinds.is_empty() || !random.happens(share) {
                return None;
            }
            let index = random.below(kinds.len() as u64) as usize;
            Some(kinds[index])
        })
    }
}

/// The service behind a gate.
pub(crate) trait Service {
    fn execute(&self, target: &str, body: &Value, now_ms: i64) -> Answer;

    /// The body this vendor sends with an overload or failure status.
    fn failing(&self, status: u16) -> Answer;
}

struct Deferred {
    due_ms: i64,
    target: String,
    body: Value,
}

struct Plan {
    faults: Faults,
    number: u64,
    deferred: Vec<Deferred>,
}

/// Stands before a service and lets calls through as the fault plan says.
pub(crate) struct Gate {
    plan: Mutex<Plan>,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self { plan: Mutex::new(Plan { faults: Faults::none(), number: 0, deferred: Vec::new() }) }
    }

    pub(crate) fn plan(&self, faults: Faults) {
        lock(&self.plan).faults = faults;
    }

    /// Executes the calls that [`Fault::ExecuteLate`] postponed to `now_ms` or earlier, in the order of their moments.
    pub(crate) fn settle(&self, service: &dyn Service, now_ms: i64) {
        let mut due = {
            let mut plan = lock(&self.plan);
            if plan.deferred.is_empty() {
                return;
            }
            let (due, waiting) = plan.deferred.drain(..).partition::<Vec<_>, _>(|call| call.due_ms <= now_ms);
            plan.deferred = waiting;
            due
        };
        due.sort_by_key(|call| call.due_ms);
        for call in due {
            service.execute(&call.target, &call.body, call.due_ms);
        }
    }

    pub(crate) fn pass(&self, service: &dyn Service, method: &str, target: &str, body: &Value, now_ms: i64) -> Outcome {
        self.settle(service, now_ms);
        let fault = {
            let mut plan = lock(&self.plan);
            plan.number += 1;
            let number = plan.number;
            plan.faults.decide(&Call { method, number, now_ms })
        };
        let execute = || service.execute(target, body, now_ms);
        match fault {
            None => Outcome::Answered(execute()),
            Some(Fault::DropBefore) => Outcome::Lost,
            Some(Fault::ExecuteThenDrop) => {
                execute();
                Outcome::Lost
            }
            Some(Fault::ExecuteThenStatus(status)) => {
                execute();
                Outcome::Answered(service.failing(status))
            }
            Some(Fault::ExecuteLate(after_ms)) => {
                let late = Deferred { due_ms: now_ms + after_ms, target: target.to_owned(), body: body.clone() };
                lock(&self.plan).deferred.push(late);
                Outcome::Lost
            }
            Some(Fault::Delay(after_ms)) => Outcome::Late { after_ms, answer: execute() },
            Some(Fault::Status(status)) => Outcome::Answered(service.failing(status)),
            Some(Fault::Hang) => Outcome::Hung,
        }
    }
}
