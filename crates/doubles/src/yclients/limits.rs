//! Five requests in any second, two hundred in any minute, of one address.

use std::collections::VecDeque;

use super::{refusal::Refusal, state::State};

#[derive(Debug, Default)]
pub(super) struct Budget {
    moments_ms: VecDeque<i64>,
}

impl Budget {
    fn within(&self, window_ms: i64, now_ms: i64) -> usize {
        self.moments_ms.iter().rev().take_while(|at_ms| **at_ms > now_ms - window_ms).count()
    }
}

impl State {
    /// A request too many is refused, and is a failure of ours: the limits are told in advance.
    pub(super) fn count_request(&mut self, now_ms: i64) -> Result<(), Refusal> {
        let is_over =
            |limit: Option<usize>, window_ms| limit.is_some_and(|limit| self.budget.within(window_ms, now_ms) >= limit);
        if is_over(self.settings.per_s, 1_000) || is_over(self.settings.per_min, 60_000) {
            self.fail("more requests than are allowed".to_owned());
            return Err(Refusal::of_status(429));
        }
        self.budget.moments_ms.push_back(now_ms);
        while self.budget.moments_ms.front().is_some_and(|at_ms| *at_ms <= now_ms - 60_000) {
            self.budget.moments_ms.pop_front();
        }
        Ok(())
    }
}
