//! Updates on their way to us: numbering, expiry, `getUpdates`.
//!
//! Source: `tdlib/telegram-bot-api` Client.cpp and Query.cpp at 01a3679.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{refusal::Refusal, schema, state::State};

const FIRST_UPDATE_ID: i64 = 904_561_001;
const LIFE_MS: i64 = 24 * 3_600_000;
/// A press that waits longer is lost for ever.
const PRESS_LIFE_MS: i64 = 150_000;
/// A second poll with the same offset within this time gets one update at most.
const EAGER_MS: i64 = 500;

/// Updates not yet acknowledged, by number.
pub(super) struct Queue {
    pub(super) waiting: BTreeMap<i64, Waiting>,
    pub(super) acknowledged: BTreeSet<i64>,
    pub(super) expired: BTreeSet<i64>,
    /// Numbers of the updates that are being posted now.
    pub(super) in_flight: BTreeSet<i64>,
    /// No waiting update expires before this moment: spares the search.
    expires_from_ms: i64,
    /// Remembered by the server until changed; none means every kind this double makes.
    pub(super) allowed: Option<BTreeSet<String>>,
    pub(super) poll: Poll,
    next_id: i64,
}

/// The last `getUpdates`.
#[derive(Default)]
pub(super) struct Poll {
    pub(super) offset: Option<i64>,
    pub(super) at_ms: i64,
    /// Rises with every new poll: an older one that still waits has lost its place.
    pub(super) generation: u64,
}

pub(super) struct Waiting {
    pub(super) update: Value,
    /// Kind and chat (or person): within one such line updates are strictly sequential over a webhook.
    pub(super) line: (&'static str, i64),
    pub(super) expires_at_ms: i64,
    pub(super) tries: u32,
    pub(super) next_try_ms: i64,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            waiting: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            expired: BTreeSet::new(),
            in_flight: BTreeSet::new(),
            expires_from_ms: i64::MAX,
            allowed: None,
            poll: Poll::default(),
            next_id: FIRST_UPDATE_ID,
        }
    }
}

impl State {
    /// Puts an update on its way and returns its number; a kind we did not ask for is never sent.
    pub(super) fn enqueue(&mut self, kind: &'static str, line: i64, content: Value, now_ms: i64) -> Option<i64> {
        if self.queue.allowed.as_ref().is_some_and(|allowed| !allowed.contains(kind)) {
            return None;
        }
        let id = self.queue.next_id;
        self.queue.next_id += 1;
        let update = json!({ "update_id": id, kind: content });
        if self.is_strict
            && let Err(broken) = schema::check_update(&update)
        {
            self.fail(format!("the double's own update ({kind}) {broken}"));
        }
        let life_ms = if kind == "callback_query" { PRESS_LIFE_MS } else { LIFE_MS };
        let waiting =
            Waiting { update, line: (kind, line), expires_at_ms: now_ms + life_ms, tries: 0, next_try_ms: now_ms };
        self.queue.expires_from_ms = self.queue.expires_from_ms.min(waiting.expires_at_ms);
        self.queue.waiting.insert(id, waiting);
        Some(id)
    }

    /// Answers at once with what is there. Updates stay until a later offset confirms them.
    pub(super) fn get_updates(&mut self, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        if self.webhook.is_some() {
            return Err(Refusal::webhook_is_active());
        }
        self.queue.allow(&body["allowed_updates"]);
        self.queue.expire(now_ms);
        let offset = body["offset"].as_i64();
        self.queue.confirm(offset.unwrap_or(0));
        let is_eager = self.queue.poll.offset == offset
            && self.queue.poll.generation > 0
            && now_ms - self.queue.poll.at_ms < EAGER_MS;
        let limit = if is_eager { 1 } else { body["limit"].as_u64().unwrap_or(100).clamp(1, 100) as usize };
        self.queue.poll.offset = offset;
        self.queue.poll.at_ms = now_ms;
        self.queue.poll.generation += 1;
        Ok(self.queue.waiting.values().take(limit).map(|waiting| waiting.update.clone()).collect())
    }
}

impl Queue {
    pub(super) fn allow(&mut self, kinds: &Value) {
        let Some(kinds) = kinds.as_array() else { return };
        // An empty list means the default, which holds every kind this double makes.
        self.allowed =
            (!kinds.is_empty()).then(|| kinds.iter().filter_map(|kind| kind.as_str().map(str::to_owned)).collect());
    }

    pub(super) fn expire(&mut self, now_ms: i64) {
        if now_ms < self.expires_from_ms {
            return;
        }
        let expired = &mut self.expired;
        self.waiting.retain(|id, waiting| {
            let is_alive = waiting.expires_at_ms > now_ms;
            if !is_alive {
                expired.insert(*id);
            }
            is_alive
        });
        self.expires_from_ms = self.waiting.values().map(|waiting| waiting.expires_at_ms).min().unwrap_or(i64::MAX);
    }

    /// Forgets updates below `offset`; a negative one keeps only that many of the last.
    pub(super) fn confirm(&mut self, offset: i64) {
        let first = if offset < 0 {
            let kept = usize::try_from(-offset).unwrap_or(usize::MAX);
            self.waiting.keys().rev().take(kept).next_back().copied().unwrap_or(self.next_id)
        } else {
            offset
        };
        let rest = self.waiting.split_off(&first);
        let confirmed = std::mem::replace(&mut self.waiting, rest);
        self.acknowledged.extend(confirmed.into_keys());
    }
}
