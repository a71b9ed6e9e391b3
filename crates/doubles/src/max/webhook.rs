//! Subscriptions and the plan of deliveries; the sockets are in `http`.
//!
//! Source: the vendor's page on webhooks: 200 within 30 s, up to ten repeats with pauses of 60 s, 150 s, 375 s …
//! (×2.5), the subscription deleted after eight hours without a success, at most 100 notifications a second. Order is
//! not promised. What becomes of undelivered updates when their subscription ends is not documented: here they wait for
//! polls until they are 24 hours old.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{Delivery, Double, state::State, updates::Waiting};
use crate::{
    courier::{Reply, Sender, routed},
    random::Random,
    window::Window,
};

const REPEATS_MAX: u32 = 10;
const FIRST_PAUSE_MS: i64 = 60_000;
const PATIENCE_MS: i64 = 8 * 3_600_000;
const PER_S: usize = 100;

#[derive(Default)]
pub(super) struct Webhooks {
    pub(super) subscriptions: Vec<Subscription>,
    posts: BTreeMap<u64, Post>,
    /// Where webhooks really go: the public host of the registered address is replaced by this one.
    route: Option<String>,
    /// How many more delivered updates are delivered again.
    duplicates: u32,
    shuffle: Option<Random>,
    sent: Window,
    next_id: u64,
}

pub(super) struct Subscription {
    pub(super) url: String,
    secret: Option<String>,
    /// None means every kind.
    kinds: Option<BTreeSet<String>>,
    at_ms: i64,
    /// The first failure after the last success.
    failing_since_ms: Option<i64>,
}

impl Subscription {
    pub(super) fn wants(&self, kind: &str) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(kind))
    }
}

/// An update on its way to one address.
pub(super) struct Post {
    url: String,
    number: i64,
    waiting: Waiting,
    tries: u32,
    next_try_ms: i64,
    is_in_flight: bool,
}

impl Post {
    pub(super) fn new(url: &str, number: i64, waiting: Waiting, now_ms: i64) -> Self {
        Self { url: url.to_owned(), number, waiting, tries: 0, next_try_ms: now_ms, is_in_flight: false }
    }
}

impl Webhooks {
    pub(super) fn push(&mut self, posts: Vec<Post>) {
        for post in posts {
            self.posts.insert(self.next_id, post);
            self.next_id += 1;
        }
    }

    pub(super) fn undelivered(&self) -> usize {
        self.posts.len()
    }

    fn due(&mut self, now_ms: i64) -> Vec<Delivery> {
        let ready = self.posts.iter().filter(|(_, post)| !post.is_in_flight && post.next_try_ms <= now_ms);
        let mut ready = ready.map(|(id, _)| *id).collect::<Vec<_>>();
        if let Some(random) = &mut self.shuffle {
            random.shuffle(&mut ready);
        }
        let mut due = Vec::new();
        for id in ready {
            let Some(post) = self.posts.get_mut(&id) else { continue };
            let subscription = self.subscriptions.iter().find(|subscription| subscription.url == post.url);
            let Some(subscription) = subscription.filter(|_| self.sent.take(PER_S, now_ms)) else { break };
            post.is_in_flight = true;
            let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
            headers
                .extend(subscription.secret.iter().map(|secret| ("x-max-bot-api-secret".to_owned(), secret.clone())));
            let url = routed(&post.url, self.route.as_deref());
            due.push(Delivery { id, url, headers, body: post.waiting.update.clone() });
        }
        due
    }
}

impl State {
    pub(super) fn subscriptions(&self) -> Value {
        let listed = self
            .webhooks
            .subscriptions
            .iter()
            .map(|one| json!({ "url": one.url, "time": one.at_ms, "update_types": one.kinds }));
        json!({ "subscriptions": listed.collect::<Vec<_>>() })
    }

    pub(super) fn subscribe(&mut self, body: &Value, now_ms: i64) -> Value {
        let url = body["url"].as_str().unwrap_or_default().to_owned();
        let kinds = body["update_types"]
            .as_array()
            .map(|kinds| kinds.iter().filter_map(|kind| kind.as_str().map(str::to_owned)).collect::<BTreeSet<_>>());
        let secret = body["secret"].as_str().map(str::to_owned);
        let subscriptions = &mut self.webhooks.subscriptions;
        subscriptions.retain(|one| one.url != url);
        subscriptions.push(Subscription { url, secret, kinds, at_ms: now_ms, failing_since_ms: None });
        json!({ "success": true })
    }

    pub(super) fn unsubscribe(&mut self, query: &Value) -> Value {
        let url = query["url"].as_str().unwrap_or_default();
        if self.webhooks.subscriptions.iter().all(|one| one.url != url) {
            return json!({ "success": false, "message": "Subscription not found" });
        }
        self.end_subscription(url);
        json!({ "success": true })
    }

