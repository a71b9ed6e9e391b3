//! Google's calendar service with one shared calendar, and the desk that gives out its tokens.
//!
//! Source: `contracts/google/calendar.v3.json` (revision 20261030), to which every request and every answer is held;
//! the vendor's pages on errors, synchronizing, versions of resources and service accounts. What the sheet marks as not
//! read again is marked "not confirmed" here. Not played: other calendars, lists of calendars, free/busy,
//! guests, series written by us.

mod bells;
pub mod discovery;
mod fields;
mod http;
mod list;
mod oauth;
mod people;
mod refusal;
mod settings;
mod state;
mod write;

use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;

pub use bells::Ring;
pub use http::{serve, serve_with};
pub use settings::Settings;

use crate::{
    Answer, Faults, Outcome, Request,
    envelope::Envelope,
    faults::{Gate, Service},
    lock,
};
use discovery::{Method, V3};
use fields::Selector;
use refusal::Refusal;
use state::State;

/// Where the service stands on its host.
pub const ROOT: &str = "/calendar/v3";

/// An answer with a body, or 204.
type Reply = Result<Value, Refusal>;

/// The service. Clones are handles to the same one.
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

    pub fn settings(&self) -> Settings {
        self.state().settings.clone()
    }

    /// Changes the account's settings, as its owner may at any time.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.state().settings);
    }

    /// Replaces the fault plan. A call's `method` is `token` or the document's name: `calendar.events.insert`.
    pub fn plan(&self, faults: Faults) {
        self.world.gate.plan(faults);
    }

    /// The next call to the calendar is refused so, whatever it is.
    pub fn refuses_next(&self, status: u16, reason: &str) {
        self.state().next_refusal = Some(Refusal::new(status, reason));
    }

    /// One request through the fault plan.
    pub fn request(&self, request: &Request<'_>, now_ms: i64) -> Outcome {
        self.pass(&Envelope::of(request), now_ms)
    }

    fn pass(&self, envelope: &Envelope, now_ms: i64) -> Outcome {
        let name = match below_root(&envelope.path).and_then(|path| V3.method(&envelope.method, path)) {
            Some(method) => method.id().to_owned(),
            None if envelope.path == oauth::PATH => "token".to_owned(),
            None => envelope.path.clone(),
        };
        self.world.gate.pass(self, &name, &envelope.path, &envelope.write(), now_ms)
    }

    /// Executes postponed calls that are due by `now_ms`.
    pub fn settle(&self, now_ms: i64) {
        self.world.gate.settle(self, now_ms);
    }

    /// Tokens given out so far.
    pub fn tokens_given(&self) -> usize {
        self.state().tokens.given
    }

    /// Requests for a token, whatever came of them.
    pub fn tokens_asked(&self) -> usize {
        self.state().tokens.asked
    }

    /// Every access token ends at once.
    pub fn revoke_tokens(&self) {
        self.state().tokens.revoke();
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
        assert!(failures.is_empty(), "calls to Google broke the contract: {failures:#?}");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.world.state)
    }
}

impl Service for Double {
    fn execute(&self, target: &str, body: &Value, now_ms: i64) -> Answer {
        let envelope = Envelope::read(body);
        let mut state = self.state();
        if target == oauth::PATH {
            let State { settings, tokens, .. } = &mut *state;
            return tokens.give(settings, &envelope, now_ms);
        }
        state.answer(&envelope, now_ms)
    }

    fn failing(&self, status: u16) -> Answer {
        if matches!(status, 502 | 504) { Answer::html(status) } else { Refusal::of_status(status).into_answer() }
    }
}

fn below_root(path: &str) -> Option<&str> {
    path.strip_prefix(ROOT)
}

impl State {
    fn answer(&mut self, envelope: &Envelope, now_ms: i64) -> Answer {
        self.guard(envelope);
        let Some(method) = below_root(&envelope.path).and_then(|path| V3.method(&envelope.method, path)) else {
            self.fail("the document has no such method");
            return Answer::html(404);
        };
        match self.run(&method, envelope, now_ms) {
            Ok(Value::Null) => Answer { status: 204, body: Value::Null },
            Ok(body) => Answer::ok(body),
            Err(refusal) => refusal.into_answer(),
        }
    }

