//! How fast one integration may ask, and what stubborn ones meet.
//!
//! Source: developers.kommo.com, limitations: 7 requests a second, then 429; going on after it restricts the address to
//! 403 on everything. After how many, and for how long, is not documented: here 20, and an hour.

use super::{refusal::Refusal, state::State};

const STUBBORN_MAX: u32 = 20;
const BAN_MS: i64 = 3_600_000;
/// Who was told 429 stays silent for a second at least.
const SILENCE_MS: i64 = 1_000;

#[derive(Debug, Default)]
pub(super) struct Ban {
    refused_at_ms: Option<i64>,
    stubborn: u32,
    until_ms: i64,
}

impl State {
    pub(super) fn count_request(&mut self, now_ms: i64) -> Result<(), Refusal> {
        if self.ban.until_ms > now_ms {
            return Err(Refusal::of_status(403));
        }
        let Some(per_s) = self.settings.per_s else { return Ok(()) };
        if self.ban.refused_at_ms.is_some_and(|at_ms| now_ms - at_ms < SILENCE_MS) {
            self.fail("a request within a second after 429".to_owned());
            self.ban.stubborn += 1;
        }
        if self.ban.stubborn > STUBBORN_MAX {
            self.ban = Ban { until_ms: now_ms + BAN_MS, ..Ban::default() };
            return Err(Refusal::of_status(403));
        }
        if self.window.take(per_s, now_ms) {
            return Ok(());
        }
        self.ban.refused_at_ms = Some(now_ms);
        Err(Refusal::of_status(429))
    }

    /// The vendor restricts the address from now on.
    pub(super) fn restrict(&mut self, until_ms: i64) {
        self.ban = Ban { until_ms, ..Ban::default() };
    }
}
