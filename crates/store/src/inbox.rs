//! What happened and waits for its turn: one row an event, once for each key.

use std::collections::BTreeMap;

use crate::{Row, Sql, StoreError, all, dialect, one, values};

/// An event on its way in.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// The same for every delivery of the same event; begins with the vendor's own time, so that keys grow.
    pub dedupe_key: &'a str,
    /// Whose turn it will be.
    pub conversation_id: &'a str,
    /// Name of the event.
    pub kind: &'a str,
    /// JSON.
    pub payload: &'a str,
    /// When it came.
    pub received_at_ms: i64,
    /// Not to be played before.
    pub due_at_ms: i64,
}

/// An event that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRow {
    /// Grows in the order of arrival.
    pub id: i64,
    /// Whose turn it is.
    pub conversation_id: String,
    /// Name of the event.
    pub kind: String,
    /// JSON.
    pub payload: String,
    /// When it came.
    pub received_at_ms: i64,
    /// Not to be played before.
    pub due_at_ms: i64,
    /// Turns that failed on it.
    pub attempts: i64,
}

/// An event set aside for a person to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedRow {
    /// The event.
    pub row: InboxRow,
    /// What the last turn stumbled on.
    pub why: String,
}

/// A conversation whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueConversation {
    /// Whose.
    pub business: String,
    /// Which.
    pub conversation: String,
    /// Due time of its earliest event.
    pub due_at_ms: i64,
}

/// Rows by status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InboxCounts {
    /// Not played yet.
    pub waiting: i64,
    /// Played and kept against repeats.
    pub done: i64,
    /// Set aside.
    pub parked: i64,
}

impl InboxCounts {
    fn of(rows: &[(i64, i64)]) -> Self {
        let of = |wanted| rows.iter().find(|(status, _)| *status == wanted).map_or(0, |(_, count)| *count);
        Self { waiting: of(0), done: of(1), parked: of(2) }
    }
}

/// Stores an event. `None` means it is there already, waiting, done or parked.
pub fn put(sql: &mut dyn Sql, business: &str, arrival: &Arrival<'_>) -> Result<Option<i64>, StoreError> {
    let text = "insert into inbox (business_id, dedupe_key, conversation_id, kind, payload, received_at_ms, due_at_ms) \
                values ($1, $2, $3, $4, $5, $6, $7) on conflict (business_id, dedupe_key) do nothing returning id";
    let Arrival { dedupe_key, conversation_id, kind, payload, received_at_ms, due_at_ms } = *arrival;
    let values = values![business, dedupe_key, conversation_id, kind, payload, received_at_ms, due_at_ms];
    one(sql, text, values, |row| row.int(0))
}

/// Stores an event that nobody will play, as one that has been: raw, for a person to look at, and
/// against repeats. `None` means it is there already.
pub fn keep(sql: &mut dyn Sql, business: &str, arrival: &Arrival<'_>) -> Result<Option<i64>, StoreError> {
    let Some(id) = put(sql, business, arrival)? else { return Ok(None) };
    finish(sql, business, &[id], arrival.received_at_ms)?;
    Ok(Some(id))
}

/// Lists the waiting events of a conversation in order of arrival, due or not; on PostgreSQL holds them for this transaction.
pub fn pending(sql: &mut dyn Sql, business: &str, conversation: &str, limit: i64) -> Result<Vec<InboxRow>, StoreError> {
    let text = dialect::PENDING.of(sql)?;
    all(sql, text, values![business, conversation, limit], inbox_row)
}

/// Marks events as played; returns how many still waited, so a turn that lost its rows sees fewer than it brought.
pub fn finish(sql: &mut dyn Sql, business: &str, ids: &[i64], now_ms: i64) -> Result<u64, StoreError> {
    let text = "update inbox set status = 1, finished_at_ms = $3 where business_id = $1 and id = $2 and status = 0";
    ids.iter().try_fold(0, |finished, id| Ok(finished + sql.exec(text, values![business, *id, now_ms])?))
}

/// Moves all waiting events of a conversation to one moment (the client is still typing); returns how many.
pub fn postpone(sql: &mut dyn Sql, business: &str, conversation: &str, due_at_ms: i64) -> Result<u64, StoreError> {
    let text = "update inbox set due_at_ms = $3 where business_id = $1 and conversation_id = $2 and status = 0";
    sql.exec(text, values![business, conversation, due_at_ms])
}

/// What an event that still waits says, by its key; `None` when it is not there or has been played.
pub fn waiting(sql: &mut dyn Sql, business: &str, dedupe_key: &str) -> Result<Option<String>, StoreError> {
    let text = "select payload from inbox where business_id = $1 and dedupe_key = $2 and status = 0";
    one(sql, text, values![business, dedupe_key], |row| row.text(0))
}

/// Whether an event with this key came; known for as long as played ones are kept.
pub fn has(sql: &mut dyn Sql, business: &str, dedupe_key: &str) -> Result<bool, StoreError> {
    let text = "select 1 from inbox where business_id = $1 and dedupe_key = $2";
    Ok(one(sql, text, values![business, dedupe_key], |row| row.int(0))?.is_some())
}

