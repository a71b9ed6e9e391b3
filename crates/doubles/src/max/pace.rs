//! How fast a bot may call: 30 requests a second, two messages a second into one dialog, two polls a second with at
//! least 300 ms between them.
//!
//! Source: the vendor's page on limits of 2026-05-11 (polls); client libraries (the rest).

use std::collections::HashMap;

use super::refusal::Refusal;
use crate::window::Window;

const REQUESTS_PER_S: usize = 30;
const MESSAGES_PER_S: usize = 2;
const POLLS_PER_S: usize = 2;
const POLL_EVERY_MS: i64 = 300;

#[derive(Default)]
pub(super) struct Pace {
    requests: Window,
    polls: Window,
    polled_ms: Option<i64>,
    chats: HashMap<i64, Window>,
}

impl Pace {
    pub(super) fn request(&mut self, now_ms: i64) -> Result<(), Refusal> {
        allowed(self.requests.take(REQUESTS_PER_S, now_ms))
    }

    pub(super) fn poll(&mut self, now_ms: i64) -> Result<(), Refusal> {
        let is_early = self.polled_ms.is_some_and(|at_ms| now_ms - at_ms < POLL_EVERY_MS);
        allowed(!is_early && self.polls.take(POLLS_PER_S, now_ms))?;
        self.polled_ms = Some(now_ms);
        Ok(())
    }

    /// Counts a message sent, edited, deleted or given as an answer.
    pub(super) fn message(&mut self, chat: i64, now_ms: i64) -> Result<(), Refusal> {
        allowed(self.chats.entry(chat).or_default().take(MESSAGES_PER_S, now_ms))
    }
}

fn allowed(is_allowed: bool) -> Result<(), Refusal> {
    if is_allowed { Ok(()) } else { Err(Refusal::too_many()) }
}
