//! How fast we may write: 80 messages a second in all, to one person one in six seconds with a short burst.
//!
//! The sheet gives no size of the burst; ten is our judgement. A refused message counts as none.

use std::collections::HashMap;

use crate::meta::Bucket;

const TOTAL_PER_S: f64 = 80.0;
const PAIR_BURST: f64 = 10.0;
const PAIR_PER_S: f64 = 1.0 / 6.0;

#[derive(Default)]
pub(super) struct Pace {
    total: Option<Bucket>,
    pairs: HashMap<String, Bucket>,
}

impl Pace {
    /// Counts one message to `person`; an error is the code of the refusal.
    pub(super) fn take(&mut self, person: &str, now_ms: i64) -> Result<(), u32> {
        let mut total = self.total.unwrap_or(Bucket::new(TOTAL_PER_S, TOTAL_PER_S, now_ms));
        if !total.take(now_ms) {
            return Err(130_429);
        }
        let pair = self.pairs.entry(person.to_owned()).or_insert(Bucket::new(PAIR_BURST, PAIR_PER_S, now_ms));
        if !pair.take(now_ms) {
            return Err(131_056);
        }
        self.total = Some(total);
        Ok(())
    }
}
