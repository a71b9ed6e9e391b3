//! Callback API: confirmation and the plan of deliveries; the sockets are in `http`.
//!
//! An event is delivered when the answer is 200 with exactly `ok`. Repeats carry `X-Retry-Counter`; 410, 429 and 503
//! with `Retry-After` below three hours postpone the next one by that. The pauses and the number of other repeats are
//! not confirmed: here 1, 2, 4 … s up to ten minutes, for ever. Order is not promised.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{Delivery, Double, schema, state::State};
use crate::courier::{Reply, Sender, routed};

const FIRST_PAUSE_MS: i64 = 1_000;
const PAUSE_MAX_MS: i64 = 600_000;
const RETRY_AFTER_MAX_S: i64 = 3 * 3_600;
/// VK's own time-out of one POST is not published.
const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(super) struct Callbacks {
    pub(super) servers: BTreeMap<i64, Server>,
    posts: BTreeMap<u64, Post>,
    /// Where events really go: the public host of the registered address is replaced by this one.
    route: Option<String>,
    /// How many events were answered with `ok`.
    pub(super) taken: u64,
    next_server_id: i64,
    next_post: u64,
}

pub(super) struct Server {
    url: String,
    title: String,
    secret: Option<String>,
    status: Status,
    pub(super) kinds: BTreeSet<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Waits,
    Failed,
    Confirmed,
}

impl Server {
    pub(super) fn new(call: &Value) -> Self {
        let text = |name: &str| call[name].as_str().unwrap_or_default().to_owned();
        let secret = Some(text("secret_key")).filter(|secret| !secret.is_empty());
        Self { url: text("url"), title: text("title"), secret, status: Status::Waits, kinds: BTreeSet::new() }
    }

    pub(super) fn listed(&self, id: i64) -> Value {
        let status = match self.status {
            Status::Waits => "wait",
            Status::Failed => "failed",
            Status::Confirmed => "ok",
        };
        json!({
            "id": id, "title": self.title, "creator_id": 1_234_567, "url": self.url,
            "secret_key": self.secret.as_deref().unwrap_or_default(), "status": status,
        })
    }
}

/// An event, or the question for the confirmation string, on its way to one server.
struct Post {
    server: i64,
    is_confirmation: bool,
    body: Value,
    tries: u32,
    next_try_ms: i64,
    is_in_flight: bool,
}

impl Callbacks {
    pub(super) fn new_server_id(&mut self) -> i64 {
        self.next_server_id += 1;
        self.next_server_id
    }

    pub(super) fn remove(&mut self, server: i64) {
        self.servers.remove(&server);
        self.posts.retain(|_, post| post.server != server);
    }

    pub(super) fn push(&mut self, kind: &str, event: &Value, now_ms: i64) {
        let asked =
            self.servers.iter().filter(|(_, server)| server.status == Status::Confirmed && server.kinds.contains(kind));
        for id in asked.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.post(id, false, event, now_ms);
        }
    }

    fn post(&mut self, server: i64, is_confirmation: bool, body: &Value, now_ms: i64) {
        let mut body = body.clone();
        if let Some(secret) = self.servers.get(&server).and_then(|server| server.secret.as_ref()) {
            body["secret"] = json!(secret);
        }
        let post = Post { server, is_confirmation, body, tries: 0, next_try_ms: now_ms, is_in_flight: false };
        self.posts.insert(self.next_post, post);
        self.next_post += 1;
    }

    pub(super) fn undelivered(&self) -> usize {
        self.posts.values().filter(|post| !post.is_confirmation).count()
    }

    fn delivery(&mut self, id: u64) -> Option<Delivery> {
        let post = self.posts.get_mut(&id)?;
        let url = routed(&self.servers.get(&post.server)?.url, self.route.as_deref());
        post.is_in_flight = true;
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        if post.tries > 0 {
            headers.push(("x-retry-counter".to_owned(), post.tries.to_string()));
        }
        Some(Delivery { id, url, headers, body: post.body.clone() })
    }
}

impl State {
    pub(super) fn ask_confirmation(&mut self, server: i64, now_ms: i64) {
        let question = json!({ "type": "confirmation", "group_id": self.group_id });
        self.callbacks.posts.retain(|_, post| post.server != server || !post.is_confirmation);
        self.callbacks.post(server, true, &question, now_ms);
    }

