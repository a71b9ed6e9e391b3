//! Servers of language models: chat completions as seven vendors speak them, strict where they are.
//!
//! Written from the vendors' papers and from recorded answers of llama.cpp and llama-cpp-python, read and
//! run on 2026-11-22. A model here understands nothing: it answers with the smallest JSON that fits the
//! schema, or with what a test puts into its mouth.

mod example;
mod http;
mod mode;
mod oauth;
mod personal;
mod profile;
mod rules;
mod tls;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};

pub use self::{
    http::{serve, serve_with},
    mode::Mode,
    oauth::Expiry,
    profile::Profile,
    rules::Ask,
    tls::{Front, Identity, front, identity},
};
use self::{oauth::Oauth, rules::Refusal};
use crate::{Fault, Faults, faults::Call, lock};

/// What a server is set up with.
#[derive(Debug, Clone)]
pub struct Settings {
    pub profile: Profile,
    /// The key that is let in; empty lets everybody in.
    pub key: String,
    /// The one model there is; servers that take any name do so here too.
    pub model: String,
    /// The folder of Yandex Cloud.
    pub folder: String,
    /// Names of clients that must never arrive at a foreign server.
    pub names: Vec<String>,
    /// Answers under way at once; one more is told 429.
    pub parallel: usize,
    pub expiry: Expiry,
    /// The scope that a key of GigaChat was made for.
    pub scope: String,
}

impl Settings {
    pub fn new(profile: Profile) -> Self {
        Self {
            profile,
            key: "c2stdGVzdDprZXk=".to_owned(),
            model: profile.model().to_owned(),
            folder: "b1gexample".to_owned(),
            names: Vec::new(),
            parallel: 10,
            expiry: Expiry::Milliseconds,
            scope: "GIGACHAT_API_PERS".to_owned(),
        }
    }
}

/// One HTTP request; header names are lower-case.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// One HTTP answer, byte for byte: what is not JSON stays so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Reply {
    fn json(status: u16, body: &Value) -> Self {
        Self { status, headers: Vec::new(), body: body.to_string() }
    }
}

/// What of a reply reaches the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    Said(Reply),
    Late { after_ms: i64, reply: Reply },
    Lost,
    Hung,
}

type Speak = Box<dyn FnMut(&Ask) -> String + Send>;

/// One server. Clones are handles to the same one.
#[derive(Clone)]
pub struct Double {
    world: Arc<World>,
}

struct World {
    settings: Settings,
    state: Mutex<State>,
    under_way: AtomicUsize,
}

struct State {
    faults: Faults,
    calls: u64,
    modes: VecDeque<Mode>,
    speak: Option<Speak>,
    asks: Vec<Ask>,
    failures: Vec<String>,
    oauth: Oauth,
}

impl Double {
    pub fn new(settings: Settings) -> Self {
        let state = State {
            faults: Faults::none(),
            calls: 0,
            modes: VecDeque::new(),
            speak: None,
            asks: Vec::new(),
            failures: Vec::new(),
            oauth: Oauth::default(),
        };
        Self { world: Arc::new(World { settings, state: Mutex::new(state), under_way: AtomicUsize::new(0) }) }
    }

    pub fn of(profile: Profile) -> Self {
        Self::new(Settings::new(profile))
    }

    pub fn settings(&self) -> &Settings {
        &self.world.settings
    }

