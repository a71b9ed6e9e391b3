//! How fast one address of ours may ask: five requests in any second, two hundred in any minute, all branches together.
//!
//! A call of ours makes many requests, so the engine's pace of calls is not enough: requests wait for each other here.
//! Source: developers.yclients.com, «Лимиты», read 2026-11-22.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// A little longer than they are: what leaves us evenly may arrive less so.
const SECOND: SignedDuration = SignedDuration::from_millis(1_100);
const MINUTE: SignedDuration = SignedDuration::from_millis(61_000);

/// How much of the budget a request may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Share {
    /// Reading ahead: leaves room for whoever books meanwhile.
    #[default]
    Most,
    /// A client waits.
    All,
}

impl Share {
    /// Who would wait longer is told so instead: the engine gives a booking a minute, and a reading five.
    pub fn patience(self) -> SignedDuration {
        match self {
            Self::Most => SignedDuration::from_secs(180),
            Self::All => SignedDuration::from_secs(20),
        }
    }

    fn limits(self) -> [(SignedDuration, usize); 2] {
        match self {
            Self::Most => [(SECOND, 4), (MINUTE, 150)],
            Self::All => [(SECOND, 5), (MINUTE, 200)],
        }
    }
}

/// The requests of the last minute.
#[derive(Debug, Default)]
pub struct Limiter {
    moments: VecDeque<Timestamp>,
}

impl Limiter {
    /// Counts one request, or says how long it must wait.
    pub fn take(&mut self, now: Timestamp, share: Share) -> Result<(), SignedDuration> {
        self.moments.retain(|at| *at <= now && now.duration_since(*at) < MINUTE);
        let wait = |(window, limit): (SignedDuration, usize)| {
            let oldest = self.moments.len().checked_sub(limit).and_then(|index| self.moments.get(index))?;
            Some(window - now.duration_since(*oldest)).filter(|wait| wait.is_positive())
        };
        match share.limits().into_iter().filter_map(wait).max() {
            Some(wait) => Err(wait),
            None => {
                self.moments.push_back(now);
                Ok(())
            }
        }
    }
}

/// Waits between the requests of one call.
#[expect(clippy::disallowed_methods, reason = "the engine spaces calls; the requests within one are known here alone")]
pub async fn pause(wait: SignedDuration) {
    tokio::time::sleep(wait.unsigned_abs()).await;
}

/// The one limiter of a host: entries of all businesses share it, as they share our address.
pub fn limiter_of(host: &str) -> Arc<Mutex<Limiter>> {
    static ALL: Mutex<BTreeMap<String, Arc<Mutex<Limiter>>>> = Mutex::new(BTreeMap::new());
    ALL.lock().unwrap_or_else(PoisonError::into_inner).entry(host.to_owned()).or_default().clone()
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{Limiter, Share};

    /// Asks as fast as it is let for `minutes`; gives the moments of the requests.
    fn asked(share: Share, minutes: i64) -> Vec<i64> {
        let (mut limiter, mut now, mut moments) = (Limiter::default(), Timestamp::UNIX_EPOCH, Vec::new());
        while now.as_second() < minutes * 60 {
            match limiter.take(now, share) {
                Ok(()) => moments.push(now.as_millisecond()),
                Err(wait) => now += wait,
            }
        }
        moments
    }

    #[test]
    fn no_window_ever_holds_more_than_is_allowed() {
        for (share, per_s, per_min) in [(Share::All, 5, 200), (Share::Most, 4, 150)] {
            let moments = asked(share, 5);
            let most = |window_ms: i64| {
                let within = |from: &i64| moments.iter().filter(|at| (0..window_ms).contains(&(**at - from))).count();
                moments.iter().map(within).max()
            };
            assert_eq!(most(1_000), Some(per_s), "{share:?}");
            assert_eq!(most(60_000), Some(per_min), "{share:?}");
        }
    }

    #[test]
    fn who_books_finds_room_behind_who_reads() {
        let (mut limiter, now) = (Limiter::default(), Timestamp::UNIX_EPOCH);
        while limiter.take(now, Share::Most).is_ok() {}
        assert_eq!(limiter.take(now, Share::All), Ok(()));
        assert!(limiter.take(now, Share::All).is_err());
    }

    #[test]
    fn a_clock_set_back_silences_nobody() {
        let (mut limiter, now) = (Limiter::default(), Timestamp::from_second(1_000_000).unwrap());
        while limiter.take(now, Share::All).is_ok() {}
        assert_eq!(limiter.take(now - SignedDuration::from_hours(1), Share::All), Ok(()));
    }
}
