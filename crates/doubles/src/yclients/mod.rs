//! One branch of YCLIENTS: online booking and the journal, with the oddities that its pages and users tell of.
//!
//! Source: developers.yclients.com (snapshot of 2025-11-25), PyPI `yclients` 0.1.1, and notes of integrators, read
//! 2026-11-22. Where they are silent the rule here says "not documented". Not played: group events, webhooks, clients,
//! the marketplace, sign-in, resources, chains.

mod booking;
mod http;
mod journal;
mod ledger;
mod limits;
mod lists;
mod refusal;
mod settings;
mod shape;
mod state;

use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;

pub use http::{serve, serve_with};
pub use ledger::Seen;
pub use settings::{COMPANY, Master, Service, Settings, master, service};

use crate::{
    Answer, Faults, Outcome, Request,
    envelope::Envelope,
    faults::{Gate, Service as Behind},
    lock,
};
use refusal::Refusal;
use state::State;

const ROOT: &str = "/api/v1/";
const FORMAT: &str = "application/vnd.yclients.v2+json";

/// What a call gives back: the status, what it says, and how many there are of a list.
struct Done {
    status: u16,
    data: Value,
    total: Option<usize>,
}

impl Done {
    fn ok(data: Value) -> Self {
        Self { status: 200, data, total: None }
    }

    fn made(data: Value) -> Self {
        Self { status: 201, data, total: None }
    }

    fn nothing() -> Self {
        Self { status: 204, data: Value::Null, total: None }
    }
}

type Reply = Result<Done, Refusal>;

/// One branch. Clones are handles to the same branch.
#[derive(Clone)]
pub struct Double {
    world: Arc<World>,
}

struct World {
    state: Mutex<State>,
    gate: Gate,
}

impl Double {
    pub fn new(settings: Settings) -> Self {
        Self { world: Arc::new(World { state: Mutex::new(State::new(settings)), gate: Gate::new() }) }
    }

    /// Changes the branch's settings, as its owner may at any time.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.state().settings);
    }

    /// Replaces the fault plan. A call's `method` is its verb and path without ids: `POST book_record`,
    /// `GET records/partner`, `DELETE user/records`.
    pub fn plan(&self, faults: Faults) {
        self.world.gate.plan(faults);
    }

    /// One request through the fault plan.
    pub fn request(&self, request: &Request<'_>, now_ms: i64) -> Outcome {
        self.pass(&Envelope::of(request), now_ms)
    }

    fn pass(&self, envelope: &Envelope, now_ms: i64) -> Outcome {
        self.world.gate.pass(self, &name_of(envelope), &envelope.path, &envelope.write(), now_ms)
    }

    /// Executes postponed calls that are due by `now_ms`.
    pub fn settle(&self, now_ms: i64) {
        self.world.gate.settle(self, now_ms);
    }

    /// What was wrong with our calls so far. Holds no text, token or phone.
    pub fn failures(&self) -> Vec<String> {
        self.state().failures.clone()
    }

    /// Takes the failures out, for a test that provoked them.
    pub fn take_failures(&self) -> Vec<String> {
        std::mem::take(&mut self.state().failures)
    }

    /// # Panics
    /// When a call broke the contract.
    pub fn assert_clean(&self) {
        let failures = self.failures();
        assert!(failures.is_empty(), "calls to YCLIENTS broke the contract: {failures:#?}");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.world.state)
    }
}

impl Behind for Double {
    fn execute(&self, _target: &str, body: &Value, now_ms: i64) -> Answer {
        self.state().answer(&Envelope::read(body), now_ms)
    }

    fn failing(&self, status: u16) -> Answer {
        Refusal::of_status(status).into_answer(0)
    }
}

impl State {
    fn answer(&mut self, envelope: &Envelope, now_ms: i64) -> Answer {
        *self.calls.entry(name_of(envelope)).or_default() += 1;
        self.turn += 1;
        let turn = if self.settings.is_odd { self.turn } else { 0 };
        let done = self.admit(envelope, now_ms).and_then(|has_user| self.dispatch(envelope, has_user, now_ms));
        match done {
            Ok(done) => shape::answer(done, turn),
            Err(refusal) => refusal.into_answer(turn),
        }
    }

