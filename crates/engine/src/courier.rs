//! Outbox → adapters: in order within a lane, at each destination's pace, hot first.

mod consult;
mod deliver;
mod destination;
mod listen;
mod mirror;
mod news;
mod open_line;
mod outcome;
mod push;
mod summon;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use nochnik_adapters::ports::Model;
use nochnik_store::{Store, StoreError, outbox};
use tokio::sync::{Notify, mpsc};

use crate::businesses::Businesses;
use crate::clock::Clock;
use crate::pace::Gate;
use crate::pulse::Pulse;
use crate::save::Queued;
use crate::tasks::Tasks;

pub(crate) use deliver::is_window_over;
use destination::{Destination, News};
pub(crate) use outcome::bury;

/// A leased row is sent within this time or left to whoever claims it next; longer than the longest
/// call (a CRM may work on one for a minute).
pub const LEASE_MS: i64 = 120_000;

/// Sees to it that a conversation of a business is played.
pub type Poke = Arc<dyn Fn(&str, &str) + Send + Sync>;

/// What every part of the courier needs.
#[derive(Clone)]
pub struct Carrier {
    pub store: Store,
    pub businesses: Arc<Businesses>,
    pub clock: Clock,
    pub node: Arc<str>,
    pub tasks: Tasks,
    pub crowd: Arc<Crowd>,
    pub troubles: Arc<Troubles>,
    /// Whether the other nodes know that this one lives.
    pub pulse: Pulse,
    /// Models asked on the way to a client, who must not wait for one that is ill.
    pub wordings: Arc<Wordings>,
    /// Rings when calendars are to be read at once.
    pub calendar_bell: Arc<Notify>,
    /// A conversation has news from its courier.
    pub poke: Poke,
}

/// A gate for each model, as a destination has one for its rows.
#[derive(Default)]
pub struct Wordings(Mutex<HashMap<String, Gate>>);

impl Wordings {
    fn with<T>(&self, model: &dyn Model, now_ms: i64, look: impl FnOnce(&mut Gate) -> T) -> T {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        look(gates.entry(model.destination()).or_insert_with(|| Gate::new(model.pace(), now_ms)))
    }
}

/// Destinations that have enough rows in memory: further ones wait in the store, unleased.
#[derive(Default)]
pub struct Crowd(RwLock<HashSet<String>>);

impl Crowd {
    pub fn is_crowded(&self, destination: &str) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(destination)
    }

    fn set(&self, destination: &str, is_crowded: bool) {
        if self.is_crowded(destination) != is_crowded {
            let mut crowd = self.0.write().unwrap_or_else(PoisonError::into_inner);
            if is_crowded {
                crowd.insert(destination.to_owned())
            } else {
                crowd.remove(destination)
            };
        }
    }
}

/// What is wrong with a destination now, for health pages: why, and since when.
#[derive(Default)]
pub struct Troubles(RwLock<HashMap<String, Trouble>>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub since_ms: i64,
    pub why: String,
    /// What a person should do, in Russian; empty while it may pass by itself.
    pub hint: String,
}

impl Troubles {
    pub fn all(&self) -> Vec<(String, Trouble)> {
        let troubles = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> =
            troubles.iter().map(|(destination, trouble)| (destination.clone(), trouble.clone())).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    pub(crate) fn begin(&self, destination: &str, now_ms: i64, why: &str, hint: &str) {
        let mut troubles = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let trouble = troubles.entry(destination.to_owned()).or_insert_with(|| Trouble {
            since_ms: now_ms,
            why: String::new(),
            hint: String::new(),
        });
        why.clone_into(&mut trouble.why);
        hint.clone_into(&mut trouble.hint);
    }

    /// What is wrong with this one.
    pub fn of(&self, destination: &str) -> Option<Trouble> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(destination).cloned()
    }

    pub(crate) fn end(&self, destination: &str) {
        let is_troubled = self.0.read().unwrap_or_else(PoisonError::into_inner).contains_key(destination);
        if is_troubled {
            self.0.write().unwrap_or_else(PoisonError::into_inner).remove(destination);
        }
    }
}

/// Where each destination's task takes what is for it.
type Desks = Arc<Mutex<HashMap<String, mpsc::UnboundedSender<News>>>>;

/// Sends what turns have queued. One task a destination, as long as it has work.
#[derive(Clone)]
pub struct Courier {
    carrier: Carrier,
    desks: Desks,
}

impl Courier {
    pub fn new(carrier: Carrier) -> Self {
        Self { carrier, desks: Arc::default() }
    }

    /// Takes over what a committed turn has queued.
    pub fn hand(&self, queued: Vec<Queued>) {
        for row in queued {
            match row {
                Queued::Leased(row) => {
                    let destination = row.destination.clone();
                    self.tell(&destination, News::Row(row));
                }
                Queued::Behind { destination, priority, .. } => self.tell(&destination, News::Behind { priority }),
            }
        }
    }

    /// Something for this destination lies in the store.
    pub fn look(&self, destination: &str) {
        self.tell(destination, News::Look);
    }

    /// Looks for rows nobody sends: left by a dead node, or due again.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        let now_ms = self.carrier.clock.now_ms();
        let waiting = self.carrier.store.read(move |sql| outbox::destinations_waiting(sql, now_ms)).await?;
        for row in waiting {
            self.look(&row.destination);
        }
        Ok(())
    }

    fn tell(&self, destination: &str, news: News) {
        let mut desks = self.desks.lock().unwrap_or_else(PoisonError::into_inner);
        let news = match desks.get(destination) {
            Some(desk) => match desk.send(news) {
                Ok(()) => return,
                Err(returned) => returned.0,
            },
            None => news,
        };
        let (sender, receiver) = mpsc::unbounded_channel();
        // The receiver is right here.
        drop(sender.send(news));
        desks.insert(destination.to_owned(), sender);
        let task = Destination::new(destination.to_owned(), self.carrier.clone(), Arc::clone(&self.desks), receiver);
        self.carrier.tasks.spawn(task.run());
    }
}
