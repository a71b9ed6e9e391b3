//! How much a portal takes: the leaky bucket of requests and the operating time of each method.
//!
//! Source: the page `limits.md`. Whether a refused request counts is not documented; here it does not.

use std::collections::HashMap;

use super::{portal::Portal, refusal::Refusal};

const BASKET_MS: i64 = 60_000;
const BASKETS: i64 = 10;

/// Requests in the bucket of one portal.
#[derive(Default)]
pub(super) struct Bucket {
    level: f64,
    at_ms: i64,
}

impl Portal {
    /// Counts one HTTP request, a batch too; the one that would overflow the bucket is refused.
    pub(super) fn count_request(&mut self, now_ms: i64) -> Result<(), Refusal> {
        let Some((size, drain_per_s)) = self.settings.intensity else { return Ok(()) };
        let passed_s = (now_ms - self.bucket.at_ms).max(0) as f64 / 1000.0;
        let level = (self.bucket.level - passed_s * f64::from(drain_per_s)).max(0.0);
        self.bucket = Bucket { level, at_ms: now_ms };
        if level + 1.0 > f64::from(size) {
            return Err(Refusal::query_limit());
        }
        self.bucket.level += 1.0;
        Ok(())
    }
}

/// Seconds of work per method in ten baskets of one minute.
#[derive(Default)]
pub(super) struct Operating {
    baskets: HashMap<String, Vec<(i64, f64)>>,
}

impl Operating {
    /// Blocks before a call; the call that crosses the limit still finishes.
    pub(super) fn check(&self, method: &str, limit_s: Option<f64>, now_ms: i64) -> Result<(), Refusal> {
        match limit_s {
            Some(limit_s) if self.spent_s(method, now_ms) > limit_s => Err(Refusal::operation_time()),
            _ => Ok(()),
        }
    }

    pub(super) fn add(&mut self, method: &str, cost_s: f64, now_ms: i64) {
        let basket = now_ms.div_euclid(BASKET_MS);
        let baskets = self.baskets.entry(method.to_owned()).or_default();
        baskets.retain(|(number, _)| basket - number < BASKETS);
        match baskets.last_mut() {
            Some((number, spent_s)) if *number == basket => *spent_s += cost_s,
            _ => baskets.push((basket, cost_s)),
        }
    }

    pub(super) fn spent_s(&self, method: &str, now_ms: i64) -> f64 {
        self.fresh(method, now_ms).map(|(_, spent_s)| spent_s).sum()
    }

    /// When the oldest basket leaves, unix seconds.
    pub(super) fn reset_at_s(&self, method: &str, now_ms: i64) -> i64 {
        let oldest = self.fresh(method, now_ms).map(|(number, _)| number).min();
        (oldest.unwrap_or(now_ms.div_euclid(BASKET_MS)) + BASKETS) * BASKET_MS / 1000
    }

    fn fresh(&self, method: &str, now_ms: i64) -> impl Iterator<Item = (i64, f64)> {
        let basket = now_ms.div_euclid(BASKET_MS);
        let baskets = self.baskets.get(method).map_or(&[][..], Vec::as_slice);
        baskets.iter().copied().filter(move |(number, _)| basket - number < BASKETS)
    }
}
