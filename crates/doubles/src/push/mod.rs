//! A push service and the browsers behind it: subscriptions are made here, pushes checked and unlocked.
//!
//! Source: RFC 8030, 8188, 8291, 8292, and `contracts/web-push/`. Stricter than `web-push-testing`, which does not look at
//! `aud`, urgency, topic or the limit of 4,096 bytes.

mod http;
mod lock;
mod vapid;

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex, MutexGuard},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::{SecretKey, elliptic_curve::rand_core::OsRng, elliptic_curve::sec1::ToEncodedPoint};
use serde_json::{Value, json};

pub use http::{serve, serve_with};
pub use lock::unlock;

use crate::{
    Answer, Faults, Outcome,
    faults::{Gate, Service},
    lock as hold,
    schema::Book,
};

const SCHEMA: &str = include_str!("../../../../contracts/web-push/web-push.schema.json");
const BODY_BYTES_MAX: usize = 4_096;

static CONTRACT: LazyLock<Book> = LazyLock::new(|| Book::open(SCHEMA));

/// One push service. Clones are handles to the same one.
#[derive(Clone, Default)]
pub struct Double {
    world: Arc<World>,
}

struct World {
    browsers: Mutex<Browsers>,
    gate: Gate,
}

impl Default for World {
    fn default() -> Self {
        Self { browsers: Mutex::default(), gate: Gate::new() }
    }
}

#[derive(Default)]
struct Browsers {
    /// By the last part of the endpoint.
    all: BTreeMap<String, Browser>,
    failures: Vec<String>,
}

struct Browser {
    secret: SecretKey,
    auth: [u8; 16],
    /// `applicationServerKey`: pushes by another key are refused.
    server_key: String,
    is_gone: bool,
    shown: Vec<Shown>,
}

/// A push that reached the browser. One of the same topic takes the place of an earlier one.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    pub topic: String,
    pub text: String,
    pub ttl_s: u32,
    pub urgency: String,
}

/// A push as it came; header names are lower-case.
#[derive(Debug, Clone, Default)]
pub struct Push {
    /// `https://host` the service is called by.
    pub origin: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Double {
    /// A browser subscribes; gives its subscription as the browser would hand it over.
    pub fn subscribe(&self, origin: &str, server_key: &str) -> Value {
        let mut browsers = self.browsers();
        let name = format!("browser-{}", browsers.all.len() + 1);
        let secret = SecretKey::random(&mut OsRng);
        let auth = [browsers.all.len() as u8 + 1; 16];
        let subscription = json!({
            "endpoint": format!("{origin}/push/{name}"),
            "expirationTime": null,
            "keys": {
                "p256dh": URL_SAFE_NO_PAD.encode(secret.public_key().to_encoded_point(false)),
                "auth": URL_SAFE_NO_PAD.encode(auth),
            },
        });
        let server_key = server_key.to_owned();
        browsers.all.insert(name, Browser { secret, auth, server_key, is_gone: false, shown: Vec::new() });
        subscription
    }

    /// The browser forgets a subscription: pushes to it are answered 410.
    pub fn forget(&self, subscription: &Value) {
        let name = name_of(subscription["endpoint"].as_str().unwrap_or_default()).to_owned();
        if let Some(browser) = self.browsers().all.get_mut(&name) {
            browser.is_gone = true;
        }
    }

    /// What the browser shows of one subscription, oldest first.
    pub fn shown(&self, subscription: &Value) -> Vec<Shown> {
        let name = name_of(subscription["endpoint"].as_str().unwrap_or_default());
        self.browsers().all.get(name).map(|browser| browser.shown.clone()).unwrap_or_default()
    }

    /// Replaces the fault plan.
    pub fn plan(&self, faults: Faults) {
        self.world.gate.plan(faults);
    }

    /// One push through the fault plan.
    pub fn request(&self, push: &Push, now_ms: i64) -> Outcome {
        let body = json!({ "origin": push.origin, "headers": push.headers, "body": push.body });
        self.world.gate.pass(self, "push", &push.path, &body, now_ms)
    }

    /// # Panics
    /// When a push broke a rule.
    pub fn assert_clean(&self) {
        let failures = self.browsers().failures.clone();
        assert!(failures.is_empty(), "pushes broke the rules: {failures:#?}");
    }

    /// Takes the failures out, for a test that provoked them.
    pub fn take_failures(&self) -> Vec<String> {
        std::mem::take(&mut self.browsers().failures)
    }

    fn browsers(&self) -> MutexGuard<'_, Browsers> {
        hold(&self.world.browsers)
    }
}

impl Service for Double {
    fn execute(&self, target: &str, body: &Value, now_ms: i64) -> Answer {
        let push = Push {
            origin: body["origin"].as_str().unwrap_or_default().to_owned(),
            path: target.to_owned(),
            headers: serde_json::from_value(body["headers"].clone()).unwrap_or_default(),
            body: serde_json::from_value(body["body"].clone()).unwrap_or_default(),
        };
        let mut browsers = self.browsers();
        match browsers.take(&push, now_ms) {
            Ok(()) => Answer { status: 201, body: Value::Null },
            Err((status, why)) => {
                if status != 410 {
                    browsers.failures.push(format!("{status}: {why}"));
                }
                Answer { status, body: json!({ "message": why }) }
            }
        }
    }

    fn failing(&self, status: u16) -> Answer {
        Answer { status, body: json!({ "message": "failing" }) }
    }
}

impl Browsers {
    fn take(&mut self, push: &Push, now_ms: i64) -> Result<(), (u16, String)> {
        let browser = self.all.get_mut(name_of(&push.path)).ok_or((404, "no such subscription".to_owned()))?;
        if browser.is_gone {
            return Err((410, "the subscription is gone".to_owned()));
        }
        CONTRACT.check("request.headers", &json!(push.headers)).map_err(|broken| (400, broken))?;
        if push.body.len() > BODY_BYTES_MAX {
            return Err((413, "more than 4096 bytes".to_owned()));
        }
        let header = |name: &str| push.headers.get(name).cloned().unwrap_or_default();
        let check = |broken: &Value| CONTRACT.check("vapid.claims", broken);
        vapid::check(&header("authorization"), &browser.server_key, &push.origin, now_ms, check)?;
        let plain = unlock(&push.body, &browser.secret, &browser.auth)
            .ok_or((400, "the body cannot be unlocked".to_owned()))?;
        let text = String::from_utf8(plain).map_err(|_| (400, "the text is not UTF-8".to_owned()))?;
        let topic = header("topic");
        browser.shown.retain(|shown| topic.is_empty() || shown.topic != topic);
        let ttl_s = header("ttl").parse().map_err(|_| (400, "the TTL is too long".to_owned()))?;
        browser.shown.push(Shown { topic, text, ttl_s, urgency: header("urgency") });
        Ok(())
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}