/// Lets an event that still waits say something else, from `due_at_ms` on; false when it has been played.
pub fn amend(
    sql: &mut dyn Sql,
    business: &str,
    dedupe_key: &str,
    payload: &str,
    due_at_ms: i64,
) -> Result<bool, StoreError> {
    let text = "update inbox set payload = $3, due_at_ms = $4 \
                where business_id = $1 and dedupe_key = $2 and status = 0";
    Ok(sql.exec(text, values![business, dedupe_key, payload, due_at_ms])? > 0)
}

/// Counts a failed turn against an event, and sets it aside when `park`.
pub fn fail(sql: &mut dyn Sql, business: &str, id: i64, why: &str, park: bool) -> Result<(), StoreError> {
    let text = "update inbox set attempts = attempts + 1, why = $3, status = $4 \
                where business_id = $1 and id = $2 and status = 0";
    sql.run(text, values![business, id, why, if park { 2_i64 } else { 0 }])
}

/// Lists events set aside, newest first.
pub fn parked(sql: &mut dyn Sql, business: &str, limit: i64) -> Result<Vec<ParkedRow>, StoreError> {
    let text = "select id, conversation_id, kind, payload, received_at_ms, due_at_ms, attempts, why from inbox \
                where business_id = $1 and status = 2 order by id desc limit $2";
    all(sql, text, values![business, limit], |row| Ok(ParkedRow { row: inbox_row(row)?, why: row.text(7)? }))
}

/// Lets a parked event try again; false when it is not parked.
pub fn unpark(sql: &mut dyn Sql, business: &str, id: i64, due_at_ms: i64) -> Result<bool, StoreError> {
    let text = "update inbox set status = 0, attempts = 0, due_at_ms = $3 \
                where business_id = $1 and id = $2 and status = 2";
    Ok(sql.exec(text, values![business, id, due_at_ms])? > 0)
}

/// Sweeps all businesses for conversations with a due event, the longest waiting first. Rows a dead node left are among them.
pub fn due_conversations(sql: &mut dyn Sql, now_ms: i64, limit: i64) -> Result<Vec<DueConversation>, StoreError> {
    let text = "select business_id, conversation_id, min(due_at_ms) as due from inbox \
                where status = 0 and due_at_ms <= $1 group by business_id, conversation_id order by due limit $2";
    all(sql, text, values![now_ms, limit], |row| {
        Ok(DueConversation { business: row.text(0)?, conversation: row.text(1)?, due_at_ms: row.int(2)? })
    })
}

/// Tells when the next event of any business is due, past or future.
pub fn next_due_ms(sql: &mut dyn Sql) -> Result<Option<i64>, StoreError> {
    one(sql, "select min(due_at_ms) from inbox where status = 0", &[], |row| row.opt_int(0)).map(Option::flatten)
}

/// Counts rows of all businesses.
pub fn counts(sql: &mut dyn Sql) -> Result<InboxCounts, StoreError> {
    let rows =
        all(sql, "select status, count(*) from inbox group by status", &[], |row| Ok((row.int(0)?, row.int(1)?)))?;
    Ok(InboxCounts::of(&rows))
}

/// Counts rows of each business that has any.
pub fn counts_by_business(sql: &mut dyn Sql) -> Result<BTreeMap<String, InboxCounts>, StoreError> {
    let text = "select business_id, status, count(*) from inbox group by business_id, status";
    let rows = all(sql, text, &[], |row| Ok((row.text(0)?, row.int(1)?, row.int(2)?)))?;
    let mut by_business: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
    for (business, status, count) in rows {
        by_business.entry(business).or_default().push((status, count));
    }
    Ok(by_business.into_iter().map(|(business, rows)| (business, InboxCounts::of(&rows))).collect())
}

/// Counts the clients' events of a business that came in `[from_ms, to_ms)`.
pub fn counts_of_clients(
    sql: &mut dyn Sql,
    business: &str,
    (from_ms, to_ms): (i64, i64),
) -> Result<InboxCounts, StoreError> {
    let text = "select status, count(*) from inbox where business_id = $1 and kind = 'client' \
                and received_at_ms >= $2 and received_at_ms < $3 group by status";
    let rows = all(sql, text, values![business, from_ms, to_ms], |row| Ok((row.int(0)?, row.int(1)?)))?;
    Ok(InboxCounts::of(&rows))
}

/// Forgets at most `limit` events played before `before_ms`; their keys no longer guard against repeats.
pub fn purge(sql: &mut dyn Sql, before_ms: i64, limit: i64) -> Result<u64, StoreError> {
    let text = "delete from inbox where (business_id, id) in (select business_id, id from inbox \
                where status = 1 and finished_at_ms < $1 order by finished_at_ms limit $2)";
    sql.exec(text, values![before_ms, limit])
}

fn inbox_row(row: &Row<'_>) -> Result<InboxRow, StoreError> {
    Ok(InboxRow {
        id: row.int(0)?,
        conversation_id: row.text(1)?,
        kind: row.text(2)?,
        payload: row.text(3)?,
        received_at_ms: row.int(4)?,
        due_at_ms: row.int(5)?,
        attempts: row.int(6)?,
    })
}
