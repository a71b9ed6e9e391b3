//! The handle of a double and everything a test does with either channel.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard},
};

use serde_json::Value;
use tokio::sync::Notify;

use super::{App, Call, Challenge, Delivery, Refusal};
use crate::{
    Answer, Faults, Outcome, Request,
    faults::{Gate, Service},
    lock,
    random::Random,
};

/// One channel: what it keeps and how it answers.
pub trait Side: Send + 'static {
    const NAME: &'static str;

    fn app(&self) -> &App;

    fn app_mut(&mut self) -> &mut App;

    /// The name of a request in fault plans and the ledger.
    fn operation(&self, method: &str, path: &str) -> &'static str;

    /// # Errors
    /// The refusal of the service.
    fn answer(&mut self, call: &Call, now_ms: i64) -> Result<Answer, Refusal>;

    /// The body this channel sends with a status of trouble.
    fn failing(status: u16) -> Answer;

    fn knows_error(code: u32) -> bool;

    /// Counts for `/_ledger`.
    fn ledger(&self) -> Value;

    /// Where the served double stands, for the addresses it hands out.
    fn stands_at(&mut self, base: &str);

    /// What a person does, told by a test in another process; none when there is no such act.
    fn act(&mut self, act: &str, body: &Value, now_ms: i64) -> Option<Value>;
}

/// One account of a channel and the people around it. Clones are handles to the same world.
pub struct Double<S> {
    world: Arc<World<S>>,
}

struct World<S> {
    state: Mutex<S>,
    gate: Gate,
    /// Wakes webhook delivery when something may have become due.
    arrived: Notify,
}

impl<S> Clone for Double<S> {
    fn clone(&self) -> Self {
        Self { world: self.world.clone() }
    }
}

impl<S: Side> Double<S> {
    pub(crate) fn with(state: S) -> Self {
        Self { world: Arc::new(World { state: Mutex::new(state), gate: Gate::new(), arrived: Notify::new() }) }
    }

    /// Replaces the fault plan of the calls. Their names are those of the ledger: `messages`, `message_templates`,
    /// `subscribed_apps`, `media`, `download`, `account`, `person`, `refresh_access_token`, `other`.
    pub fn plan(&self, faults: Faults) {
        self.world.gate.plan(faults);
    }

    /// One request; nothing goes wrong on the way.
    pub fn call(&self, request: &Request<'_>, now_ms: i64) -> Answer {
        self.world.gate.settle(self, now_ms);
        self.take(&Call::from(request), now_ms)
    }

    /// One request through the fault plan.
    pub fn request(&self, request: &Request<'_>, now_ms: i64) -> Outcome {
        let operation = self.state().operation(request.method, request.path);
        let call = serde_json::to_value(Call::from(request)).expect("a call is plain data");
        self.world.gate.pass(self, operation, request.path, &call, now_ms)
    }

    fn take(&self, call: &Call, now_ms: i64) -> Answer {
        let mut state = self.state();
        let operation = state.operation(&call.method, &call.path);
        *state.app_mut().calls.entry(operation).or_default() += 1;
        let answered = state.answer(call, now_ms);
        drop(state);
        self.world.arrived.notify_waiters();
        answered.unwrap_or_else(Refusal::into_answer)
    }

    /// What was wrong with our calls so far: broken schemas, calls not played, limits. Never holds a text, a token or a
    /// phone.
    pub fn failures(&self) -> Vec<String> {
        self.state().app().failures.clone()
    }

    /// Takes the failures out, for a test that provoked them.
    pub fn take_failures(&self) -> Vec<String> {
        std::mem::take(&mut self.state().app_mut().failures)
    }

    /// # Panics
    /// When a call broke the contract.
    pub fn assert_clean(&self) {
        let failures = self.failures();
        assert!(failures.is_empty(), "calls to {} broke the contract: {failures:#?}", S::NAME);
    }

