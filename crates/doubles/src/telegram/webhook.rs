//! Webhook registration and the plan of deliveries; the sockets are in `http`.
//!
//! Source: `tdlib/telegram-bot-api` WebhookActor.cpp at 01a3679: one strictly sequential line per (kind, chat), the first
//! repeat at once, then 2, 4, 8 … s up to a random cap of 60–120 s, until the update expires.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Double, refusal::Refusal, state::State};
use crate::{courier::routed, random::Random};

const CONNECTIONS: u64 = 40;
const SET_EVERY_MS: i64 = 1_000;
const GONE_LIMIT_MS: i64 = 23 * 3_600_000;
const PORTS: [u16; 4] = [443, 80, 88, 8443];

pub(super) struct Webhook {
    url: String,
    secret: Option<String>,
    connections_max: usize,
    last_error: Option<(i64, String)>,
    /// Since when every answer was 410; 23 hours of it remove the webhook.
    gone_since_ms: Option<i64>,
    /// How many more times a delivered update is delivered again.
    duplicates: u32,
    random: Random,
}

/// One POST that is due now.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    pub update_id: i64,
    /// The registered address, its public host replaced by the route given to the double.
    pub url: String,
    /// Goes into the header `X-Telegram-Bot-Api-Secret-Token`.
    pub secret: Option<String>,
    pub body: Value,
}

impl State {
    pub(super) fn set_webhook(&mut self, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let is_too_soon = self.webhook_set_at_ms.is_some_and(|at_ms| now_ms - at_ms < SET_EVERY_MS);
        if is_too_soon && self.pace.is_some() {
            return Err(Refusal::too_many(1));
        }
        let url = body["url"].as_str().unwrap_or_default();
        if url.is_empty() {
            return self.delete_webhook(body);
        }
        if !url.starts_with("https://") {
            return Err(Refusal::bad("bad webhook: An HTTPS URL must be provided for webhook"));
        }
        if !PORTS.contains(&port(url)) {
            return Err(Refusal::bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"));
        }
        self.webhook_set_at_ms = Some(now_ms);
        self.queue.allow(&body["allowed_updates"]);
        self.drop_pending(body);
        self.webhook = Some(Webhook {
            url: url.to_owned(),
            secret: body["secret_token"].as_str().map(str::to_owned),
            connections_max: body["max_connections"].as_u64().unwrap_or(CONNECTIONS) as usize,
            last_error: None,
            gone_since_ms: None,
            duplicates: 0,
            random: Random::new(1),
        });
        Ok(Value::Bool(true))
    }

    pub(super) fn delete_webhook(&mut self, body: &Value) -> Result<Value, Refusal> {
        self.webhook = None;
        self.drop_pending(body);
        Ok(Value::Bool(true))
    }

    fn drop_pending(&mut self, body: &Value) {
        if body["drop_pending_updates"].as_bool().unwrap_or(false) {
            self.queue.waiting.clear();
        }
    }

    pub(super) fn webhook_info(&mut self, now_ms: i64) -> Value {
        self.queue.expire(now_ms);
        let mut info = json!({
            "url": self.webhook.as_ref().map_or("", |webhook| &webhook.url),
            "has_custom_certificate": false,
            "pending_update_count": self.queue.waiting.len(),
        });
        if let Some((at_ms, text)) = self.webhook.as_ref().and_then(|webhook| webhook.last_error.as_ref()) {
            info["last_error_date"] = json!(at_ms / 1000);
            info["last_error_message"] = json!(text);
        }
        info
    }

    /// Heads of the lines that may go now, at most as many as connections are free.
    fn due(&mut self, now_ms: i64) -> Vec<Delivery> {
        self.queue.expire(now_ms);
        let Some(webhook) = &self.webhook else { return Vec::new() };
        let free = webhook.connections_max.saturating_sub(self.queue.in_flight.len());
        let url = routed(&webhook.url, self.route.as_deref());
        let mut busy_lines = BTreeSet::new();
        let mut due = Vec::new();
        for (id, waiting) in &self.queue.waiting {
            if due.len() == free {
                break;
            }
            let is_head = busy_lines.insert(waiting.line);
            if is_head && waiting.next_try_ms <= now_ms && self.queue.in_flight.insert(*id) {
                due.push(Delivery {
                    update_id: *id,
                    url: url.clone(),
                    secret: webhook.secret.clone(),
                    body: waiting.update.clone(),
                });
            }
        }
        due
    }

    fn delivered(&mut self, update_id: i64, status: Option<u16>, retry_after_s: Option<i64>, now_ms: i64) {
        self.queue.in_flight.remove(&update_id);
        let (Some(webhook), Some(waiting)) = (&mut self.webhook, self.queue.waiting.get_mut(&update_id)) else {
            return;
        };
        if status.is_some_and(|status| (200..300).contains(&status)) {
            webhook.gone_since_ms = None;
            self.queue.acknowledged.insert(update_id);
            if webhook.duplicates > 0 {
                webhook.duplicates -= 1;
            } else {
                self.queue.waiting.remove(&update_id);
            }
            return;
        }
        waiting.tries += 1;
        waiting.next_try_ms = now_ms + delay_ms(waiting.tries, retry_after_s, &mut webhook.random);
        let text = status.map_or("Connection failed".to_owned(), |status| format!("Wrong response: {status}"));
        webhook.last_error = Some((now_ms, text));
        webhook.gone_since_ms = (status == Some(410)).then(|| webhook.gone_since_ms.unwrap_or(now_ms));
        if webhook.gone_since_ms.is_some_and(|since_ms| now_ms - since_ms >= GONE_LIMIT_MS) {
            self.webhook = None;
        }
    }
}

impl Double {
    /// Where webhooks are really delivered: scheme, host and port of a server under test, such as
    /// `http://127.0.0.1:8080`. The registered address must stay `https`, as Telegram demands.
    pub fn route_webhooks_to(&self, base: &str) {
        self.state().route = Some(base.trim_end_matches('/').to_owned());
        self.wake();
    }