    fn end_subscription(&mut self, url: &str) {
        let webhooks = &mut self.webhooks;
        webhooks.subscriptions.retain(|one| one.url != url);
        let posts = std::mem::take(&mut webhooks.posts).into_iter();
        let (ended, rest) = posts.partition::<BTreeMap<_, _>, _>(|(_, post)| post.url == url);
        webhooks.posts = rest;
        if webhooks.subscriptions.is_empty() {
            self.queue.waiting.extend(ended.into_values().map(|post| (post.number, post.waiting)));
        }
    }

    /// Deletes the subscriptions that had no success for eight hours.
    pub(super) fn end_failing_subscriptions(&mut self, now_ms: i64) {
        let is_over = |since_ms: i64| now_ms - since_ms >= PATIENCE_MS;
        let subscriptions = self.webhooks.subscriptions.iter();
        let over = subscriptions.filter(|one| one.failing_since_ms.is_some_and(is_over));
        for url in over.map(|one| one.url.clone()).collect::<Vec<_>>() {
            self.end_subscription(&url);
        }
    }

    /// Only 200 is a success.
    fn delivered(&mut self, id: u64, status: Option<u16>, now_ms: i64) {
        let webhooks = &mut self.webhooks;
        let Some(post) = webhooks.posts.get_mut(&id) else { return };
        post.is_in_flight = false;
        let subscription = webhooks.subscriptions.iter_mut().find(|one| one.url == post.url);
        let Some(subscription) = subscription else { return };
        if status == Some(200) {
            subscription.failing_since_ms = None;
            if webhooks.duplicates > 0 {
                webhooks.duplicates -= 1;
                post.next_try_ms = now_ms;
            } else {
                webhooks.posts.remove(&id);
                self.queue.taken += 1;
            }
            return;
        }
        subscription.failing_since_ms.get_or_insert(now_ms);
        post.tries += 1;
        post.next_try_ms = now_ms + pause_ms(post.tries);
        if post.tries > REPEATS_MAX {
            webhooks.posts.remove(&id);
            self.queue.lost += 1;
        }
        self.end_failing_subscriptions(now_ms);
    }
}

/// Before the first repeat 60 s, before each later one 2.5 times the last pause.
fn pause_ms(tries: u32) -> i64 {
    (1..tries).fold(FIRST_PAUSE_MS, |pause_ms, _| pause_ms * 5 / 2)
}

impl Double {
    /// Where webhooks are really delivered: scheme, host and port of a server under test, such as
    /// `http://127.0.0.1:8080`. The registered address must stay `https`, as MAX demands.
    pub fn route_webhooks_to(&self, base: &str) {
        self.state().webhooks.route = Some(base.trim_end_matches('/').to_owned());
        self.wake();
    }

    /// Delivers each of the next `times` delivered updates once more, as a lost 200 would make MAX do.
    pub fn duplicate_deliveries(&self, times: u32) {
        self.state().webhooks.duplicates += times;
    }

    /// Deliveries that are due at one moment come in an order drawn from `seed`; `None` restores that of their making.
    pub fn shuffle_deliveries(&self, seed: Option<u64>) {
        self.state().webhooks.shuffle = seed.map(Random::new);
    }

    /// Takes the POSTs that are due; report the end of each by [`Double::delivered`].
    pub fn deliveries_due(&self, now_ms: i64) -> Vec<Delivery> {
        let mut state = self.state();
        state.end_failing_subscriptions(now_ms);
        state.webhooks.due(now_ms)
    }

    /// Ends one delivery. `status` is none when the connection failed or 30 s went by without an answer.
    pub fn delivered(&self, id: u64, status: Option<u16>, now_ms: i64) {
        self.state().delivered(id, status, now_ms);
        self.wake();
    }

    /// The moment of the earliest repeat, for a loop that would otherwise sleep.
    pub fn next_delivery_ms(&self) -> Option<i64> {
        let state = self.state();
        let idle = state.webhooks.posts.values().filter(|post| !post.is_in_flight);
        idle.map(|post| post.next_try_ms).min()
    }
}

impl Sender for Double {
    const TIMEOUT: Duration = Duration::from_secs(30);

    fn due(&self, now_ms: i64) -> Vec<Delivery> {
        self.deliveries_due(now_ms)
    }

    fn ended(&self, id: u64, reply: &Reply, now_ms: i64) {
        self.delivered(id, reply.status, now_ms);
    }

    fn next_ms(&self) -> Option<i64> {
        self.next_delivery_ms()
    }

    fn arrived(&self) -> &Notify {
        &self.world.arrived
    }
}
