//! A server of speech recognition as OpenAI's clients speak to it: strict about the form, deaf to the sound.
//!
//! Written from `contracts/speech` and the sheet of language models 1.6 of 2026-11-22. What is «heard» is what a test
//! puts into its ears. Not played: streaming, translations, formats other than `json`.

mod form;
mod http;

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use serde_json::{Value, json};

use self::form::Form;
pub use self::http::serve;
use crate::schema::Book;
use crate::{Request, lock};

const SCHEMA: &str = include_str!("../../../../contracts/speech/speech.schema.json");
static BOOK: LazyLock<Book> = LazyLock::new(|| Book::open(SCHEMA));

/// Largest file taken.
pub const FILE_BYTES_MAX: usize = 25 * 1024 * 1024;
const PATH: &str = "/v1/audio/transcriptions";
const MODELS_PATH: &str = "/v1/models";

/// What one question meets, if it breaks no rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    Says(String),
    /// An answer without `usage`, after some empty lines.
    SaysBare(String),
    /// This status; 429 and 503 ask to wait for so many seconds.
    Status(u16, Option<u32>),
    /// The account is empty, which comes as 429.
    NoMoney,
    /// An error under status 200.
    HidesError,
    /// A page of a proxy.
    Garbage,
    Drops,
    Hangs,
}

/// One question that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub file_name: String,
    pub bytes: Vec<u8>,
    pub language: Option<String>,
}

/// One answer, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub retry_after_s: Option<u32>,
    pub body: String,
}

/// What of a reply reaches the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    Said(Reply),
    Lost,
    Hung,
}

/// One server with one key and one model. Clones are handles to the same one.
#[derive(Clone)]
pub struct Double {
    key: Arc<str>,
    model: Arc<str>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    modes: VecDeque<Mode>,
    asks: Vec<Ask>,
    failures: Vec<String>,
}

/// A question that was not taken, and what our caller did wrong, if it is the caller's fault.
struct Refusal {
    status: u16,
    code: &'static str,
    failure: Option<String>,
}

impl Double {
    pub fn new(key: &str, model: &str) -> Self {
        Self { key: key.into(), model: model.into(), state: Arc::default() }
    }

    /// The next question not refused meets the first mode, and so on; after the last one nothing is heard.
    pub fn meets(&self, modes: impl IntoIterator<Item = Mode>) {
        self.state().modes.extend(modes);
    }

    /// The questions taken so far.
    pub fn asks(&self) -> Vec<Ask> {
        self.state().asks.clone()
    }

    /// What was wrong with our calls so far; never holds a key or a sound.
    pub fn take_failures(&self) -> Vec<String> {
        std::mem::take(&mut self.state().failures)
    }

    /// # Panics
    /// When a call broke the contract.
    pub fn assert_clean(&self) {
        let failures = self.state().failures.clone();
        assert!(failures.is_empty(), "calls to the speech server broke the contract: {failures:#?}");
    }

    /// One call.
    pub fn request(&self, request: &Request<'_>) -> Ending {
        let let_in = format!("Bearer {}", self.key);
        if !self.key.is_empty() && header(request, "authorization") != let_in {
            return Ending::Said(refusal(401, "invalid_api_key"));
        }
        match (request.method, request.path) {
            ("GET", MODELS_PATH) => {
                let list = json!({ "object": "list", "data": [{ "id": *self.model, "object": "model" }] });
                Ending::Said(Reply { status: 200, retry_after_s: None, body: list.to_string() })
            }
            ("POST", PATH) => match self.read(request) {
                Ok(ask) => self.answer(ask),
                Err(refused) => {
                    self.state().failures.extend(refused.failure);
                    Ending::Said(refusal(refused.status, refused.code))
                }
            },
            _ => Ending::Said(refusal(404, "not_found_error")),
        }
    }

    fn read(&self, request: &Request<'_>) -> Result<Ask, Refusal> {
        let broken = |failure: String| Refusal { status: 400, code: "invalid_request_error", failure: Some(failure) };
        let form = Form::read(header(request, "content-type"), request.body).map_err(broken)?;
        if form.file.len() > FILE_BYTES_MAX {
            let failure = Some("the file has more than 25 MB".to_owned());
            return Err(Refusal { status: 413, code: "file_too_large", failure });
        }
        BOOK.check("form", &Value::Object(form.texts.clone())).map_err(broken)?;
        let text = |name: &str| form.texts.get(name).and_then(Value::as_str);
        if text("model") != Some(&self.model) {
            return Err(Refusal { status: 404, code: "model_not_found", failure: None });
        }
        let file_name = text("file").unwrap_or_default().to_owned();
        Ok(Ask { file_name, language: text("language").map(str::to_owned), bytes: form.file })
    }

    fn answer(&self, ask: Ask) -> Ending {
        let mut state = self.state();
        state.asks.push(ask);
        let says = |text: &str| {
            let body = json!({ "text": text, "usage": { "type": "duration", "seconds": 3 } }).to_string();
            Reply { status: 200, retry_after_s: None, body }
        };
        let said = |body: String| Ending::Said(Reply { status: 200, retry_after_s: None, body });
        match state.modes.pop_front().unwrap_or(Mode::Says(String::new())) {
            Mode::Says(text) => Ending::Said(says(&text)),
            Mode::SaysBare(text) => said(format!("\n\n{}", json!({ "text": text }))),
            Mode::Status(status, wait_s) => {
                Ending::Said(Reply { retry_after_s: wait_s, ..refusal(status, "server_error") })
            }
            Mode::NoMoney => Ending::Said(refusal(429, "insufficient_quota")),
            Mode::HidesError => said(json!({ "error": { "message": "Overloaded", "code": 503 } }).to_string()),
            Mode::Garbage => said("<html><body>nginx</body></html>".to_owned()),
            Mode::Drops => Ending::Lost,
            Mode::Hangs => Ending::Hung,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn header<'a>(request: &Request<'a>, name: &str) -> &'a str {
    request.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

fn refusal(status: u16, code: &str) -> Reply {
    let body = json!({ "error": { "message": "refused", "type": code, "param": null, "code": code } });
    Reply { status, retry_after_s: None, body: body.to_string() }
}
