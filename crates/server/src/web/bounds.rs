//! How much anybody may ask for: rates of the open chat, streams, password hashing.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Trouble;
use super::origin::network;

/// Requests of the open chat from one address a minute. Source: security C-20.
const ADDRESS_PER_MIN: NonZeroU32 = NonZeroU32::new(30).expect("not zero");
/// Looks at a talk from one address a minute: streams that open, and histories of those without a stream.
const LOOKS_PER_MIN: NonZeroU32 = NonZeroU32::new(120).expect("not zero");
/// Messages from one visitor a minute. Source: security C-20.
const PEER_PER_MIN: NonZeroU32 = NonZeroU32::new(20).expect("not zero");
/// Calls of one program a minute.
const KEY_PER_MIN: NonZeroU32 = NonZeroU32::new(300).expect("not zero");
/// Streams open at once, of consoles and of visitors; each holds one connection.
const CONSOLE_STREAMS_MAX: usize = 512;
const CHAT_STREAMS_MAX: usize = 2_000;
/// Of them, those of one visitor: the pages that one has open.
const VISITOR_STREAMS_MAX: usize = 3;
/// Of them, those from one address: an office, not one stranger who takes the places of everybody.
const ADDRESS_STREAMS_MAX: usize = 20;
/// When it makes sense to ask for a stream again, in seconds.
const STREAM_AGAIN_S: u64 = 10;
/// Passwords hashed at once: each takes 19 MiB and a core.
const HASHES_MAX: usize = 2;
/// Checks between two sweeps of keys that have rested.
const SWEEP_EVERY: u32 = 1_024;

/// All bounds of one server. Counters live in memory: a restart forgives.
pub struct Bounds {
    address: Keyed<IpAddr>,
    looks: Keyed<IpAddr>,
    peer: Keyed<String>,
    key: Keyed<String>,
    console_streams: Arc<Semaphore>,
    chat_streams: Arc<Semaphore>,
    of_visitor: Places<String>,
    of_address: Places<IpAddr>,
    hashes: Arc<Semaphore>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            address: Keyed::new(ADDRESS_PER_MIN),
            looks: Keyed::new(LOOKS_PER_MIN),
            peer: Keyed::new(PEER_PER_MIN),
            key: Keyed::new(KEY_PER_MIN),
            console_streams: Arc::new(Semaphore::new(CONSOLE_STREAMS_MAX)),
            chat_streams: Arc::new(Semaphore::new(CHAT_STREAMS_MAX)),
            of_visitor: Places::new(VISITOR_STREAMS_MAX),
            of_address: Places::new(ADDRESS_STREAMS_MAX),
            hashes: Arc::new(Semaphore::new(HASHES_MAX)),
        }
    }
}

impl Bounds {
    /// Counts a request of the open chat. A whole IPv6 home network (/64) is one address.
    pub fn address(&self, address: IpAddr) -> Result<(), Trouble> {
        self.address.check(&network(address))
    }

    /// Counts a look at a talk: apart from what is sent, so that whoever looks often may still write.
    pub fn look(&self, address: IpAddr) -> Result<(), Trouble> {
        self.looks.check(&network(address))
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

    /// Takes a place for one stream of a visitor: of all, of this visitor's, of this address's. Without one a page
    /// asks for the history now and then.
    pub fn chat_stream(&self, business: &str, peer: &str, address: IpAddr) -> Result<ChatPlace, Trouble> {
        let full = || Trouble::TooMany { after_s: STREAM_AGAIN_S };
        Ok(ChatPlace {
            _of_visitor: self.of_visitor.take(format!("{business}/{peer}")).ok_or_else(full)?,
            _of_address: self.of_address.take(network(address)).ok_or_else(full)?,
            _of_all: self.chat_streams.clone().try_acquire_owned().map_err(|_| full())?,
        })
    }

    /// Waits for a place to hash a password.
    pub async fn hash(&self) -> Result<OwnedSemaphorePermit, Trouble> {
        self.hashes.clone().acquire_owned().await.map_err(|_| Trouble::NotReady)
    }
}

/// The places that one stream of a visitor holds until it is dropped.
pub struct ChatPlace {
    _of_visitor: Place<String>,
    _of_address: Place<IpAddr>,
    _of_all: OwnedSemaphorePermit,
}

/// Places that are taken, by who took them: no more of one than `max`.
struct Places<K: Hash + Eq> {
    taken: Arc<Mutex<HashMap<K, usize>>>,
    max: usize,
}

impl<K: Hash + Eq + Clone> Places<K> {
    fn new(max: usize) -> Self {
        Self { taken: Arc::default(), max }
    }

    fn take(&self, key: K) -> Option<Place<K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.get(&key).copied().unwrap_or_default();
        (count < self.max).then(|| {
            taken.insert(key.clone(), count + 1);
            Place { taken: Arc::clone(&self.taken), key }
        })
    }
}

struct Place<K: Hash + Eq> {
    taken: Arc<Mutex<HashMap<K, usize>>>,
    key: K,
}

impl<K: Hash + Eq> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.key)),
        }
    }
}

struct Keyed<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    checks: AtomicU32,
}

impl<K: Hash + Eq + Clone> Keyed<K> {
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

    #[test]
    fn a_visitor_keeps_three_streams_and_an_address_twenty() {
        let bounds = Bounds::default();
        let home = IpAddr::from([203, 0, 113, 7]);
        let mut own: Vec<_> = (0..5).filter_map(|_| bounds.chat_stream("lotos", "guest", home).ok()).collect();
        assert_eq!(own.len(), 3);
        own.pop();
        own.push(bounds.chat_stream("lotos", "guest", home).expect("a page that was closed leaves its place"));
        let others: Vec<_> =
            (0..30).filter_map(|n| bounds.chat_stream("lotos", &format!("other{n}"), home).ok()).collect();
        assert_eq!(own.len() + others.len(), 20);
        assert!(bounds.chat_stream("barber", "guest", IpAddr::from([203, 0, 113, 8])).is_ok(), "elsewhere nothing is");
    }

    #[test]
    fn who_looks_often_may_still_write() {
        let bounds = Bounds::default();
        let home = IpAddr::from([203, 0, 113, 7]);
        assert_eq!((0..200).filter(|_| bounds.look(home).is_ok()).count(), 120);
        assert!(bounds.address(home).is_ok());
    }
}
