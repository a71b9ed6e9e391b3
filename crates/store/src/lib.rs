//! Floor 3, remembers: all SQL of Nochnik, on SQLite and on PostgreSQL.
//!
//! The functions of the table modules take a running transaction (`&mut dyn Sql`) and the
//! business's id; [`Store`] runs them. Ids are text or integers, times are milliseconds since
//! 1970 UTC (`_ms`), JSON is opaque text. This crate does not know what a conversation says.
//!
//! # Statements that sweep all businesses
//!
//! Everything else is bound to one business. Workers and the way in need these:
//! `inbox::{due_conversations, next_due_ms, counts, purge}`,
//! `outbox::{claim, take_over, destinations_waiting, next_due_ms, counts, purge}`, `alarms::{due, next_due_ms, purge}`,
//! `bookings::expire_due`, `cases::without_next`, `businesses::list_ids`, and look-ups by an
//! unguessable secret that come before the business is known: `notices::find`, `people::find_session`,
//! `invitations::{find, accept}`, `api_keys::find`; `people::purge`. `record_views::purge` forgets what is old of all. `keys` and `nodes` belong to the installation.

mod dialect;
mod error;
mod listener;
mod listing;
mod migrate;
mod pg_sql;
mod postgres;
mod readers;
mod sql;
mod sqlite;
mod store;
#[cfg(feature = "test-postgres")]
pub mod test_postgres;
mod writer;

pub mod alarms;
pub mod api_keys;
pub mod audit;
pub mod bookings;
pub mod businesses;
pub mod calendars;
pub mod case_steps;
pub mod cases;
pub mod consents;
pub mod conversations;
pub mod duty;
pub mod grants;
pub mod inbox;
pub mod invitations;
pub mod keys;
pub mod leads;
pub mod lessons;
pub mod links;
pub mod messages;
pub mod nodes;
pub mod notices;
pub mod numbers;
pub mod outbox;
pub mod people;
pub mod push_devices;
pub mod record_views;
pub mod retention;
pub mod ring_spending;
pub mod scores;
pub mod second_factors;
pub mod spending;
pub mod waitlist;
pub mod wish_models;

pub use dialect::Dialect;
pub use error::{Cause, StoreError};
pub use listing::Window;
pub use sql::{Row, Sql, Value, all, one};
pub use store::{Stats, Store};

/// Waits between two tries of a connection; nothing here has to outlive a restart.
#[expect(clippy::disallowed_methods, reason = "the engine's clock is a floor above")]
async fn pause(duration: std::time::Duration) {
    tokio::time::sleep(duration).await;
}

/// News that something of a conversation changed; consoles look again when they hear it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whose.
    pub business: String,
    /// Which conversation; empty when the change is about the business as a whole.
    pub conversation: String,
}

/// Tells every node, once the transaction is committed, that `conversation` changed.
pub fn notify(sql: &mut dyn Sql, business: &str, conversation: &str) -> Result<(), StoreError> {
    sql.announce(Change { business: business.into(), conversation: conversation.into() })
}
