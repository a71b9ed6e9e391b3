//! The only file where the statements of SQLite and PostgreSQL differ.
//!
//! Everywhere else one text serves both: BIGINT milliseconds, JSON as TEXT, flags as 0 and 1,
//! `$n`, `on conflict`, `returning`. Here PostgreSQL additionally locks the rows it reads,
//! because there many transactions write at once; SQLite has one writer and needs no locks.

/// Which engine answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// One writer, a file.
    Sqlite,
    /// Many nodes, a server.
    Postgres,
}

/// What the triggers of SQLite say instead of PostgreSQL's exclusion constraint.
pub(crate) const TAKEN: &str = "taken";

/// One statement in both dialects.
pub(crate) struct Pair {
    sqlite: &'static str,
    postgres: &'static str,
}

impl Pair {
    pub(crate) fn of(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }
}

/// A select that makes others wait for its rows until the transaction ends.
macro_rules! locking {
    ($text:literal) => {
        Pair { sqlite: $text, postgres: concat!($text, " for update") }
    };
}

/// A select that takes only rows nobody else holds.
macro_rules! skipping {
    ($text:literal) => {
        Pair { sqlite: $text, postgres: concat!($text, " for update skip locked") }
    };
}

/// Leases ready rows of one destination: waiting, due, not leased, the first unfinished one of their lane.
macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "with ready as materialized (select business_id as ready_business, id as ready_id from outbox o \
             where status = 0 and lease_until_ms = 0 and destination = $5 and due_at_ms <= $3 and priority < $6 \
             and not exists (select 1 from outbox p where p.business_id = o.business_id and p.lane = o.lane \
             and p.status = 0 and p.id < o.id) order by priority, id limit $4",
            $lock,
            ") update outbox set lease_owner = $1, lease_until_ms = $2 from ready \
             where business_id = ready_business and id = ready_id \
             returning id, business_id, key, conversation_id, lane, destination, kind, priority, payload, \
             created_at_ms, due_at_ms, attempts, last_outcome, unknown_since_ms"
        )
    };
}

/// Ends the leases that have run out; $1 now. Nodes do not wait for each other over the same rows.
pub(crate) const FREE: Pair = Pair {
    sqlite: "update outbox set lease_until_ms = 0 where status = 0 and lease_until_ms > 0 and lease_until_ms <= $1",
    postgres: "update outbox set lease_until_ms = 0 where (business_id, id) in (select business_id, id from outbox \
               where status = 0 and lease_until_ms > 0 and lease_until_ms <= $1 for update skip locked)",
};

/// $1 owner, $2 lease until, $3 now, $4 limit, $5 destination, $6 priority that is no longer hot enough.
pub(crate) const CLAIM: Pair = Pair { sqlite: claim!(""), postgres: claim!(" for update skip locked") };

/// $1 business, $2 conversation, $3 limit.
pub(crate) const PENDING: Pair = locking!(
    "select id, conversation_id, kind, payload, received_at_ms, due_at_ms, attempts from inbox \
     where business_id = $1 and conversation_id = $2 and status = 0 order by id limit $3"
);

/// $1 business, $2 conversation.
pub(crate) const LOAD_CONVERSATION: Pair =
    locking!("select version, state from conversations where business_id = $1 and id = $2");

/// $1 now, $2 limit.
pub(crate) const DUE_ALARMS: Pair = skipping!(
    "select id, business_id, conversation_id, kind, subject, generation, payload, due_at_ms from alarms \
     where status = 0 and due_at_ms <= $1 order by due_at_ms, id limit $2"
);

/// $1 now, $2 limit.
pub(crate) const EXPIRED_HOLDS: Pair = skipping!(
    "select id, business_id, conversation_id from bookings \
     where status = 'held' and held_until_ms <= $1 order by held_until_ms, id limit $2"
);
