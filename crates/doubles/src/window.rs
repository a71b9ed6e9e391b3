//! So many events in any one second.

use std::collections::VecDeque;

const LENGTH_MS: i64 = 1_000;

#[derive(Debug, Default)]
pub(crate) struct Window {
    moments_ms: VecDeque<i64>,
}

impl Window {
    /// Counts one event; false, and nothing is counted, when the last second holds `limit` already.
    pub(crate) fn take(&mut self, limit: usize, now_ms: i64) -> bool {
        while self.moments_ms.front().is_some_and(|at_ms| *at_ms <= now_ms - LENGTH_MS) {
            self.moments_ms.pop_front();
        }
        let is_free = self.moments_ms.len() < limit;
        if is_free {
            self.moments_ms.push_back(now_ms);
        }
        is_free
    }
}
