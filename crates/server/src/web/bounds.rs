//! How much anybody may ask for: rates of the open chat, streams, password hashing.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Trouble;

/// Requests of the open chat from one address a minute. Source: security C-20.
const ADDRESS_PER_MIN: NonZeroU32 = NonZeroU32::new(30).expect("not zero");
/// Messages from one visitor a minute. Source: security C-20.
const PEER_PER_MIN: NonZeroU32 = NonZeroU32::new(20).expect("not zero");
/// Calls of one program a minute.
const KEY_PER_MIN: NonZeroU32 = NonZeroU32::new(300).expect("not zero");
/// Streams open at once, of consoles and of visitors; each holds one connection.
const CONSOLE_STREAMS_MAX: usize = 512;
const CHAT_STREAMS_MAX: usize = 2_000;
/// Passwords hashed at once: each takes 19 MiB and a core.
const HASHES_MAX: usize = 2;
/// Checks between two sweeps of keys that have rested.
const SWEEP_EVERY: u32 = 1_024;

/// All bounds of one server. Counters live in memory: a restart forgives.
pub struct Bounds {
    address: Keyed<IpAddr>,
    peer: Keyed<String>,
    key: Keyed<String>,
    console_streams: Arc<Semaphore>,
    chat_streams: Arc<Semaphore>,
    hashes: Arc<Semaphore>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            address: Keyed::new(ADDRESS_PER_MIN),
            peer: Keyed::new(PEER_PER_MIN),
            key: Keyed::new(KEY_PER_MIN),
            console_streams: Arc::new(Semaphore::new(CONSOLE_STREAMS_MAX)),
            chat_streams: Arc::new(Semaphore::new(CHAT_STREAMS_MAX)),
            hashes: Arc::new(Semaphore::new(HASHES_MAX)),
        }
    }
}

impl Bounds {
    /// Counts a request of the open chat. A whole IPv6 home network (/64) is one address.
    pub fn address(&self, address: IpAddr) -> Result<(), Trouble> {
        self.address.check(&match address {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
            v4 @ IpAddr::V4(_) => v4,
        })
    }

    /// Counts a message of one visitor.
    pub fn peer(&self, business: &str, peer: &str) -> Result<(), Trouble> {
        self.peer.check(&format!("{business}/{peer}"))
    }

    /// Counts a call of a program by its key.
    pub fn key(&self, business: &str, key: &str) -> Result<(), Trouble> {
        self.key.check(&format!("{business}/{key}"))
    }

    /// Takes a place for one stream of the console.
    pub fn console_stream(&self) -> Result<OwnedSemaphorePermit, Trouble> {
        self.console_streams.clone().try_acquire_owned().map_err(|_| Trouble::NotReady)
    }

    /// Takes a place for one stream of a visitor.
    pub fn chat_stream(&self) -> Result<OwnedSemaphorePermit, Trouble> {
        self.chat_streams.clone().try_acquire_owned().map_err(|_| Trouble::NotReady)
    }

    /// Waits for a place to hash a password.
    pub async fn hash(&self) -> Result<OwnedSemaphorePermit, Trouble> {
        self.hashes.clone().acquire_owned().await.map_err(|_| Trouble::NotReady)
    }
}

struct Keyed<K: std::hash::Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    checks: AtomicU32,
}

impl<K: std::hash::Hash + Eq + Clone> Keyed<K> {
    fn new(per_minute: NonZeroU32) -> Self {
        Self { limiter: RateLimiter::keyed(Quota::per_minute(per_minute)), checks: AtomicU32::new(0) }
    }

    fn check(&self, key: &K) -> Result<(), Trouble> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(key).map_err(|wait| {
            let wait = wait.wait_time_from(DefaultClock::default().now());
            Trouble::TooMany { after_s: wait.as_secs() + 1 }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_writes_twenty_times_a_minute_and_then_waits() {
        let bounds = Bounds::default();
        let allowed = (0..25).filter(|_| bounds.peer("lotos", "guest").is_ok()).count();
        assert_eq!(allowed, 20);
        assert!(bounds.peer("lotos", "other").is_ok());
        assert!(bounds.peer("barber", "guest").is_ok());
    }

    #[test]
    fn a_home_network_of_ipv6_is_one_address() {
        let bounds = Bounds::default();
        let at = |last: u16| IpAddr::from([0x2001, 0xdb8, 1, 2, 0, 0, 0, last]);
        let allowed = (0..40).filter(|n| bounds.address(at(*n)).is_ok()).count();
        assert_eq!(allowed, 30);
    }
}
