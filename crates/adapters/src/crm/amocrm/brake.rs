//! How long everybody stays silent after a 429: two seconds, then twice as long each time, up to a minute.
//!
//! The vendor bans the address of those who go on asking. Source: developers.kommo.com, limitations, read 2026-11-22.

use jiff::{SignedDuration, Timestamp};

const FIRST: SignedDuration = SignedDuration::from_secs(2);
const LONGEST: SignedDuration = SignedDuration::from_secs(60);

/// The silence of one account.
#[derive(Debug, Default)]
pub struct Brake {
    until: Option<Timestamp>,
    pause: SignedDuration,
}

impl Brake {
    /// The account asks for silence; gives its length, the account's own word first.
    pub fn pull(&mut self, now: Timestamp, told: Option<SignedDuration>) -> SignedDuration {
        self.pause = (self.pause * 2).clamp(FIRST, LONGEST);
        let pause = told.unwrap_or_default().max(self.pause);
        self.until = Some(now.saturating_add(pause).unwrap_or(Timestamp::MAX));
        pause
    }

    /// The account answers again.
    pub fn release(&mut self) {
        *self = Self::default();
    }

    /// What is left of the silence.
    pub fn left(&self, now: Timestamp) -> Option<SignedDuration> {
        let left = self.until?.duration_since(now);
        (left > SignedDuration::ZERO).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::Brake;

    #[test]
    fn silence_doubles_up_to_a_minute_and_ends_with_an_answer() {
        let (mut brake, now) = (Brake::default(), Timestamp::UNIX_EPOCH);
        let pauses: Vec<i64> = (0..7).map(|_| brake.pull(now, None).as_secs()).collect();
        assert_eq!(pauses, [2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(brake.left(now), Some(SignedDuration::from_secs(60)));
        assert_eq!(brake.pull(now, Some(SignedDuration::from_secs(90))).as_secs(), 90, "the account's own word");
        brake.release();
        assert_eq!(brake.left(now), None);
    }
}
