//! Updates on their way to us, and `GET /updates`.
//!
//! An update lives 24 hours. A marker names the next update to come and commits everything before it. Two pollers at
//! once are not played: sources name 409 without confirming it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{refusal::Refusal, schema, state::State, webhook::Post};

const FIRST_MARKER: i64 = 5_630_412;
const LIFE_MS: i64 = 24 * 3_600_000;
const LIMIT: usize = 100;
const KINDS: [&str; 15] = [
    "bot_added",
    "bot_started",
    "bot_stopped",
    "bot_removed",
    "chat_title_changed",
    "dialog_cleared",
    "dialog_muted",
    "dialog_unmuted",
    "dialog_removed",
    "message_callback",
    "message_created",
    "message_edited",
    "message_removed",
    "user_added",
    "user_removed",
];

/// Updates that wait for a poll, by number.
pub(super) struct Queue {
    pub(super) waiting: BTreeMap<i64, Waiting>,
    pub(super) starts_from_newest: bool,
    /// How many we took: by a marker or by a 200.
    pub(super) taken: u64,
    /// How many nobody took: too old, or given up by the webhook.
    pub(super) lost: u64,
    next: i64,
}

#[derive(Clone)]
pub(super) struct Waiting {
    pub(super) update: Value,
    pub(super) expires_at_ms: i64,
}

impl Default for Queue {
    fn default() -> Self {
        Self { waiting: BTreeMap::new(), starts_from_newest: false, taken: 0, lost: 0, next: FIRST_MARKER }
    }
}

impl Queue {
    pub(super) fn expire(&mut self, now_ms: i64) {
        let before = self.waiting.len();
        self.waiting.retain(|_, waiting| waiting.expires_at_ms > now_ms);
        self.lost += (before - self.waiting.len()) as u64;
    }

    fn commit(&mut self, marker: i64) {
        let rest = self.waiting.split_off(&marker);
        self.taken += std::mem::replace(&mut self.waiting, rest).len() as u64;
    }
}

impl State {
    /// Sends an update to every webhook that asked for its kind; without a webhook it waits for polls.
    pub(super) fn enqueue(&mut self, update: Value, now_ms: i64) {
        if let Err(broken) = schema::check_answer("Update", &update) {
            self.fail(format!("the double's own update {broken}"));
        }
        self.end_failing_subscriptions(now_ms);
        let number = self.queue.next;
        self.queue.next += 1;
        let waiting = Waiting { update, expires_at_ms: now_ms + LIFE_MS };
        if self.webhooks.subscriptions.is_empty() {
            self.queue.waiting.insert(number, waiting);
            return;
        }
        let kind = waiting.update["update_type"].as_str().unwrap_or_default();
        let asked = self.webhooks.subscriptions.iter().filter(|subscription| subscription.wants(kind));
        let posts = asked.map(|subscription| Post::new(&subscription.url, number, waiting.clone(), now_ms));
        let posts = posts.collect::<Vec<_>>();
        self.webhooks.push(posts);
    }

    /// Answers at once with what is there. Under an active subscription there is nothing; sources do not say whether
    /// the real service refuses instead.
    pub(super) fn updates(&mut self, query: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let kinds = self.asked_kinds(&query["types"])?;
        let marker = query["marker"].as_str().and_then(|text| text.parse::<i64>().ok());
        if !self.webhooks.subscriptions.is_empty() {
            return Ok(json!({ "updates": [], "marker": marker }));
        }
        let queue = &mut self.queue;
        queue.expire(now_ms);
        if let Some(marker) = marker {
            queue.commit(marker);
        } else if queue.starts_from_newest
            && let Some(newest) = queue.waiting.keys().next_back().copied()
        {
            queue.commit(newest);
        }
        let limit = query["limit"].as_str().and_then(|text| text.parse().ok()).unwrap_or(LIMIT);
        let is_asked = |waiting: &Waiting| {
            let kind = waiting.update["update_type"].as_str().unwrap_or_default();
            kinds.as_ref().is_none_or(|kinds| kinds.contains(kind))
        };
        let mut next = queue.next;
        let mut updates = Vec::new();
        for (number, waiting) in queue.waiting.iter().filter(|(_, waiting)| is_asked(waiting)) {
            if updates.len() == limit {
                next = *number;
                break;
            }
            updates.push(waiting.update.clone());
        }
        Ok(json!({ "updates": updates, "marker": next }))
    }

    fn asked_kinds(&mut self, types: &Value) -> Result<Option<BTreeSet<String>>, Refusal> {
        let Some(types) = types.as_str().filter(|types| !types.is_empty()) else { return Ok(None) };
        let kinds = types.split(',').map(str::to_owned).collect::<BTreeSet<_>>();
        if kinds.iter().all(|kind| KINDS.contains(&kind.as_str())) {
            return Ok(Some(kinds));
        }
        self.fail("GET /updates: types names a kind of update that does not exist".to_owned());
        Err(Refusal::payload("Invalid query"))
    }

    /// Whether a poll has to wait no longer.
    pub(super) fn has_updates(&self, marker: Option<i64>) -> bool {
        let first = marker.unwrap_or(i64::MIN);
        !self.webhooks.subscriptions.is_empty() || self.queue.waiting.range(first..).next().is_some()
    }
}
