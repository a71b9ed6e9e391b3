//! The only place that looks at the time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// The system's clock, or one that starts where a test says and moves with tokio's own (paused) time.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    System,
    Virtual { start: Timestamp, base: Instant },
}

impl Clock {
    /// A clock for tests under a paused runtime.
    pub fn starting_at(start: Timestamp) -> Self {
        Self::Virtual { start, base: monotonic() }
    }

    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => system_now(),
            Self::Virtual { start, base } => {
                let passed = SignedDuration::try_from(monotonic() - *base).unwrap_or(SignedDuration::MAX);
                start.saturating_add(passed).unwrap_or(Timestamp::MAX)
            }
        }
    }

    pub fn now_ms(&self) -> i64 {
        self.now().as_millisecond()
    }

    /// Sleeps until the moment; at once when it has passed.
    pub async fn sleep_until_ms(&self, at_ms: i64) {
        let left_ms = u64::try_from(at_ms - self.now_ms()).unwrap_or(0);
        pause(Duration::from_millis(left_ms)).await;
    }
}

/// Time that only goes forward, for measuring how long something took.
#[expect(clippy::disallowed_methods, reason = "this file is the clock")]
pub fn monotonic() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "this file is the clock")]
fn system_now() -> Timestamp {
    Timestamp::now()
}

#[expect(clippy::disallowed_methods, reason = "this file is the clock")]
pub async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
