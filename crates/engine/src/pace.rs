//! Which rows may go now: tokens, pauses, the circuit breaker, the delays of retries. Pure; takes `now`.

use nochnik_adapters::ports::Pace;

/// Failures in a row that open the breaker. Source: reliability 4.3.
const BREAKER_FAILURES: u32 = 5;
/// First pause of an open breaker; it doubles up to the longest one.
const BREAKER_PAUSE_MS: i64 = 1_000;
const BREAKER_PAUSE_MS_MAX: i64 = 30_000;

/// The gate of one destination.
#[derive(Clone, Debug)]
pub struct Gate {
    pace: Pace,
    tokens: f64,
    filled_at_ms: i64,
    closed_until_ms: i64,
    failures: u32,
    under_way: usize,
}

impl Gate {
    pub fn new(pace: Pace, now_ms: i64) -> Self {
        Self {
            pace,
            tokens: f64::from(pace.burst),
            filled_at_ms: now_ms,
            closed_until_ms: 0,
            failures: 0,
            under_way: 0,
        }
    }

    /// Takes the requests of one call; else says when to ask again. `None`: when a call comes back.
    pub fn try_pass(&mut self, now_ms: i64) -> Result<(), Option<i64>> {
        if self.closed_until_ms > now_ms {
            return Err(Some(self.closed_until_ms));
        }
        // A breaker that has just opened its door lets one call through to see.
        let parallel = if self.is_broken() { 1 } else { self.pace.parallel.max(1) };
        if self.under_way >= parallel {
            return Err(None);
        }
        self.fill(now_ms);
        let needed = self.needed();
        if self.tokens < needed {
            let wait_ms = ((needed - self.tokens) / self.pace.per_s * 1_000.0).ceil();
            return Err(Some(now_ms + wait_ms as i64));
        }
        self.tokens -= needed;
        self.under_way += 1;
        Ok(())
    }

    fn needed(&self) -> f64 {
        f64::from(self.pace.requests.clamp(1, self.pace.burst.max(1)))
    }

    /// Gives back what a call took more than it used, or takes what it used more than it took.
    pub fn settle(&mut self, requests: u32) {
        self.tokens = (self.tokens + self.needed() - f64::from(requests)).min(f64::from(self.pace.burst.max(1)));
    }

    fn fill(&mut self, now_ms: i64) {
        let passed_s = (now_ms - self.filled_at_ms).max(0) as f64 / 1_000.0;
        self.tokens = (self.tokens + passed_s * self.pace.per_s).min(f64::from(self.pace.burst.max(1)));
        self.filled_at_ms = now_ms;
    }

    /// The destination answered sensibly, be it with a refusal.
    pub fn answered(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
        self.failures = 0;
    }

    /// The call was not needed any more: it says nothing of the destination.
    pub fn let_be(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// The destination asked all of us to wait.
    pub fn told_to_wait(&mut self, until_ms: i64) {
        self.under_way = self.under_way.saturating_sub(1);
        self.closed_until_ms = self.closed_until_ms.max(until_ms);
        self.tokens = self.tokens.min(0.0);
    }

    /// No sensible answer: enough of these in a row close the door for a while.
    pub fn failed(&mut self, now_ms: i64) {
        self.under_way = self.under_way.saturating_sub(1);
        self.failures = self.failures.saturating_add(1);
        if self.is_broken() {
            let doublings = (self.failures - BREAKER_FAILURES).min(5);
            let pause_ms = (BREAKER_PAUSE_MS << doublings).min(BREAKER_PAUSE_MS_MAX);
            self.closed_until_ms = self.closed_until_ms.max(now_ms + pause_ms);
        }
    }

    pub fn is_broken(&self) -> bool {
        self.failures >= BREAKER_FAILURES
    }
}

/// What kind of thing is retried; each has its own schedule. Source: reliability 4.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retried {
    Message,
    Crm,
}

const MESSAGE_MS: &[i64] = &[1_000, 3_000, 10_000, 30_000];
const CRM_MS: &[i64] = &[2_000, 10_000, 60_000, 300_000, 900_000, 1_800_000];
/// Moments after the send at which an unknown create is looked up. Source: bitrix24 sheet 8.2.
const LOOK_UP_MS: &[i64] = &[2_000, 10_000, 30_000, 71_000];

