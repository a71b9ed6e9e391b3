//! The only file where the statements of SQLite and PostgreSQL differ.
//!
//! Everywhere else one text serves both: BIGINT milliseconds, JSON as TEXT, flags as 0 and 1,
//! `$n`, `on conflict`, `returning`. Here PostgreSQL additionally locks the rows it reads,
//! because there many transactions write at once; SQLite has one writer and needs no locks.

use crate::sql::table_of;
use crate::{Sql, StoreError};

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

/// A select that holds its rows until the transaction ends.
pub(crate) struct Holding(Pair);

impl Holding {
    /// PostgreSQL holds nothing in a transaction that only reads. SQLite has nothing to hold, but says the same: what
    /// one engine refuses is not found out on the other's ground.
    pub(crate) fn of(&self, sql: &dyn Sql) -> Result<&'static str, StoreError> {
        let text = self.0.of(sql.dialect());
        if sql.only_reads() {
            return Err(StoreError::database(table_of(text), "25006", "cannot hold rows in a read-only transaction"));
        }
        Ok(text)
    }
}

/// A select that makes others wait for its rows until the transaction ends.
macro_rules! locking {
    ($text:literal) => {
        Holding(Pair { sqlite: $text, postgres: concat!($text, " for update") })
    };
}

/// A select that takes only rows nobody else holds.
macro_rules! skipping {
    ($text:literal) => {
        Holding(Pair { sqlite: $text, postgres: concat!($text, " for update skip locked") })
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

/// Rows to free: their leases end, and whether they were sent nobody knows.
macro_rules! free {
    ($owner:literal, $now:literal, $rows:literal) => {
        concat!(
            "update outbox set ",
            $owner,
            "lease_until_ms = 0, unknown_since_ms = coalesce(unknown_since_ms, ",
            $now,
            ") where ",
            $rows
        )
    };
}

/// Ends the leases that have run out; $1 now. Nodes do not wait for each other over the same rows.
pub(crate) const FREE: Pair = Pair {
    sqlite: free!("", "$1", "status = 0 and lease_until_ms > 0 and lease_until_ms <= $1"),
    postgres: free!(
        "",
        "$1",
        "(business_id, id) in (select business_id, id from outbox \
         where status = 0 and lease_until_ms > 0 and lease_until_ms <= $1 for update skip locked)"
    ),
};

/// Frees the rows of nodes that are silent; $1 since when, $2 now. What another holds just now is freed a moment later.
pub(crate) const TAKE_OVER: Pair = Pair {
    sqlite: free!(
        "lease_owner = '', ",
        "$2",
        "status = 0 and lease_owner <> '' and lease_owner not in (select id from nodes where heartbeat_ms >= $1)"
    ),
    postgres: free!(
        "lease_owner = '', ",
        "$2",
        "(business_id, id) in (select business_id, id from outbox \
         where status = 0 and lease_owner <> '' and lease_owner not in \
         (select id from nodes where heartbeat_ms >= $1) for update skip locked)"
    ),
};

/// $1 owner, $2 lease until, $3 now, $4 limit, $5 destination, $6 priority that is no longer hot enough.
pub(crate) const CLAIM: Pair = Pair { sqlite: claim!(""), postgres: claim!(" for update skip locked") };

/// $1 business, $2 conversation, $3 limit.
pub(crate) const PENDING: Holding = locking!(
    "select id, conversation_id, kind, payload, received_at_ms, due_at_ms, attempts from inbox \
     where business_id = $1 and conversation_id = $2 and status = 0 order by id limit $3"
);

/// $1 business, $2 key.
pub(crate) const WAITING_PAYLOAD: Holding =
    locking!("select payload from outbox where business_id = $1 and key = $2 and status = 0 and lease_owner = ''");

/// $1 business, $2 conversation.
pub(crate) const LOAD_CONVERSATION: Holding =
    locking!("select version, state from conversations where business_id = $1 and id = $2");

/// $1 business.
pub(crate) const BUSINESS_TO_CHANGE: Holding =
    locking!("select id, document, version, busy_version, created_at_ms, updated_at_ms from businesses where id = $1");

/// $1 now, $2 limit.
pub(crate) const DUE_ALARMS: Holding = skipping!(
    "select id, business_id, conversation_id, kind, subject, generation, payload, due_at_ms from alarms \
     where status = 0 and due_at_ms <= $1 order by due_at_ms, id limit $2"
);

/// $1 now, $2 limit.
pub(crate) const EXPIRED_HOLDS: Holding = skipping!(
    "select b.id, b.business_id, b.conversation_id from bookings b \
     where b.status = 'held' and b.held_until_ms <= $1 \
     and not exists (select 1 from alarms a where a.business_id = b.business_id \
     and a.conversation_id = b.conversation_id and a.kind = 'hold' and a.subject = b.id and a.status = 0) \
     and not exists (select 1 from inbox i where i.business_id = b.business_id \
     and i.conversation_id = b.conversation_id and i.status = 0) order by b.held_until_ms, b.id limit $2"
);

/// The newest message of each conversation that has the words, out of the newest hits.
macro_rules! said {
    ($hits:literal) => {
        concat!(
            "with hits as (",
            $hits,
            "), newest as (select conversation_id, seq, at_ms, author, text, row_number() over \
             (partition by conversation_id order by at_ms desc, seq desc) as place from hits) \
             select c.id, c.channel, c.account, c.peer, c.speaker, c.heat, c.is_after_hours, c.needs_person, \
             c.client_name, c.last_text_short, c.last_at_ms, c.created_at_ms, n.seq, n.at_ms, n.author, n.text \
             from newest n cross join conversations c where c.business_id = $1 and c.id = n.conversation_id \
             and n.place = 1 and (cast($4 as text) is null or c.heat = $4) \
             and (cast($5 as text) is null or c.speaker = $5) \
             and (cast($6 as bigint) is null or c.needs_person = $6) order by n.at_ms desc, c.id desc limit $7"
        )
    };
}

/// $1 business, $2 words as [`words`] writes them, $3 hits that are looked at, $4 heat, $5 speaker, $6 whether a person
/// should look, $7 limit.
pub(crate) const SAID: Pair = Pair {
    sqlite: said!(
        "select m.conversation_id, m.seq, m.at_ms, m.author, m.text \
         from message_words cross join messages m on m.id = message_words.rowid \
         where message_words match $2 and m.business_id = $1 order by message_words.rowid desc limit $3"
    ),
    postgres: said!(
        "select conversation_id, seq, at_ms, author, text from messages where business_id = $1 \
         and message_words(business_id, text) @@ to_tsquery('pg_catalog.simple', $2) order by at_ms desc limit $3"
    ),
};

/// What is asked of the index of words: the word of the business, and every beginning of a word.
///
/// The beginnings hold letters and digits alone, so nothing in them is read as a sign of the language.
pub(crate) fn words(dialect: Dialect, business: &str, beginnings: &[String]) -> String {
    let own: String = business.bytes().map(|byte| format!("{byte:02x}")).collect();
    let (between, beginnings): (_, Vec<String>) = match dialect {
        Dialect::Sqlite => (" AND ", beginnings.iter().map(|word| format!("\"{word}\"*")).collect()),
        Dialect::Postgres => (" & ", beginnings.iter().map(|word| format!("{word}:*")).collect()),
    };
    format!("zz{own}{between}{}", beginnings.join(between))
}