    /// Delivers each of the next `times` delivered updates once more, as a lost 200 makes Telegram do.
    pub fn duplicate_deliveries(&self, times: u32) {
        if let Some(webhook) = &mut self.state().webhook {
            webhook.duplicates += times;
        }
    }

    /// Takes the POSTs that are due; report the end of each by [`Double::delivered`].
    pub fn deliveries_due(&self, now_ms: i64) -> Vec<Delivery> {
        self.state().due(now_ms)
    }

    /// Ends one delivery. `status` is none when the connection failed or timed out; `retry_after_s` is the header.
    pub fn delivered(&self, update_id: i64, status: Option<u16>, retry_after_s: Option<i64>, now_ms: i64) {
        self.state().delivered(update_id, status, retry_after_s, now_ms);
        self.wake();
    }

    /// The moment of the earliest repeat, for a loop that would otherwise sleep.
    pub fn next_delivery_ms(&self) -> Option<i64> {
        let state = self.state();
        let is_full = state.queue.in_flight.len() >= state.webhook.as_ref()?.connections_max;
        let idle = state.queue.waiting.iter().filter(|(id, _)| !is_full && !state.queue.in_flight.contains(id));
        idle.map(|(_, waiting)| waiting.next_try_ms).min()
    }
}

fn delay_ms(tries: u32, retry_after_s: Option<i64>, random: &mut Random) -> i64 {
    if let Some(seconds) = retry_after_s {
        return seconds.clamp(0, 3_600) * 1_000;
    }
    if tries == 1 {
        return 0;
    }
    let cap_ms = 60_000 + random.below(60_001) as i64;
    (1_000_i64 << (tries - 1).min(10)).min(cap_ms)
}

/// The port of an `https` address; 443 when none is named, 0 when it is not a number.
fn port(url: &str) -> u16 {
    let authority = url.trim_start_matches("https://").split('/').next().unwrap_or_default();
    authority.rsplit_once(':').map_or(443, |(_, port)| port.parse().unwrap_or(0))
}