    fn run(&mut self, method: &Method<'_>, envelope: &Envelope, now_ms: i64) -> Reply {
        let scopes = self.tokens.scopes(envelope.header("authorization"), now_ms);
        let scopes = scopes.ok_or_else(|| Refusal::of_status(401))?;
        if !method.is_open_to(scopes) {
            return Err(Refusal::new(403, "insufficientPermissions"));
        }
        if let Some(refusal) = self.next_refusal.take() {
            return Err(refusal);
        }
        let body = self.body_of(method, envelope)?;
        let fields = match envelope.query("fields") {
            None => Selector::default(),
            Some(text) => method
                .response()
                .and_then(|schema| Selector::parse(text, schema))
                .ok_or_else(|| Refusal::about(400, "invalidParameter", "fields"))?,
        };
        let answer = self.dispatch(method, envelope, &body, now_ms)?;
        if let Some(Err(flaw)) = method.response().map(|schema| V3.check_answer(schema, &answer)) {
            self.fail(&format!("the double's own answer breaks the document at '{}': {}", flaw.place, flaw.rule));
        }
        Ok(fields.choose(&answer))
    }

    /// The body, once query and body fit the document.
    fn body_of(&mut self, method: &Method<'_>, envelope: &Envelope) -> Result<Value, Refusal> {
        let is_json = envelope.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
        let body = match envelope.body.as_str() {
            "" => Ok(Value::Null),
            text if is_json => serde_json::from_str(text).map_err(|_| Refusal::new(400, "parseError")),
            _ => Err(Refusal::new(400, "parseError")),
        };
        let checked = body.and_then(|body| {
            method.check_query(&envelope.query)?;
            method.check_body(&body)?;
            Ok(body)
        });
        if let Err(refusal) = &checked {
            self.fail(&format!("{}: {refusal:?}", method.id()));
        }
        checked
    }

    fn dispatch(&mut self, method: &Method<'_>, envelope: &Envelope, body: &Value, now_ms: i64) -> Reply {
        if method.id() == "calendar.channels.stop" {
            return self.stop(body, now_ms);
        }
        let calendar = method.place("calendarId");
        if calendar != self.settings.calendar || self.settings.access_role == "none" {
            return Err(Refusal::not_found());
        }
        let (event, version) = (method.place("eventId"), envelope.header("if-match"));
        match method.id() {
            "calendar.events.list" => return self.list(&envelope.query, now_ms),
            "calendar.events.get" => return self.get(event),
            "calendar.events.watch" => return self.watch(body, now_ms),
            "calendar.events.insert"
            | "calendar.events.patch"
            | "calendar.events.update"
            | "calendar.events.delete" => {}
            _ => {
                self.fail("this double does not play the call");
                return Err(Refusal::of_status(501));
            }
        }
        if !matches!(self.settings.access_role.as_str(), "writer" | "writerWithoutPrivateAccess" | "owner") {
            return Err(Refusal::new(403, "forbidden"));
        }
        self.check_write(method.id(), envelope);
        match method.id() {
            "calendar.events.insert" => self.insert(body, now_ms),
            "calendar.events.patch" => self.patch(event, version, body, now_ms),
            "calendar.events.update" => self.update(event, version, body, now_ms),
            _ => self.delete(event, version, now_ms),
        }
    }

    /// What Google lets pass and a careful caller does not do: write over a version unseen, mail the guests.
    fn check_write(&mut self, method: &str, envelope: &Envelope) {
        if method != "calendar.events.insert" && envelope.header("if-match").is_none() {
            self.fail(&format!("{method}: a write without a condition"));
        }
        if envelope.query("sendUpdates") != Some("none") {
            self.fail(&format!("{method}: guests may be mailed"));
        }
    }

    /// Nothing of a client's leaves while the owner has not let it.
    fn guard(&mut self, envelope: &Envelope) {
        let query = envelope.query.iter().map(|(_, value)| value.as_str());
        let texts: Vec<String> =
            query.chain([envelope.path.as_str(), envelope.body.as_str()]).map(str::to_lowercase).collect();
        let digits_of = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let shows = |secret: &String| {
            let digits = digits_of(secret);
            let number = digits.get(digits.len().saturating_sub(10)..).filter(|number| number.len() >= 7);
            texts.iter().any(|text| match number {
                Some(number) => digits_of(text).contains(number),
                None => text.contains(&secret.to_lowercase()),
            })
        };
        if self.settings.personal.iter().any(shows) {
            self.fail("a request shows a client's name or phone");
        }
    }
}
