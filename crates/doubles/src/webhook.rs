//! The receiver of our own signed webhooks, as a strict customer would write it.
//!
//! Source: the Standard Webhooks specification: headers `webhook-id`, `webhook-timestamp`, `webhook-signature`
//! (space-separated `v1,` + base64 of HMAC-SHA256 over `id.timestamp.body`), secret `whsec_` + base64, tolerance of five
//! minutes, the id as idempotency key, body under 20 kB advised.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, State},
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    Answer, Faults, Outcome,
    faults::{Gate, Service},
    lock,
    serve::{self, Clock, Cut, Server, reply, respond, system_clock},
};

const TOLERANCE_S: i64 = 300;
const BODY_BYTES_MAX: usize = 20_000;

/// One customer's endpoint. Clones are handles to the same ledger.
#[derive(Clone)]
pub struct Sink {
    world: Arc<World>,
}

struct World {
    key: Vec<u8>,
    gate: Gate,
    ledger: Mutex<Ledger>,
}

#[derive(Default)]
struct Ledger {
    /// By `webhook-id`: the first body and how often it came.
    received: BTreeMap<String, Received>,
    refused: Vec<String>,
    failures: Vec<String>,
}

/// One webhook, however many times it was delivered.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    pub body: Value,
    pub deliveries: u32,
}

/// The three headers and the body of one delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    pub id: String,
    /// Unix seconds.
    pub timestamp: String,
    pub signature: String,
    pub body: String,
}

impl Sink {
    /// `secret` is `whsec_` and base64 of 24–64 bytes.
    ///
    /// # Panics
    /// When it is not: a test with a malformed secret proves nothing.
    pub fn new(secret: &str) -> Self {
        let key = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
        let key = key.filter(|key| (24..=64).contains(&key.len()));
        let key = key.expect("a secret is whsec_ and base64 of 24 to 64 bytes");
        Self { world: Arc::new(World { key, gate: Gate::new(), ledger: Mutex::default() }) }
    }

    /// Replaces the fault plan of the deliveries.
    pub fn plan(&self, faults: Faults) {
        self.world.gate.plan(faults);
    }

    /// Takes one delivery: 204, 400 for missing headers, 401 for a wrong signature or time.
    pub fn receive(&self, delivery: &Delivery, now_ms: i64) -> Answer {
        match self.check(delivery, now_ms) {
            Ok(body) => self.keep(&delivery.id, body),
            Err((status, why)) => {
                lock(&self.world.ledger).refused.push(why.to_owned());
                Answer { status, body: json!({ "error": why }) }
            }
        }
    }

    /// One delivery through the fault plan.
    pub fn request(&self, delivery: &Delivery, now_ms: i64) -> Outcome {
        let body = json!([delivery.id, delivery.timestamp, delivery.signature, delivery.body]);
        self.world.gate.pass(self, "webhook", "", &body, now_ms)
    }

    fn check(&self, delivery: &Delivery, now_ms: i64) -> Result<Value, (u16, &'static str)> {
        if delivery.id.is_empty() || delivery.timestamp.is_empty() || delivery.signature.is_empty() {
            return Err((400, "a required header is missing"));
        }
        let at_s = delivery.timestamp.parse::<i64>().map_err(|_| (400, "the timestamp is not unix seconds"))?;
        if (now_ms.div_euclid(1000) - at_s).abs() > TOLERANCE_S {
            return Err((401, "the timestamp is more than five minutes away"));
        }
        if !self.is_signed(delivery) {
            return Err((401, "no signature fits"));
        }
        serde_json::from_str(&delivery.body).map_err(|_| (400, "the body is not JSON"))
    }

    /// Any signature of the list may fit: keys are rotated that way.
    fn is_signed(&self, delivery: &Delivery) -> bool {
        let signed = format!("{}.{}.{}", delivery.id, delivery.timestamp, delivery.body);
        delivery.signature.split(' ').filter_map(|part| part.strip_prefix("v1,")).any(|part| {
            let Ok(signature) = STANDARD.decode(part) else { return false };
            let mac = Hmac::<Sha256>::new_from_slice(&self.world.key).map(|mac| mac.chain_update(signed.as_bytes()));
            mac.is_ok_and(|mac| mac.verify_slice(&signature).is_ok())
        })
    }

    fn keep(&self, id: &str, body: Value) -> Answer {
        let mut ledger = lock(&self.world.ledger);
        if body.to_string().len() > BODY_BYTES_MAX {
            ledger.failures.push("a body over 20 kB".to_owned());
        }
        let first = Received { body: body.clone(), deliveries: 0 };
        let received = ledger.received.entry(id.to_owned()).or_insert(first);
        received.deliveries += 1;
        if received.body != body {
            ledger.failures.push("one webhook-id came with two bodies".to_owned());
        }
        Answer { status: 204, body: Value::Null }
    }

    /// Webhooks by id, each once however often it came.
    pub fn received(&self) -> BTreeMap<String, Received> {
        lock(&self.world.ledger).received.clone()
    }

    /// Why deliveries were refused, oldest first.
    pub fn refused(&self) -> Vec<String> {
        lock(&self.world.ledger).refused.clone()
    }

    /// # Panics
    /// When a delivery was refused or broke a rule of the specification.
    pub fn assert_clean(&self) {
        let ledger = lock(&self.world.ledger);
        let (refused, failures) = (&ledger.refused, &ledger.failures);
        assert!(refused.is_empty() && failures.is_empty(), "webhooks broke the rules: {refused:?} {failures:?}");
    }

    /// Counts for `/_ledger`.
    pub fn ledger(&self) -> Value {
        let ledger = lock(&self.world.ledger);
        let deliveries = ledger.received.values().map(|received| received.deliveries).sum::<u32>();
        json!({
            "received": ledger.received.len(), "deliveries": deliveries, "refused": ledger.refused,
            "failures": ledger.failures,
        })
    }
}

impl Service for Sink {
    fn execute(&self, _target: &str, body: &Value, now_ms: i64) -> Answer {
        let part = |index: usize| body[index].as_str().unwrap_or_default().to_owned();
        let delivery = Delivery { id: part(0), timestamp: part(1), signature: part(2), body: part(3) };
        self.receive(&delivery, now_ms)
    }

    fn failing(&self, status: u16) -> Answer {
        Answer::html(status)
    }
}

#[derive(Clone)]
struct Desk {
    sink: Sink,
    clock: Clock,
}

/// Serves the sink at any path of a free port of 127.0.0.1 by the machine's clock.
pub async fn serve(sink: Sink) -> io::Result<Server> {
    serve_with(sink, 0, system_clock()).await
}

/// Serves the sink on `port` (0 takes a free one) by the given clock.
pub async fn serve_with(sink: Sink, port: u16, clock: Clock) -> io::Result<Server> {
    let router =
        Router::new().route("/_ledger", get(ledger)).route("/{*path}", post(take)).with_state(Desk { sink, clock });
    serve::serve(router, port).await
}

async fn ledger(State(desk): State<Desk>) -> Response {
    respond(Answer::ok(desk.sink.ledger()))
}

async fn take(
    State(desk): State<Desk>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
    let delivery = Delivery {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    reply(desk.sink.request(&delivery, (desk.clock)()), cut).await
}
