//! The app in Meta's dashboard: its secret, its callback, the webhooks that leave it, the ledger of our calls.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Call, Delivery, Refusal,
    delivery::Queue,
    sign::{encode, sign},
};
use crate::{courier::routed, schema::Book};

/// What both channels keep.
pub struct App {
    secret: String,
    callback: Option<String>,
    challenge: Option<Challenge>,
    challenges: u64,
    /// Where webhooks really go: the public host of the registered address is replaced by this one.
    pub(super) route: Option<String>,
    pub(super) queue: Queue,
    /// Events that nobody was subscribed to.
    unheard: u64,
    pub(crate) failures: Vec<String>,
    pub(super) calls: BTreeMap<&'static str, u64>,
    /// The error every call meets until it is lifted.
    pub(super) refused_with: Option<u32>,
}

/// The GET by which Meta proves a callback; answer it by `challenge_answered`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    pub url: String,
    /// `hub.mode`, `hub.challenge`, `hub.verify_token`, decoded.
    pub query: Vec<(String, String)>,
    /// The body that proves it, as plain text with status 200.
    pub expects: String,
    registered: String,
}

impl App {
    pub(crate) fn new(secret: &str, webhook_life_ms: i64) -> Self {
        Self {
            secret: secret.to_owned(),
            callback: None,
            challenge: None,
            challenges: 0,
            route: None,
            queue: Queue::new(webhook_life_ms),
            unheard: 0,
            failures: Vec::new(),
            calls: BTreeMap::new(),
            refused_with: None,
        }
    }

    pub(crate) fn refused_with(&self) -> Option<u32> {
        self.refused_with
    }

    pub(crate) fn fail(&mut self, failure: String) {
        self.failures.push(failure);
    }

    /// Records a call that broke the contract and gives its refusal back.
    pub(crate) fn breach(&mut self, failure: String, refusal: Refusal) -> Refusal {
        self.fail(failure);
        refusal
    }

    /// The body of a POST held to the strict schema of its headers first.
    pub(crate) fn json_body(&mut self, call: &Call, book: &Book) -> Result<Value, Refusal> {
        if let Err(broken) = book.check("headers", &call.header_object()) {
            let failure = format!("{}: headers: {broken}", call.method);
            return Err(self.breach(failure, Refusal::bad("Invalid request headers")));
        }
        call.json().filter(Value::is_object).ok_or_else(|| {
            self.breach(format!("{}: the body is not a JSON object", call.method), Refusal::bad("Invalid JSON"))
        })
    }

    /// The segments of the path after its version.
    pub(crate) fn node<'a>(&mut self, call: &'a Call) -> Result<Vec<&'a str>, Refusal> {
        call.node().ok_or_else(|| {
            self.breach(
                format!("{}: the path names no version that is served", call.method),
                Refusal::bad("Unknown path components"),
            )
        })
    }

    /// Sends a webhook at `due_ms`; without a callback, or unsubscribed, nobody hears of it.
    pub(crate) fn emit(&mut self, book: &Book, is_subscribed: bool, body: Value, due_ms: i64) {
        if let Err(broken) = book.check("webhook", &body) {
            self.fail(format!("the double's own webhook {broken}"));
        }
        if is_subscribed && self.callback.is_some() {
            self.queue.push(body, due_ms);
        } else {
            self.unheard += 1;
        }
    }

    /// Registers a callback that must prove itself first.
    pub(crate) fn challenge(&mut self, url: &str, verify_token: &str) -> Challenge {
        self.challenges += 1;
        let expects = (1_158_201_444 + self.challenges).to_string();
        let query = [("hub.mode", "subscribe"), ("hub.challenge", &expects), ("hub.verify_token", verify_token)];
        let challenge = Challenge {
            url: routed(url, self.route.as_deref()),
            query: query.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            expects,
            registered: url.to_owned(),
        };
        self.challenge = Some(challenge.clone());
        challenge
    }

    pub(super) fn take_challenge(&mut self) -> Option<Challenge> {
        self.challenge.take()
    }

    pub(super) fn challenge_answered(&mut self, challenge: &Challenge, status: u16, body: &[u8]) -> bool {
        let is_proved = status == 200 && body == challenge.expects.as_bytes();
        if is_proved {
            self.callback = Some(challenge.registered.clone());
        }
        is_proved
    }

    /// Whether this is the callback, proved.
    pub(crate) fn is_callback(&self, url: &str) -> bool {
        self.callback.as_deref() == Some(url)
    }

    pub(super) fn connect(&mut self, url: &str) {
        self.callback = Some(url.to_owned());
    }

    pub(super) fn deliveries_due(&mut self, now_ms: i64) -> Vec<Delivery> {
        let Some(callback) = &self.callback else { return Vec::new() };
        let url = routed(callback, self.route.as_deref());
        let due = self.queue.take_due(now_ms);
        let deliver = |(id, body): (u64, Value)| {
            let body = encode(&body);
            let headers = [("content-type", "application/json".to_owned()), ("x-hub-signature-256", self.sign(&body))];
            let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
            Delivery { id, url: url.clone(), headers, body }
        };
        due.into_iter().map(deliver).collect()
    }

    fn sign(&self, body: &[u8]) -> String {
        sign(&self.secret, body)
    }

    /// Counts for `/_ledger`: no text, no name, no phone.
    pub(crate) fn ledger(&self) -> Value {
        json!({
            "calls": self.calls,
            "webhooks": {
                "pending": self.queue.len(),
                "acknowledged": self.queue.acknowledged.len(),
                "expired": self.queue.expired.len(),
                "unheard": self.unheard,
            },
            "failures": self.failures,
        })
    }
}
