//! One amoCRM account behind a long-lived token or an integration: REST v4 with the traps its pages and clients tell of.
//!
//! Source: the vendor's client `amocrm/amocrm-api-php` @1354d8a, the pages of amocrm.ru/developers and
//! developers.kommo.com as read on 2026-11-22. Where they are silent the rule here says "not documented". Not played:
//! companies, customers, catalogues, the unsorted stage, events, webhooks, files, the Chats API, an account that moves.

mod contacts;
mod custom;
mod http;
mod leads;
mod ledger;
mod limits;
mod list;
mod notes;
mod oauth;
mod refusal;
mod row;
mod settings;
mod shape;
mod state;
mod tags;
mod tasks;

use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;

pub use http::{serve, serve_with};
pub use ledger::{Contact, Lead, Note, Task};
pub use settings::{BOOKED, CANCELLED, FIRST, LOST, OTHER_FIRST, OTHER_PIPELINE, PIPELINE, Settings, UNSORTED, WON};

use crate::{
    Answer, Faults, Outcome, Request,
    envelope::Envelope,
    faults::{Gate, Service},
    lock,
};
use refusal::Refusal;
use state::State;

const ROOT: &str = "/api/v4/";

/// What a call gives back.
enum Done {
    Found(Value),
    /// 204: an empty list, or nothing under this id.
    Nothing,
}

type Reply = Result<Done, Refusal>;

/// One account. Clones are handles to the same account.
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

    /// Changes the account's settings, as its owner may at any time.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.state().settings);
    }

    /// Replaces the fault plan. A call's `method` is its verb and path without ids: `POST leads/complex`, `GET contacts`,
    /// `PATCH leads/notes`.
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

    /// A call of the account's own people or of another integration: same rules, but no pace.
    pub fn people(&self, verb: &str, path: &str, body: &Value, now_ms: i64) -> Answer {
        self.world.gate.settle(self, now_ms);
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query = crate::envelope::pairs(query).unwrap_or_default();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.state().run(verb, path, &query, &body, now_ms).unwrap_or_else(Refusal::into_answer)
    }

    /// Executes postponed calls that are due by `now_ms`.
    pub fn settle(&self, now_ms: i64) {
        self.world.gate.settle(self, now_ms);
    }

    /// What was wrong with our calls so far: calls not played, texts too long, requests soon after a 429. Holds no text,
    /// token or phone.
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
        assert!(failures.is_empty(), "calls to amoCRM broke the contract: {failures:#?}");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.world.state)
    }
}

impl Service for Double {
    fn execute(&self, _target: &str, body: &Value, now_ms: i64) -> Answer {
        self.state().answer(&Envelope::read(body), now_ms)
    }

    fn failing(&self, status: u16) -> Answer {
        Refusal::of_status(status).into_answer()
    }
}

impl State {
    fn answer(&mut self, envelope: &Envelope, now_ms: i64) -> Answer {
        *self.calls.entry(name_of(envelope)).or_default() += 1;
        if envelope.path == oauth::PATH {
            return self.token(envelope, now_ms).unwrap_or_else(Refusal::into_answer);
        }
        let answer = self
            .admit(envelope, now_ms)
            .and_then(|path| self.run(&envelope.method, &path, &envelope.query, &envelope.body, now_ms));
        answer.unwrap_or_else(Refusal::into_answer)
    }

    /// The checks that come before any call; gives the path below `/api/v4/`.
    fn admit(&mut self, envelope: &Envelope, now_ms: i64) -> Result<String, Refusal> {
        self.count_request(now_ms)?;
        let bearer = envelope.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        if !bearer.is_some_and(|token| token == self.settings.token || self.is_access(token, now_ms)) {
            return Err(Refusal::of_status(401));
        }
        if !self.settings.is_paid {
            return Err(Refusal::of_status(402));
        }
        let has_body = !envelope.body.is_empty();
        let kind = envelope.header("content-type").unwrap_or_default();
        if has_body && !kind.starts_with("application/json") {
            return Err(Refusal::bad("the body is not said to be JSON"));
        }
        envelope.path.strip_prefix(ROOT).map(str::to_owned).ok_or_else(|| Refusal::of_status(404))
    }