/// How long to wait before try number `attempts` + 1, with a jitter of a fifth either way so that a
/// crowd does not come back at once. `seed` makes it the same each time it is asked.
pub fn retry_delay_ms(what: Retried, attempts: i64, seed: u64) -> i64 {
    let table = match what {
        Retried::Message => MESSAGE_MS,
        Retried::Crm => CRM_MS,
    };
    let index = usize::try_from(attempts).unwrap_or(0).min(table.len() - 1);
    let base = table[index];
    let share = (splitmix(seed ^ attempts.unsigned_abs()) % 401) as i64 - 200;
    base + base * share / 1_000
}

/// When to look an unknown create up again: by the age of the doubt. `told_ms` is a wait the vendor
/// asked for; it counts once all look-ups are behind.
pub fn look_up_at_ms(unknown_since_ms: i64, told_ms: Option<i64>, now_ms: i64) -> i64 {
    let next = LOOK_UP_MS.iter().map(|after| unknown_since_ms + after).find(|at| *at > now_ms);
    next.unwrap_or(now_ms + told_ms.unwrap_or(30_000))
}

/// A well-mixed number from a poor one (the finaliser of SplitMix64).
fn splitmix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use nochnik_adapters::ports::Pace;

    use super::{Gate, Retried, look_up_at_ms, retry_delay_ms};

    const PACE: Pace = Pace { burst: 50, per_s: 2.0, parallel: 100, requests: 1 };

    #[test]
    fn fifty_go_at_once_and_two_a_second_after() {
        let mut gate = Gate::new(PACE, 0);
        for _ in 0..50 {
            assert_eq!(gate.try_pass(0), Ok(()));
        }
        assert_eq!(gate.try_pass(0), Err(Some(500)));
        assert_eq!(gate.try_pass(500), Ok(()));
        assert_eq!(gate.try_pass(500), Err(Some(1_000)));
    }

    /// A look-up and a create: 25 cards at once, then one a second. One that was known already took one request.
    #[test]
    fn a_call_of_two_requests_takes_two() {
        let mut gate = Gate::new(Pace { requests: 2, ..PACE }, 0);
        for _ in 0..25 {
            assert_eq!(gate.try_pass(0), Ok(()));
            gate.settle(2);
        }
        assert_eq!(gate.try_pass(0), Err(Some(1_000)));
        assert_eq!(gate.try_pass(1_000), Ok(()));
        gate.settle(1);
        assert_eq!(gate.try_pass(1_500), Ok(()), "the one it did not use is there for the next");
        gate.settle(4);
        assert_eq!(gate.try_pass(3_000), Err(Some(3_500)), "and what was used beyond is waited for");
    }

    #[test]
    fn a_destination_that_asks_to_wait_is_left_alone() {
        let mut gate = Gate::new(PACE, 0);
        assert_eq!(gate.try_pass(0), Ok(()));
        gate.told_to_wait(17_000);
        assert_eq!(gate.try_pass(16_999), Err(Some(17_000)));
    }

    #[test]
    fn five_failures_close_the_door_and_one_call_tries_it() {
        let mut gate = Gate::new(PACE, 0);
        for _ in 0..5 {
            assert_eq!(gate.try_pass(0), Ok(()));
            gate.failed(0);
        }
        assert_eq!(gate.try_pass(0), Err(Some(1_000)));
        assert_eq!(gate.try_pass(1_000), Ok(()));
        assert_eq!(gate.try_pass(1_000), Err(None), "one call at a time while we do not know");
        gate.answered();
        assert_eq!(gate.try_pass(1_000), Ok(()));
        assert_eq!(gate.try_pass(1_000), Ok(()));
    }

    #[test]
    fn retries_follow_the_table_within_a_fifth() {
        for (what, attempts, base) in [
            (Retried::Message, 0, 1_000),
            (Retried::Message, 2, 10_000),
            (Retried::Message, 9, 30_000),
            (Retried::Crm, 0, 2_000),
            (Retried::Crm, 5, 1_800_000),
        ] {
            for seed in 0..50 {
                let delay = retry_delay_ms(what, attempts, seed);
                assert!((base - base / 5..=base + base / 5).contains(&delay), "{what:?} {attempts}: {delay}");
            }
        }
    }

    #[test]
    fn an_unknown_create_is_looked_up_four_times_before_it_may_be_repeated() {
        assert_eq!(look_up_at_ms(0, None, 0), 2_000);
        assert_eq!(look_up_at_ms(0, Some(600_000), 2_000), 10_000);
        assert_eq!(look_up_at_ms(0, None, 30_000), 71_000);
        assert_eq!(look_up_at_ms(0, None, 71_000), 101_000);
        assert_eq!(look_up_at_ms(0, Some(600_000), 71_000), 671_000, "a method over its limit rests ten minutes");
    }
}