    /// Every call is refused with this error until it is lifted by none.
    ///
    /// # Panics
    /// When the channel has no such error.
    pub fn refuse_calls(&self, code: Option<u32>) {
        assert!(code.is_none_or(S::knows_error), "{} has no error {code:?}", S::NAME);
        self.state().app_mut().refused_with = code;
    }

    /// Registers a callback in the app's dashboard; it counts once its challenge is answered.
    pub fn register_webhook(&self, url: &str, verify_token: &str) -> Challenge {
        self.act(|state| state.app_mut().challenge(url, verify_token))
    }

    /// Takes the challenge of the callback registered last, for a loop that performs it.
    pub fn challenge_due(&self) -> Option<Challenge> {
        self.state().app_mut().take_challenge()
    }

    /// Ends a challenge; true when the callback is proved: 200 and the very number as plain text.
    pub fn challenge_answered(&self, challenge: &Challenge, status: u16, body: &[u8]) -> bool {
        self.act(|state| state.app_mut().challenge_answered(challenge, status, body))
    }

    /// Sets a callback as if it were proved, for tests about other things.
    pub fn connect_webhook(&self, url: &str) {
        self.act(|state| state.app_mut().connect(url));
    }

    /// Where webhooks are really delivered: scheme, host and port of a server under test.
    pub fn route_webhooks_to(&self, base: &str) {
        self.act(|state| state.app_mut().route = Some(base.trim_end_matches('/').to_owned()));
    }

    /// Delivers each of the next `times` delivered webhooks once more, as a lost 200 makes Meta do.
    pub fn duplicate_deliveries(&self, times: u32) {
        self.state().app_mut().queue.duplicates += times;
    }

    /// From now on webhooks that are due together leave in any order, the same for one `seed`.
    pub fn shuffle_deliveries(&self, seed: u64) {
        self.state().app_mut().queue.shuffle = Some(Random::new(seed));
    }

    /// From now on up to `events` fresh events that are due together leave in one body.
    pub fn batch_deliveries(&self, events: usize) {
        self.state().app_mut().queue.batch = events;
    }

    /// Takes the POSTs that are due; report the end of each by [`Double::delivered`].
    pub fn deliveries_due(&self, now_ms: i64) -> Vec<Delivery> {
        self.world.gate.settle(self, now_ms);
        self.state().app_mut().deliveries_due(now_ms)
    }

    /// Ends one delivery. `status` is none when the connection failed or timed out; only 200 counts, its body does not.
    pub fn delivered(&self, id: u64, status: Option<u16>, now_ms: i64) {
        self.act(|state| state.app_mut().queue.delivered(id, status, now_ms));
    }

    /// The moment of the earliest webhook, for a loop that would otherwise sleep.
    pub fn next_delivery_ms(&self) -> Option<i64> {
        self.state().app().queue.next_ms()
    }

    /// How many webhooks wait.
    pub fn pending(&self) -> usize {
        self.state().app().queue.len()
    }

    /// Numbers of the deliveries we answered with 200.
    pub fn acknowledged(&self) -> BTreeSet<u64> {
        self.state().app().queue.acknowledged.clone()
    }

    /// Numbers of the deliveries that Meta gave up.
    pub fn expired(&self) -> BTreeSet<u64> {
        self.state().app().queue.expired.clone()
    }

    /// Counts of calls, messages and webhooks. No text, no name, no phone.
    pub fn ledger(&self) -> Value {
        self.state().ledger()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, S> {
        lock(&self.world.state)
    }

    /// Changes the world and wakes the delivery of webhooks.
    pub(crate) fn act<T>(&self, act: impl FnOnce(&mut S) -> T) -> T {
        let result = act(&mut self.state());
        self.world.arrived.notify_waiters();
        result
    }

    pub(super) fn arrived(&self) -> &Notify {
        &self.world.arrived
    }
}

impl<S: Side> Service for Double<S> {
    fn execute(&self, _: &str, body: &Value, now_ms: i64) -> Answer {
        let call = serde_json::from_value(body.clone()).expect("the gate gives back what it was given");
        self.take(&call, now_ms)
    }

    fn failing(&self, status: u16) -> Answer {
        S::failing(status)
    }
}
