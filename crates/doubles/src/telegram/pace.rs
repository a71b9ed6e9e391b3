//! How fast a bot may write: about one message a second in a chat with short bursts, about 30 a second in all, 20 a
//! minute in a group; texts over 500 characters count harder.
//!
//! Source: Telegram's bot FAQ ("Hitting limits"). The size of a burst and the weight of a long text are not published:
//! five and two are our judgement.

use std::collections::HashMap;

const CHAT_BURST: f64 = 5.0;
const CHAT_PER_S: f64 = 1.0;
const GROUP_BURST: f64 = 20.0;
const GROUP_PER_S: f64 = 20.0 / 60.0;
const TOTAL_BURST: f64 = 30.0;
const TOTAL_PER_S: f64 = 30.0;
const LONG_TEXT_CHARS: usize = 500;

#[derive(Default)]
pub(super) struct Pace {
    chats: HashMap<i64, Bucket>,
    total: Option<Bucket>,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at_ms: i64,
}

impl Bucket {
    fn refilled(self, burst: f64, per_s: f64, now_ms: i64) -> Self {
        let passed_s = (now_ms - self.at_ms).max(0) as f64 / 1000.0;
        Self { tokens: (self.tokens + passed_s * per_s).min(burst), at_ms: now_ms }
    }
}

impl Pace {
    /// Counts one message or edit; an error is the number of whole seconds to wait, and then nothing is counted.
    pub(super) fn take(&mut self, chat: i64, is_group: bool, text_chars: usize, now_ms: i64) -> Result<(), i64> {
        let weight = if text_chars > LONG_TEXT_CHARS { 2.0 } else { 1.0 };
        let (burst, per_s) = if is_group { (GROUP_BURST, GROUP_PER_S) } else { (CHAT_BURST, CHAT_PER_S) };
        let full = |burst| Bucket { tokens: burst, at_ms: now_ms };
        let mut own = self.chats.get(&chat).copied().unwrap_or(full(burst)).refilled(burst, per_s, now_ms);
        let mut total = self.total.unwrap_or(full(TOTAL_BURST)).refilled(TOTAL_BURST, TOTAL_PER_S, now_ms);
        let wait_s = ((weight - own.tokens) / per_s).max((weight - total.tokens) / TOTAL_PER_S);
        if wait_s > 0.0 {
            return Err((wait_s.ceil() as i64).max(1));
        }
        own.tokens -= weight;
        total.tokens -= weight;
        self.chats.insert(chat, own);
        self.total = Some(total);
        Ok(())
    }
}
