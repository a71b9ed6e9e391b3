//! The node says every second that it lives, and knows whether the others can have heard it.
//!
//! On a task and a connection of its own: a node that is busy is not dead.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nochnik_store::{Sql, Store, StoreError, nodes};
use tokio::time::Instant;

use crate::clock::{Clock, monotonic, pause};

const EVERY: Duration = Duration::from_secs(1);
/// A node silent for longer than this is dead: others take over what it held. Source: decision 0052.
pub const SILENCE_MS_MAX: i64 = 15_000;
/// The courier begins no call when the last beat is older. What is left until the bound is for the call's own look into the
/// store, which may wait five seconds for a connection.
const HEARD_FOR: Duration = Duration::from_millis(7_000);

/// When this node began the last beat that was stored.
#[derive(Clone)]
pub struct Pulse(Arc<Mutex<Instant>>);

impl Pulse {
    /// Beats for the first time: before that nobody can know the node, and nothing may be leased to it.
    pub async fn begin(store: &Store, node: &Arc<str>, clock: Clock) -> Result<Self, StoreError> {
        let at = monotonic();
        beat(store, node, clock).await?;
        Ok(Self(Arc::new(Mutex::new(at))))
    }

    /// Whether no other node can have taken this one for dead.
    pub fn is_heard(&self) -> bool {
        monotonic() - *self.0.lock().unwrap_or_else(PoisonError::into_inner) <= HEARD_FOR
    }

    /// Beats for ever: also while the engine stops, for until the last call has ended its rows are ours.
    pub async fn run(self, store: Store, node: Arc<str>, clock: Clock) {
        loop {
            pause(EVERY).await;
            let at = monotonic();
            match beat(&store, &node, clock).await {
                Ok(()) => *self.0.lock().unwrap_or_else(PoisonError::into_inner) = at,
                Err(error) => tracing::error!(%error, "The other nodes could not be told that this one lives"),
            }
        }
    }
}

async fn beat(store: &Store, node: &Arc<str>, clock: Clock) -> Result<(), StoreError> {
    let (node, own_ms) = (Arc::clone(node), clock.now_ms());
    let job = move |sql: &mut dyn Sql| {
        let now_ms = nodes::clock_ms(sql, own_ms)?;
        nodes::beat(sql, &node, now_ms)
    };
    store.write_aside(job).await
}