    fn run(
        &mut self,
        verb: &str,
        path: &str,
        query: &[(String, String)],
        body: &str,
        now_ms: i64,
    ) -> Result<Answer, Refusal> {
        let body = match (verb, body) {
            ("GET", "") => Value::Null,
            ("GET", _) => return Err(Refusal::bad("a GET has no body")),
            (_, body) => serde_json::from_str(body).map_err(|_| Refusal::bad("the body is not JSON"))?,
        };
        let done = self.dispatch(verb, path, query, &body, now_ms)?;
        Ok(match done {
            Done::Nothing => Answer { status: 204, body: Value::Null },
            Done::Found(_)
                if self.settings.answers_202_to.as_deref() == Some(&format!("{verb} {}", without_ids(path))) =>
            {
                Answer { status: 202, body: Value::String("accepted".to_owned()) }
            }
            Done::Found(body) => Answer::ok(body),
        })
    }

    fn dispatch(&mut self, verb: &str, path: &str, query: &[(String, String)], body: &Value, now_ms: i64) -> Reply {
        let parts: Vec<&str> = path.split('/').collect();
        let id = |text: &str| text.parse::<i64>().map_err(|_| Refusal::of_status(404));
        match (verb, parts.as_slice()) {
            ("GET", ["account"]) => Ok(Done::Found(self.account())),
            ("GET", ["users"]) => self.users(query),
            ("GET", ["leads", "pipelines"]) => Ok(Done::Found(self.pipelines())),
            ("GET", [kind @ ("leads" | "contacts"), "custom_fields"]) => self.fields_list(kind, query),
            ("POST", [kind @ ("leads" | "contacts"), "custom_fields"]) => self.fields_add(kind, body),
            ("GET", ["leads"]) => self.leads_list(query, now_ms),
            ("POST", ["leads"]) => self.leads_add(body, now_ms),
            ("POST", ["leads", "complex"]) => self.leads_add_complex(body, now_ms),
            ("GET", ["leads", lead]) => self.lead_get(id(lead)?, query),
            ("PATCH", ["leads", lead]) => self.lead_change(id(lead)?, body, now_ms),
            ("GET", ["leads", lead, "notes"]) => self.notes_list(id(lead)?, query),
            ("POST", ["leads", lead, "notes"]) => self.notes_add(id(lead)?, body, now_ms),
            ("PATCH", ["leads", lead, "notes", note]) => self.note_change(id(lead)?, id(note)?, body, now_ms),
            ("GET", ["contacts"]) => self.contacts_list(query, now_ms),
            ("POST", ["contacts"]) => self.contacts_add(body, now_ms),
            ("GET", ["contacts", contact]) => self.contact_get(id(contact)?, query),
            ("PATCH", ["contacts", contact]) => self.contact_change(id(contact)?, body, now_ms),
            ("GET", ["tasks"]) => self.tasks_list(query),
            ("POST", ["tasks"]) => self.tasks_add(body, now_ms),
            ("PATCH", ["tasks", task]) => self.task_change(id(task)?, body),
            _ => {
                self.fail(format!("{verb} {}: this double does not play the call", without_ids(path)));
                Err(Refusal::of_status(404))
            }
        }
    }
}

/// `POST leads/complex`, `PATCH leads/notes`.
fn name_of(envelope: &Envelope) -> String {
    let path = envelope.path.strip_prefix(ROOT).unwrap_or(&envelope.path);
    format!("{} {}", envelope.method, without_ids(path))
}

fn without_ids(path: &str) -> String {
    let named = path.split('/').filter(|part| part.parse::<i64>().is_err());
    named.collect::<Vec<_>>().join("/")
}
