//! Signs of life of the workers: what health pages show and what decides whether webhooks are taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A worker silent for longer than this is dead. Source: reliability 1.1.
pub const SILENCE_MS_MAX: i64 = 10_000;

/// When a worker last went round.
#[derive(Clone, Debug)]
pub struct Beat {
    pub name: &'static str,
    at_ms: Arc<AtomicI64>,
}

impl Beat {
    pub fn new(name: &'static str, now_ms: i64) -> Self {
        Self { name, at_ms: Arc::new(AtomicI64::new(now_ms)) }
    }

    pub fn touch(&self, now_ms: i64) {
        self.at_ms.fetch_max(now_ms, Ordering::Relaxed);
    }

    pub fn age_ms(&self, now_ms: i64) -> i64 {
        now_ms - self.at_ms.load(Ordering::Relaxed)
    }

    pub fn is_alive(&self, now_ms: i64) -> bool {
        self.age_ms(now_ms) <= SILENCE_MS_MAX
    }
}
