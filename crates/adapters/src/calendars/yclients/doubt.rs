//! Writes whose end nobody knows: one may still be at work after its visit was written by a second try.
//!
//! A second try is safe at once, for it holds the time that the first one wants. What would free that time again waits.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::failure::{Failure, Scope};

/// A request is given 20 s; servers in front of the vendor's own cut one after a minute.
const SETTLED_AFTER: SignedDuration = SignedDuration::from_secs(90);

/// Since when, and to which place.
type Doubt = (Timestamp, String);

/// By booking.
#[derive(Default)]
pub struct Doubts(Mutex<BTreeMap<String, Doubt>>);

impl Doubts {
    /// A write towards `place` begins; whoever is cut off in the middle of it leaves the doubt behind. Gives the doubt
    /// that there was before.
    pub fn begin(&self, booking: &str, place: &str, now: Timestamp) -> Option<Doubt> {
        self.lock(now, |doubts| doubts.insert(booking.to_owned(), (now, place.to_owned())))
    }

    /// It has ended. What is unknown stays in doubt from now on; what is known leaves an earlier doubt as old as it was.
    pub fn end<T>(&self, booking: &str, now: Timestamp, done: &Result<T, Failure>, earlier: Option<Doubt>) {
        let is_unknown = matches!(done, Err(Failure::Unknown { .. }));
        self.lock(now, |doubts| match (doubts.get_mut(booking), earlier) {
            (Some(doubt), _) if is_unknown => doubt.0 = now,
            (Some(doubt), Some(earlier)) => *doubt = earlier,
            _ => drop(doubts.remove(booking)),
        });
    }

    /// Whether the visit may leave where it is, or go on to `place`.
    pub fn let_go(&self, booking: &str, place: Option<&str>, now: Timestamp) -> Result<(), Failure> {
        let doubt = self.lock(now, |doubts| doubts.get(booking).cloned());
        match doubt.filter(|(_, to)| place != Some(to.as_str())) {
            None => Ok(()),
            Some((since, _)) => Err(Failure::Later {
                after: Some(SETTLED_AFTER - now.duration_since(since)),
                scope: Scope::Row,
                why: "an earlier call may still be at work at YCLIENTS".to_owned(),
            }),
        }
    }

    fn lock<T>(&self, now: Timestamp, act: impl FnOnce(&mut BTreeMap<String, Doubt>) -> T) -> T {
        let mut doubts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        doubts.retain(|_, (since, _)| now.duration_since(*since).abs() < SETTLED_AFTER);
        act(&mut doubts)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::Doubts;
    use crate::failure::Failure;

    #[test]
    fn a_doubt_holds_the_visit_in_its_place_until_it_is_settled() {
        let (doubts, now) = (Doubts::default(), Timestamp::UNIX_EPOCH);
        let after = |seconds| now + SignedDuration::from_secs(seconds);
        let unknown: Result<(), Failure> = Err(Failure::Unknown { why: String::new() });
        let earlier = doubts.begin("a/1", "here", now);
        doubts.end("a/1", now, &unknown, earlier);
        assert!(doubts.let_go("a/1", Some("here"), after(2)).is_ok(), "the same once more");
        // The second try is done, and the first may still be at work.
        let earlier = doubts.begin("a/1", "here", after(2));
        doubts.end("a/1", after(3), &Ok(()), earlier);
        for place in [None, Some("elsewhere")] {
            assert!(doubts.let_go("a/1", place, after(60)).is_err(), "{place:?}");
            assert!(doubts.let_go("a/2", place, after(60)).is_ok(), "{place:?}");
        }
        assert!(doubts.let_go("a/1", Some("elsewhere"), after(91)).is_ok(), "it is settled");
    }

    #[test]
    fn a_write_that_was_cut_off_is_a_doubt() {
        let (doubts, now) = (Doubts::default(), Timestamp::UNIX_EPOCH);
        doubts.begin("a/1", "here", now);
        assert!(doubts.let_go("a/1", None, now).is_err());
    }
}
