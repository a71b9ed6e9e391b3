//! A token bucket by the virtual clock.

#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    burst: f64,
    per_s: f64,
    tokens: f64,
    at_ms: i64,
}

impl Bucket {
    /// A full one: `burst` calls at once, then `per_s` a second.
    pub(crate) fn new(burst: f64, per_s: f64, now_ms: i64) -> Self {
        Self { burst, per_s, tokens: burst, at_ms: now_ms }
    }

    /// Takes one token; false, and nothing taken, when there is none.
    pub(crate) fn take(&mut self, now_ms: i64) -> bool {
        let passed_s = (now_ms - self.at_ms).max(0) as f64 / 1000.0;
        self.tokens = (self.tokens + passed_s * self.per_s).min(self.burst);
        self.at_ms = self.at_ms.max(now_ms);
        let is_there = self.tokens >= 1.0;
        if is_there {
            self.tokens -= 1.0;
        }
        is_there
    }
}