    /// The checks that come before any call; says whether the request carries a user's token.
    fn admit(&mut self, envelope: &Envelope, now_ms: i64) -> Result<bool, Refusal> {
        self.count_request(now_ms)?;
        if envelope.header("accept") != Some(FORMAT) {
            self.fail("a request without the format of the answer".to_owned());
            return Err(Refusal::of_status(400));
        }
        let (partner, user) = (&self.settings.partner_token, &self.settings.user_token);
        let said = envelope.header("authorization").unwrap_or_default();
        let has_user = said == format!("Bearer {partner}, User {user}");
        if !has_user && said != format!("Bearer {partner}") {
            return Err(Refusal::of_status(401));
        }
        if self.settings.wants_partner_id.is_some()
            && envelope.header("x-partner-id") != self.settings.wants_partner_id.as_deref()
        {
            return Err(Refusal::of_status(403));
        }
        if !self.settings.is_paid {
            return Err(Refusal::of_status(402));
        }
        if !self.settings.is_connected {
            return Err(Refusal::of_status(403));
        }
        let kind = envelope.header("content-type").unwrap_or_default();
        if !envelope.body.is_empty() && !kind.starts_with("application/json") {
            self.fail("a body that is not said to be JSON".to_owned());
            return Err(Refusal::of_status(400));
        }
        Ok(has_user)
    }

    fn dispatch(&mut self, envelope: &Envelope, has_user: bool, now_ms: i64) -> Reply {
        let path = envelope.path.strip_prefix(ROOT).ok_or_else(|| Refusal::of_status(404))?;
        let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        let (verb, query) = (envelope.method.as_str(), envelope.query.as_slice());
        let body = match (verb, envelope.body.as_str()) {
            ("GET" | "DELETE", "") => Value::Null,
            ("GET" | "DELETE", _) => return Err(self.wrong("a body where none belongs")),
            (_, text) => serde_json::from_str(text).map_err(|_| self.wrong("a body that is not JSON"))?,
        };
        let is_journal =
            matches!(parts.first(), Some(&"records" | &"record" | &"schedule")) && parts.get(1) != Some(&"partner");
        if (is_journal || path.starts_with("user/permissions")) && !has_user {
            return Err(Refusal::of_status(if self.turn.is_multiple_of(2) { 401 } else { 403 }));
        }
        match (verb, parts.as_slice()) {
            ("GET", ["company", company]) => self.of_branch(company).and_then(|()| self.company(query)),
            ("GET", ["user", "permissions", company]) => self.of_branch(company).and_then(|()| self.permissions()),
            ("GET", ["book_services", company]) => self.of_branch(company).and_then(|()| self.book_services(query)),
            ("GET", ["book_staff", company]) => self.of_branch(company).and_then(|()| self.book_staff(query)),
            ("GET", ["book_dates", company]) => self.of_branch(company).and_then(|()| self.book_dates(query, now_ms)),
            ("GET", ["book_times", company, staff, day]) => {
                self.of_branch(company).and_then(|()| self.book_times(staff, day, query, now_ms))
            }
            ("POST", ["book_check", company]) => self.of_branch(company).and_then(|()| self.book_check(&body, now_ms)),
            ("POST", ["book_record", company]) => {
                self.of_branch(company).and_then(|()| self.book_record(&body, now_ms))
            }
            ("PUT", ["book_record", company, record]) => {
                self.of_branch(company).and_then(|()| self.book_move(record, &body, now_ms))
            }
            ("GET", ["book_record", company, record, hash]) => {
                self.of_branch(company).and_then(|()| self.book_get(record, hash))
            }
            ("DELETE", ["user", "records", record, hash]) => self.hash_delete(record, hash, now_ms),
            ("GET", ["records", "partner"]) => self.partner_records(query),
            ("GET", ["records", company]) => self.of_branch(company).and_then(|()| self.records(query)),
            ("POST", ["records", company]) => self.of_branch(company).and_then(|()| self.record_add(&body, now_ms)),
            ("GET", ["record", company, record]) => self.of_branch(company).and_then(|()| self.record_get(record)),
            ("PUT", ["record", company, record]) => {
                self.of_branch(company).and_then(|()| self.record_change(record, &body, now_ms))
            }
            ("DELETE", ["record", company, record]) => {
                self.of_branch(company).and_then(|()| self.record_delete(record, now_ms))
            }
            ("GET", ["schedule", company, staff, from, to]) => {
                self.of_branch(company).and_then(|()| self.schedule(staff, from, to))
            }
            _ => Err(self.wrong(&format!("{}: this double does not play the call", name_of(envelope)))),
        }
    }

    fn of_branch(&self, company: &str) -> Result<(), Refusal> {
        if company == COMPANY.to_string() { Ok(()) } else { Err(Refusal::of_status(404)) }
    }
}

/// `POST book_record`, `GET records/partner`: ids, days and hashes hold digits, and names of calls do not.
fn name_of(envelope: &Envelope) -> String {
    let path = envelope.path.strip_prefix(ROOT).unwrap_or(&envelope.path);
    let named = path.split('/').filter(|part| !part.is_empty() && !part.contains(|c: char| c.is_ascii_digit()));
    format!("{} {}", envelope.method, named.collect::<Vec<_>>().join("/"))
}