    /// Path of the API below the server's address.
    pub fn base_path(&self) -> &'static str {
        "/v1"
    }

    /// Path where GigaChat gives out tokens.
    pub fn token_path(&self) -> &'static str {
        oauth::PATH
    }

    /// Replaces the fault plan; its methods are `completion`, `models` and `token`.
    pub fn plan(&self, faults: Faults) {
        lock(&self.world.state).faults = faults;
    }

    /// The next question not refused meets the first mode, and so on; after the last one all is well.
    pub fn meets(&self, modes: impl IntoIterator<Item = Mode>) {
        lock(&self.world.state).modes.extend(modes);
    }

    /// Puts words into the model's mouth, be they true, false or not JSON at all.
    pub fn speaks(&self, speak: impl FnMut(&Ask) -> String + Send + 'static) {
        lock(&self.world.state).speak = Some(Box::new(speak));
    }

    /// Ends every token of GigaChat given out so far, whatever it was told about its life.
    pub fn revoke_tokens(&self) {
        lock(&self.world.state).oauth.revoke();
    }

    /// Tokens given out so far.
    pub fn tokens_given(&self) -> usize {
        lock(&self.world.state).oauth.given()
    }

    /// Questions that were understood, oldest first.
    pub fn asks(&self) -> Vec<Ask> {
        lock(&self.world.state).asks.clone()
    }

    /// What broke a rule that the real server would not have told us about.
    pub fn failures(&self) -> Vec<String> {
        lock(&self.world.state).failures.clone()
    }

    /// # Panics
    /// When a request broke a rule.
    pub fn assert_clean(&self) {
        let failures = self.failures();
        assert!(failures.is_empty(), "the model's server was misused: {failures:?}");
    }

    /// Counts for `/_ledger`.
    pub fn ledger(&self) -> Value {
        let state = lock(&self.world.state);
        json!({
            "calls": state.calls, "asks": state.asks.len(), "tokens": state.oauth.given(), "failures": state.failures,
        })
    }

    /// Marks an answer as under way until the guard is dropped.
    pub fn begin(&self) -> UnderWay {
        self.world.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(self.world.clone())
    }

    /// One request through the fault plan.
    pub fn request(&self, request: &Request, now_ms: i64) -> Ending {
        let method = method_of(request);
        let fault = {
            let mut state = lock(&self.world.state);
            state.calls += 1;
            let number = state.calls;
            state.faults.decide(&Call { method, number, now_ms })
        };
        match fault {
            None => self.answer(method, request, now_ms),
            Some(Fault::DropBefore) => Ending::Lost,
            Some(Fault::ExecuteThenDrop | Fault::ExecuteLate(_)) => {
                self.answer(method, request, now_ms);
                Ending::Lost
            }
            Some(Fault::ExecuteThenStatus(status) | Fault::Status(status)) => Ending::Said(self.failing(status)),
            Some(Fault::Delay(after_ms)) => match self.answer(method, request, now_ms) {
                Ending::Said(reply) => Ending::Late { after_ms, reply },
                ending => ending,
            },
            Some(Fault::Hang) => Ending::Hung,
        }
    }

    fn answer(&self, method: &str, request: &Request, now_ms: i64) -> Ending {
        let settings = &self.world.settings;
        let mut state = lock(&self.world.state);
        if method == oauth::METHOD && settings.profile == Profile::GigaChat {
            return Ending::Said(state.oauth.token(settings, request, now_ms));
        }
        let is_let_in = match settings.profile {
            Profile::GigaChat => state.oauth.is_valid(request.header("authorization"), now_ms),
            _ => rules::is_let_in(settings, request),
        };
        if !is_let_in {
            return Ending::Said(self.failing(401));
        }
        match method {
            "models" => Ending::Said(Reply::json(
                200,
                &json!({ "object": "list", "data": [{ "id": settings.model_id(), "object": "model" }] }),
            )),
            "completion" => self.complete(&mut state, request),
            _ => Ending::Said(self.failing(404)),
        }
    }

    fn complete(&self, state: &mut State, request: &Request) -> Ending {
        let settings = &self.world.settings;
        if self.world.under_way.load(Ordering::Relaxed) > settings.parallel {
            return Ending::Said(self.failing(429));
        }
        let ask = match rules::read(settings, request) {
            Ok(ask) => ask,
            Err(Refusal { status, code, message, is_policy }) => {
                if is_policy {
                    state.failures.push(message.clone());
                }
                return Ending::Said(settings.profile.refuses(status, code, &message));
            }
        };
        let text = match &mut state.speak {
            Some(speak) => speak(&ask),
            None => ask.schema.as_ref().map_or_else(|| "{}".to_owned(), |schema| example::of(schema).to_string()),
        };
        state.asks.push(ask.clone());
        let mode = state.modes.pop_front().unwrap_or(Mode::Well);
        mode.end(settings.profile, &ask, text)
    }

    fn failing(&self, status: u16) -> Reply {
        self.world.settings.profile.refuses(status, "", "")
    }
}

impl Settings {
    /// The model as the vendor lists it.
    fn model_id(&self) -> String {
        match self.profile {
            Profile::Yandex => format!("gpt://{}/{}", self.folder, self.model),
            _ => self.model.clone(),
        }
    }
}

/// Counts one answer under way.
pub struct UnderWay(Arc<World>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

fn method_of(request: &Request) -> &'static str {
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/v1/chat/completions") => "completion",
        ("GET", "/v1/models") => "models",
        ("POST", oauth::PATH) => oauth::METHOD,
        _ => "unknown",
    }
}
