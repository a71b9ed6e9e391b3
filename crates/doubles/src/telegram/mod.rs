//! Telegram's Bot API for one bot: what it accepts, what it refuses, what the client on the other side sees.
//!
//! Source: core.telegram.org/bots/api as of Bot API 10.1 (schemas in `contracts/telegram`) and, for delivery, 409 and
//! error texts, `tdlib/telegram-bot-api` commit 01a3679. Not played: sending files but pictures of our own, inline mode, payments, channels.

mod client;
mod http;
mod ledger;
mod markup;
mod pace;
mod refusal;
mod schema;
mod send;
mod state;
mod updates;
mod webhook;

use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};
use tokio::sync::Notify;

pub use http::{serve, serve_with};
pub use ledger::{Button, Seen};
pub use webhook::Delivery;

use crate::{
    Answer, Faults, Outcome,
    faults::{Gate, Service},
    lock,
};
use refusal::Refusal;
use state::State;

const FILE_BYTES_MAX: usize = 20 * 1024 * 1024;

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
    /// A strict bot: schemas checked, pace limited. `token` is what the caller must put into the path.
    pub fn new(token: &str) -> Self {
        Self::with(State::new(token, true))
    }

    /// A cheap bot for the bench: no schema check, no pace.
    pub fn fast(token: &str) -> Self {
        Self::with(State::new(token, false))
    }

    fn with(state: State) -> Self {
        Self { world: Arc::new(World { state: Mutex::new(state), gate: Gate::new(), arrived: Notify::new() }) }
    }

    /// Switches the limits on the number of messages per second and minute.
    pub fn limit_pace(&self, is_limited: bool) {
        self.state().pace = is_limited.then(pace::Pace::default);
    }

    /// Replaces the fault plan of the calls.
    pub fn plan(&self, faults: Faults) {
        self.world.gate.plan(faults);
    }

    /// One call to the Bot API; nothing goes wrong on the way. `getUpdates` answers at once.
    pub fn call(&self, token: &str, method: &str, body: Value, now_ms: i64) -> Answer {
        self.world.gate.settle(self, now_ms);
        self.execute(&format!("{token}/{method}"), &body, now_ms)
    }

    /// One call through the fault plan.
    pub fn request(&self, token: &str, method: &str, body: &Value, now_ms: i64) -> Outcome {
        self.world.gate.pass(self, method, &format!("{token}/{method}"), body, now_ms)
    }

    /// The bytes at `/file/bot<token>/<path>`; `None` is a 404. The server calls every file plain bytes.
    pub fn file(&self, token: &str, path: &str) -> Option<Vec<u8>> {
        let state = self.state();
        let id = path.strip_prefix("voice/")?.strip_suffix(".oga")?;
        state.files.get(id).filter(|_| token == state.token).cloned()
    }

    /// What was wrong with our calls so far: broken schemas, methods not played, texts over the limit. Never holds a
    /// text, a token or a phone.
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
        assert!(failures.is_empty(), "calls to Telegram broke the contract: {failures:#?}");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.world.state)
    }

    fn wake(&self) {
        self.world.arrived.notify_waiters();
    }
}

impl Service for Double {
    fn execute(&self, target: &str, body: &Value, now_ms: i64) -> Answer {
        let (token, method) = target.rsplit_once('/').unwrap_or(("", target));
        let answered = self.state().answer(token, method, body, now_ms);
        if matches!(method, "setWebhook" | "deleteWebhook") {
            self.wake();
        }
        match answered {
            Ok(result) => Answer::ok(json!({ "ok": true, "result": result })),
            Err(refusal) => refusal.into_answer(),
        }
    }

    fn failing(&self, status: u16) -> Answer {
        match status {
            429 => Refusal::too_many(1).into_answer(),
            500 => Refusal::new(500, "Internal Server Error").into_answer(),
            401 => Refusal::new(401, "Unauthorized").into_answer(),
            403 => Refusal::new(403, "Forbidden: bot was blocked by the user").into_answer(),
            other => Answer::html(other),
        }
    }
}

impl State {
    fn answer(&mut self, token: &str, method: &str, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        *self.calls.entry(method.to_owned()).or_default() += 1;
        if token != self.token {
            return Err(Refusal::new(401, "Unauthorized"));
        }
        // A GET or an empty body means no parameters.
        let nothing = json!({});
        let body = if body.is_null() { &nothing } else { body };
        self.check_body(method, body)?;
        match method {
            "getMe" => Ok(self.me()),
            "getUpdates" => self.get_updates(body, now_ms),
            "setWebhook" => self.set_webhook(body, now_ms),
            "deleteWebhook" => self.delete_webhook(body),
            "getWebhookInfo" => Ok(self.webhook_info(now_ms)),
            "sendMessage" => self.send_message(body, now_ms),
            "sendPhoto" => self.send_photo(body, now_ms),
            "editMessageText" => self.edit_text(body, now_ms),
            "editMessageReplyMarkup" => self.edit_markup(body, now_ms),
            "deleteMessage" => self.delete_message(body),
            "answerCallbackQuery" => self.answer_callback(body, now_ms),
            "sendChatAction" => self.chat_action(body),
            "getFile" => self.get_file(body),
            "setMyCommands" => Ok(Value::Bool(true)),
            _ => {
                self.fail(format!("{method}: this double does not play the method"));
                Err(Refusal::new(404, "Not Found"))
            }
        }
    }

    /// At most 20 MB; the address lives for an hour at least, here for ever.
    fn get_file(&self, body: &Value) -> Result<Value, Refusal> {
        let id = body["file_id"].as_str().unwrap_or_default();
        let file =
            self.files.get(id).ok_or_else(|| Refusal::bad("wrong file_id or the file is temporarily unavailable"))?;
        if file.len() > FILE_BYTES_MAX {
            return Err(Refusal::bad("file is too big"));
        }
        Ok(json!({
            "file_id": id, "file_unique_id": format!("u{id}"), "file_size": file.len(),
            "file_path": format!("voice/{id}.oga"),
        }))
    }

    /// Refuses, and records as our failure, a body that the published schema or a documented limit forbids.
    fn check_body(&mut self, method: &str, body: &Value) -> Result<(), Refusal> {
        let checked = markup::check_limits(body)
            .map_err(|description| (description.to_owned(), description.to_owned()))
            .and_then(|()| {
                if !self.is_strict {
                    return Ok(());
                }
                schema::check_request(method, body)
                    .map_err(|where_broken| ("can't parse the request".to_owned(), where_broken))
            });
        checked.map_err(|(description, failure)| {
            self.fail(format!("{method}: {failure}"));
            Refusal::bad(&description)
        })
    }

    fn fail(&mut self, failure: String) {
        self.failures.push(failure);
    }
}
