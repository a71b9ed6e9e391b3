//! Webhooks on their way to us.
//!
//! Everything but 200 is repeated with falling frequency until the webhook is too old. Meta publishes no schedule: the
//! steps here are our judgement. Order is not promised; several events may come in one body.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::random::Random;

const REPEAT_AFTER_S: [i64; 9] = [10, 30, 60, 300, 900, 3_600, 10_800, 21_600, 43_200];

/// One POST that is due now; report its end by `delivered`.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    pub id: u64,
    /// The registered address, its public host replaced by the route given to the double.
    pub url: String,
    /// Names lower-case; holds `x-hub-signature-256`.
    pub headers: Vec<(String, String)>,
    /// Sign and compare these bytes: the same JSON written anew differs.
    pub body: Vec<u8>,
}

pub(super) struct Queue {
    waiting: BTreeMap<u64, Waiting>,
    in_flight: BTreeSet<u64>,
    pub(super) acknowledged: BTreeSet<u64>,
    pub(super) expired: BTreeSet<u64>,
    life_ms: i64,
    /// How many more times a delivered webhook is delivered again.
    pub(super) duplicates: u32,
    /// How many fresh events go into one body.
    pub(super) batch: usize,
    pub(super) shuffle: Option<Random>,
    next_id: u64,
}

struct Waiting {
    body: Value,
    born_ms: i64,
    next_try_ms: i64,
    tries: usize,
}

impl Queue {
    pub(super) fn new(life_ms: i64) -> Self {
        Self {
            waiting: BTreeMap::new(),
            in_flight: BTreeSet::new(),
            acknowledged: BTreeSet::new(),
            expired: BTreeSet::new(),
            life_ms,
            duplicates: 0,
            batch: 1,
            shuffle: None,
            next_id: 1,
        }
    }

    /// Puts a webhook on its way, to leave at `due_ms`.
    pub(super) fn push(&mut self, body: Value, due_ms: i64) {
        self.waiting.insert(self.next_id, Waiting { body, born_ms: due_ms, next_try_ms: due_ms, tries: 0 });
        self.next_id += 1;
    }

    /// Takes what may leave now: by its moment, or in any order when shuffled.
    pub(super) fn take_due(&mut self, now_ms: i64) -> Vec<(u64, Value)> {
        self.expire(now_ms);
        let idle = self.waiting.iter().filter(|(id, one)| one.next_try_ms <= now_ms && !self.in_flight.contains(id));
        let mut due = idle.map(|(id, one)| (one.next_try_ms, *id)).collect::<Vec<_>>();
        due.sort_unstable();
        let mut ids = due.into_iter().map(|(_, id)| id).collect::<Vec<_>>();
        self.join_fresh(&mut ids);
        if let Some(random) = &mut self.shuffle {
            random.shuffle(&mut ids);
        }
        self.in_flight.extend(&ids);
        ids.into_iter().map(|id| (id, self.waiting[&id].body.clone())).collect()
    }

    /// Moves the entries of fresh webhooks into the first of each batch.
    fn join_fresh(&mut self, ids: &mut Vec<u64>) {
        let fresh = ids.iter().copied().filter(|id| self.waiting[id].tries == 0).collect::<Vec<_>>();
        for batch in fresh.chunks(self.batch.max(1)) {
            for other in &batch[1..] {
                let Some(joined) = self.waiting.remove(other) else { continue };
                let entries = joined.body["entry"].as_array().cloned().unwrap_or_default();
                let first = self.waiting.get_mut(&batch[0]).and_then(|one| one.body["entry"].as_array_mut());
                if let Some(first) = first {
                    first.extend(entries);
                }
            }
        }
        ids.retain(|id| self.waiting.contains_key(id));
    }

    fn expire(&mut self, now_ms: i64) {
        let (life_ms, expired) = (self.life_ms, &mut self.expired);
        self.waiting.retain(|id, one| {
            let is_alive = now_ms - one.born_ms < life_ms;
            if !is_alive {
                expired.insert(*id);
            }
            is_alive
        });
    }

    pub(super) fn delivered(&mut self, id: u64, status: Option<u16>, now_ms: i64) {
        self.in_flight.remove(&id);
        let Some(one) = self.waiting.get_mut(&id) else { return };
        if status == Some(200) {
            self.acknowledged.insert(id);
            if self.duplicates > 0 {
                self.duplicates -= 1;
                one.tries += 1;
            } else {
                self.waiting.remove(&id);
            }
            return;
        }
        let step = one.tries.min(REPEAT_AFTER_S.len() - 1);
        one.next_try_ms = now_ms + REPEAT_AFTER_S[step] * 1_000;
        one.tries += 1;
    }

    pub(super) fn next_ms(&self) -> Option<i64> {
        let idle = self.waiting.iter().filter(|(id, _)| !self.in_flight.contains(id));
        idle.map(|(_, one)| one.next_try_ms).min()
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }
}
