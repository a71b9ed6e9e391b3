//! The far end of every channel in a rehearsal: what the engine sends is written down, what people do is handed in.
//!
//! Nothing leaves the process.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use nochnik_adapters::Failure;
use nochnik_adapters::ports::{
    Channel, Crm, Forged, Hook, Incoming, Kind, Limits, Outgoing, Pace, ParseProblem, Receipt,
};
use nochnik_core::business::{ChannelEntry, CrmEntry};
use nochnik_core::limits::{BUTTON_LABEL_CHARS_MAX, TEXT_CHARS_MAX};
use nochnik_engine::{Clock, Opener};

static KIND: Kind = Kind {
    name: "rehearsal",
    title: "Репетиция",
    fields: &[],
    limits: Limits { text_chars_max: TEXT_CHARS_MAX, buttons_max: 12, label_chars_max: BUTTON_LABEL_CHARS_MAX },
    can_poll: false,
    has_hook: true,
    is_for_staff: false,
    notice: None,
};

/// A message the engine sent.
#[derive(Clone, Debug)]
pub struct Sent {
    pub at: Timestamp,
    pub account: String,
    pub peer: String,
    pub message: Outgoing,
}

/// Opens every channel as one booth; all copies are the same booth.
#[derive(Clone)]
pub struct Booth {
    clock: Clock,
    log: Arc<Mutex<Log>>,
}

#[derive(Default)]
struct Log {
    sent: Vec<Sent>,
    arrived: VecDeque<Incoming>,
}

impl Booth {
    pub fn new(clock: Clock) -> Self {
        Self { clock, log: Arc::default() }
    }

    /// Lays down what a person did; the next delivery brings it.
    pub fn arrives(&self, incoming: Incoming) {
        self.log().arrived.push_back(incoming);
    }

    /// Everything sent from number `from` on, oldest first.
    pub fn sent_since(&self, from: usize) -> Vec<Sent> {
        self.log().sent.get(from..).unwrap_or_default().to_vec()
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Opener for Booth {
    fn channel(&self, _: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        Ok(Arc::new(Window { account: entry.account().to_owned(), booth: self.clone() }))
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(None)
    }
}

/// One account of the booth.
struct Window {
    account: String,
    booth: Booth,
}

#[async_trait]
impl Channel for Window {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn pace(&self) -> Pace {
        Pace { burst: 1_000, per_s: 1_000.0, parallel: 1, requests: 1 }
    }

    /// Only the rehearsal itself delivers here.
    fn verify(&self, _: &Hook<'_>) -> Result<(), Forged> {
        Ok(())
    }

    /// The body is empty: what arrived lies in the booth.
    fn parse(&self, _: &[u8]) -> Result<Vec<Incoming>, ParseProblem> {
        Ok(self.booth.log().arrived.drain(..).collect())
    }

    async fn send(&self, peer: &str, message: &Outgoing, key: &str) -> Result<Receipt, Failure> {
        let (at, account) = (self.booth.clock.now(), self.account.clone());
        self.booth.log().sent.push(Sent { at, account, peer: peer.to_owned(), message: message.clone() });
        Ok(Receipt { vendor_id: Some(key.to_owned()) })
    }

    /// A card brought up to date calls nobody.
    async fn edit(&self, _: &str, vendor_id: &str, _: &Outgoing) -> Result<Receipt, Failure> {
        Ok(Receipt { vendor_id: Some(vendor_id.to_owned()) })
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok(KIND.title.to_owned())
    }
}