    fn due(&mut self, now_ms: i64) -> Vec<Delivery> {
        let posts = self.callbacks.posts.iter();
        let ready = posts.filter(|(_, post)| !post.is_in_flight && post.next_try_ms <= now_ms);
        let mut ready = ready.map(|(id, _)| *id).collect::<Vec<_>>();
        if let Some(random) = &mut self.shuffle {
            random.shuffle(&mut ready);
        }
        let due = ready.into_iter().filter_map(|id| self.callbacks.delivery(id)).collect::<Vec<_>>();
        for delivery in &due {
            if let Err(broken) = schema::check_answer("callback", &delivery.body) {
                self.fail(format!("the double's own callback {broken}"));
            }
        }
        due
    }

    fn delivered(&mut self, id: u64, reply: &Reply, now_ms: i64) {
        let callbacks = &mut self.callbacks;
        let Some(post) = callbacks.posts.get_mut(&id) else { return };
        post.is_in_flight = false;
        if post.is_confirmation {
            let is_right = reply.status == Some(200) && reply.body == self.confirmation_code.as_bytes();
            if let Some(server) = callbacks.servers.get_mut(&post.server) {
                server.status = if is_right { Status::Confirmed } else { Status::Failed };
            }
            callbacks.posts.remove(&id);
            return;
        }
        if reply.status == Some(200) && reply.body == b"ok" {
            callbacks.posts.remove(&id);
            callbacks.taken += 1;
            return;
        }
        post.tries += 1;
        post.next_try_ms = now_ms + pause_ms(post.tries, reply);
    }
}

fn pause_ms(tries: u32, reply: &Reply) -> i64 {
    let may_postpone = matches!(reply.status, Some(410 | 429 | 503));
    let asked_s = reply.retry_after_s.filter(|asked_s| may_postpone && (0..RETRY_AFTER_MAX_S).contains(asked_s));
    let usual_ms = (FIRST_PAUSE_MS << tries.saturating_sub(1).min(20)).min(PAUSE_MAX_MS);
    asked_s.map_or(usual_ms, |asked_s| asked_s * 1_000)
}

impl Double {
    /// Where events are really delivered: scheme, host and port of a server under test, such as
    /// `http://127.0.0.1:8080`.
    pub fn route_callbacks_to(&self, base: &str) {
        self.acts(|state| state.callbacks.route = Some(base.trim_end_matches('/').to_owned()));
    }

    /// The string that confirms a server changes, as VK's does.
    pub fn change_confirmation_code(&self, code: &str) {
        self.state().confirmation_code = code.to_owned();
    }

    /// Takes the POSTs that are due, questions for confirmation among them; report the end of each by
    /// [`Double::delivered`].
    pub fn deliveries_due(&self, now_ms: i64) -> Vec<Delivery> {
        self.state().due(now_ms)
    }

    /// Ends one delivery. `status` is none when the connection failed or timed out; `retry_after_s` is the header.
    pub fn delivered(&self, id: u64, status: Option<u16>, body: &[u8], retry_after_s: Option<i64>, now_ms: i64) {
        let reply = Reply { status, retry_after_s, body: body.to_vec() };
        self.acts(|state| state.delivered(id, &reply, now_ms));
    }

    /// The moment of the earliest delivery, for a loop that would otherwise sleep.
    pub fn next_delivery_ms(&self) -> Option<i64> {
        let state = self.state();
        let idle = state.callbacks.posts.values().filter(|post| !post.is_in_flight);
        idle.map(|post| post.next_try_ms).min()
    }
}

impl Sender for Double {
    const TIMEOUT: Duration = TIMEOUT;

    fn due(&self, now_ms: i64) -> Vec<Delivery> {
        self.deliveries_due(now_ms)
    }

    fn ended(&self, id: u64, reply: &Reply, now_ms: i64) {
        self.acts(|state| state.delivered(id, reply, now_ms));
    }

    fn next_ms(&self) -> Option<i64> {
        self.next_delivery_ms()
    }

    fn arrived(&self) -> &Notify {
        &self.world.arrived
    }
}
