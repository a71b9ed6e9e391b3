//! VK's API for one community and its messages: what it accepts, what it refuses, what the person on the other side
//! sees.
//!
//! Source: `contracts/vk` (methods, answers and errors of VK API 5.199 as `VKCOM/vk-api-schema` has them) and the
//! vendor's pages on Callback API, Bots Long Poll and keyboards. What those leave open is said beside the rule. Not
//! played: group chats, uploads, templates, stickers of ours, forwarding, intents, `message_edit` of our own edits.

pub mod attachment;
mod client;
mod form;
mod http;
mod keyboard;
mod ledger;
mod longpoll;
mod read;
mod refusal;
mod schema;
mod send;
mod settings;
mod state;
mod webhook;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard},
};

use serde_json::{Value, json};
use tokio::sync::Notify;

pub use http::{serve, serve_with};
pub use ledger::{Button, Seen};

pub use crate::courier::Delivery;
use crate::{
    Answer, Faults, Outcome, Request,
    envelope::Envelope,
    faults::{Gate, Service},
    lock,
    random::Random,
    window::Window,
};
use refusal::Refusal;
use state::State;

/// Calls a second with one token.
const CALLS_PER_S: usize = 20;

/// One community and the people around it. Clones are handles to the same world.
#[derive(Clone)]
pub struct Double {
    world: Arc<World>,
}

struct World {
    state: Mutex<State>,
    gate: Gate,
    /// Wakes long polls and deliveries when something may have become due.
    arrived: Notify,
}

impl Double {
    /// A strict community: schemas checked, pace limited. `token` is its access key with every right.
    pub fn new(token: &str, group_id: i64) -> Self {
        let state = Mutex::new(State::new(token, group_id));
        Self { world: Arc::new(World { state, gate: Gate::new(), arrived: Notify::new() }) }
    }

    /// Switches the limit on calls per second.
    pub fn limit_pace(&self, is_limited: bool) {
        self.state().pace = is_limited.then(Window::default);
    }

    /// Leaves the key only these rights of `messages`, `manage`, `photos`, `docs`.
    pub fn permit(&self, rights: &[&'static str]) {
        self.state().rights = rights.iter().copied().collect::<BTreeSet<_>>();
    }

    /// Replaces the fault plan. A call's `method` is VK's, such as `messages.send`, or `a_check` for a poll. Of
    /// statuses 401, 403, 429 and 500 come as errors 5, 15, 6 and 10 under HTTP 200; a number below 100 or from 900 on
    /// is taken for an error of VK's own; the rest is a page of HTML.
    pub fn plan(&self, faults: Faults) {
        self.world.gate.plan(faults);
    }

    /// Each of the next `times` events comes twice, by poll and by callback, with one `event_id`.
    pub fn duplicate_events(&self, times: u32) {
        self.state().duplicates += times;
    }

    /// Events of one poll, and deliveries due at one moment, come in an order drawn from `seed`; `None` restores that
    /// of their making.
    pub fn shuffle_events(&self, seed: Option<u64>) {
        self.state().shuffle = seed.map(Random::new);
    }

    /// One request through the fault plan. A poll answers at once.
    pub fn request(&self, request: &Request<'_>, now_ms: i64) -> Outcome {
        self.pass(&Envelope::of(request), now_ms)
    }

    fn pass(&self, envelope: &Envelope, now_ms: i64) -> Outcome {
        let name = envelope.path.strip_prefix("/method/").unwrap_or("a_check");
        self.world.gate.pass(self, name, &envelope.path, &envelope.write(), now_ms)
    }

    /// What was wrong with our calls so far: broken schemas, methods not played, limits of size. Never holds a text, a
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
        assert!(failures.is_empty(), "calls to VK broke the contract: {failures:#?}");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.world.state)
    }

    fn wake(&self) {
        self.world.arrived.notify_waiters();
    }

    fn acts<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let done = act(&mut self.state());
        self.wake();
        done
    }
}

