//! MAX's Bot API for one bot: what it accepts, what it refuses, what the person on the other side sees.
//!
//! Source: the schemas in `contracts/max` (upstream 0.0.32 with the changes of 0.0.33) and the vendor's pages on
//! webhooks, polling and limits as of 2026. What those leave open is said beside the rule. Not played: uploads, videos,
//! members of groups, pins, the plain-text rules of markdown and HTML.

pub mod attachment;
mod client;
mod http;
mod keyboard;
mod ledger;
mod pace;
mod refusal;
mod routes;
mod schema;
mod send;
mod state;
mod updates;
mod upload;
mod webhook;

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;

pub use client::contact_hash;
pub use http::{serve, serve_with};
pub use ledger::{Button, Seen};

pub use crate::courier::Delivery;
use crate::{
    Answer, Faults, Outcome, Request,
    envelope::Envelope,
    faults::{Gate, Service},
    lock,
};
use refusal::Refusal;
use serde_json::Value;
use state::State;

/// One bot and the people around it. Clones are handles to the same world.
#[derive(Clone)]
pub struct Double {
    world: Arc<World>,
}

struct World {
    state: Mutex<State>,
    gate: Gate,
    /// Wakes long polls and webhook delivery when something may have become due.
    arrived: Notify,
}

impl Double {
    /// A strict bot: schemas checked, pace limited. `token` is what the caller must put into `Authorization`.
    pub fn new(token: &str) -> Self {
        let state = Mutex::new(State::new(token));
        Self { world: Arc::new(World { state, gate: Gate::new(), arrived: Notify::new() }) }
    }

    /// Switches the limits on requests per second.
    pub fn limit_pace(&self, is_limited: bool) {
        self.state().pace = is_limited.then(pace::Pace::default);
    }

    /// What a poll without a marker gets: only the newest update, as the vendor's page says, in place of everything
    /// since the last commit, as schema 0.0.33 says (the default).
    pub fn starts_from_newest(&self, is_so: bool) {
        self.state().queue.starts_from_newest = is_so;
    }

    /// Replaces the fault plan. A call's `method` is that of HTTP and the path, such as `POST /messages` or
    /// `POST /chats/{chat_id}/actions`.
    pub fn plan(&self, faults: Faults) {
        self.world.gate.plan(faults);
    }

    /// One request through the fault plan. `GET /updates` answers at once.
    pub fn request(&self, request: &Request<'_>, now_ms: i64) -> Outcome {
        self.pass(&Envelope::of(request), now_ms)
    }

    fn pass(&self, envelope: &Envelope, now_ms: i64) -> Outcome {
        let name = routes::name(&envelope.method, &envelope.path);
        self.world.gate.pass(self, &name, &envelope.path, &envelope.write(), now_ms)
    }

    /// What was wrong with our calls so far: broken schemas, paths not played, limits of size. Never holds a text, a
    /// token or a phone.
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
        assert!(failures.is_empty(), "calls to MAX broke the contract: {failures:#?}");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.world.state)
    }

    fn wake(&self) {
        self.world.arrived.notify_waiters();
    }
}

impl Service for Double {
    fn execute(&self, _target: &str, body: &Value, now_ms: i64) -> Answer {
        let envelope = Envelope::read(body);
        let answered = self.state().answer(&envelope, now_ms);
        if envelope.path == "/subscriptions" {
            self.wake();
        }
        answered.map_or_else(Refusal::into_answer, Answer::ok)
    }

    fn failing(&self, status: u16) -> Answer {
        match status {
            400 => Refusal::attachment_not_ready().into_answer(),
            401 => Refusal::bad_token().into_answer(),
            403 => Refusal::denied().into_answer(),
            404 => Refusal::no_dialog().into_answer(),
            429 => Refusal::too_many().into_answer(),
            500 | 503 => Refusal::new(status, "internal.error", "Internal error").into_answer(),
            other => Answer::html(other),
        }
    }
}