impl Service for Double {
    fn execute(&self, _target: &str, body: &Value, now_ms: i64) -> Answer {
        let envelope = Envelope::read(body);
        let answer = self.state().answer(&envelope, now_ms);
        self.wake();
        answer
    }

    fn failing(&self, status: u16) -> Answer {
        let code = match status {
            401 => 5,
            403 => 15,
            429 => 6,
            500 => 10,
            other => i64::from(other),
        };
        if (100..900).contains(&code) { Answer::html(status) } else { Refusal::new(code).into_answer(&[]) }
    }
}

impl State {
    fn answer(&mut self, envelope: &Envelope, now_ms: i64) -> Answer {
        let Some(method) = envelope.path.strip_prefix("/method/") else { return self.poll(envelope) };
        *self.calls.entry(method.to_owned()).or_default() += 1;
        let fields = match self.read_fields(method, envelope) {
            Ok(fields) => fields,
            Err(refusal) => return refusal.into_answer(&[]),
        };
        let answered = self.act(method, envelope, &fields, now_ms);
        match answered {
            Ok(response) => self.answer_with(method, json!({ "response": response })),
            Err(refusal) => {
                let mut shown = vec![("method".to_owned(), method.to_owned())];
                shown.extend(fields.into_iter().filter(|(name, _)| name != "access_token"));
                refusal.into_answer(&shown)
            }
        }
    }

    fn answer_with(&mut self, method: &str, body: Value) -> Answer {
        let definition = match method {
            "messages.send" => "send.response",
            "groups.getLongPollServer" => "longpoll.server.response",
            "messages.setActivity" | "messages.markAsRead" | "messages.edit" => "ok.response",
            _ => return Answer::ok(body),
        };
        if let Err(broken) = schema::check_answer(definition, &body) {
            self.fail(format!("the double's own answer to {method} {broken}"));
        }
        Answer::ok(body)
    }

    fn act(
        &mut self,
        method: &str,
        envelope: &Envelope,
        fields: &[(String, String)],
        now_ms: i64,
    ) -> Result<Value, Refusal> {
        self.let_in(envelope, fields)?;
        if let Some(pace) = &mut self.pace
            && !pace.take(CALLS_PER_S, now_ms)
        {
            return Err(Refusal::new(6));
        }
        let call = self.check_call(method, fields)?;
        self.check_right(method)?;
        self.check_group(&call)?;
        match method {
            "messages.send" => self.send(&call, now_ms),
            "messages.edit" => self.edit(&call, now_ms),
            "messages.delete" => self.delete(&call, now_ms),
            "messages.sendMessageEventAnswer" => self.answer_press(&call, now_ms),
            "messages.setActivity" => self.set_activity(&call),
            "messages.markAsRead" => self.mark_as_read(&call),
            "messages.getHistory" => self.history(&call),
            "messages.getConversations" => Ok(self.conversations(&call)),
            "messages.getByConversationMessageId" => self.by_cmid(&call),
            "messages.isMessagesFromGroupAllowed" => Ok(self.is_allowed(&call)),
            "users.get" => Ok(self.users(&call)),
            "groups.getById" => Ok(self.group()),
            "groups.getTokenPermissions" => Ok(self.permissions()),
            "groups.setLongPollSettings" => self.set_longpoll(&call),
            "groups.getLongPollSettings" => Ok(self.longpoll_settings()),
            "groups.getLongPollServer" => self.longpoll_server(),
            "groups.addCallbackServer" => self.add_server(&call, now_ms),
            "groups.editCallbackServer" => self.edit_server(&call, now_ms),
            "groups.deleteCallbackServer" => self.delete_server(&call),
            "groups.getCallbackServers" => Ok(self.servers(&call)),
            "groups.setCallbackSettings" => self.set_callback(&call),
            "groups.getCallbackSettings" => self.callback_settings(&call),
            "groups.getCallbackConfirmationCode" => Ok(json!({ "code": self.confirmation_code })),
            _ => {
                self.fail(format!("{method}: this double does not play the method"));
                Err(Refusal::new(3))
            }
        }
    }

    fn fail(&mut self, failure: String) {
        self.failures.push(failure);
    }
}
