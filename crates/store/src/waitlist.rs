//! Who waits for a time that is taken.

use crate::{Row, Sql, StoreError, all, values};

/// One conversation's entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Who waits.
    pub conversation_id: String,
    /// The earliest time that would do.
    pub from_ms: i64,
    /// After this nothing would.
    pub to_ms: i64,
    /// Since when.
    pub since_ms: i64,
    /// What is waited for, JSON.
    pub entry: String,
}

/// Puts an entry, or the newer one over it.
pub fn put(sql: &mut dyn Sql, business: &str, waiting: &Waiting) -> Result<(), StoreError> {
    let text = "insert into waitlist (business_id, conversation_id, from_ms, to_ms, since_ms, entry) \
                values ($1, $2, $3, $4, $5, $6) on conflict (business_id, conversation_id) do update set \
                from_ms = excluded.from_ms, to_ms = excluded.to_ms, since_ms = excluded.since_ms, \
                entry = excluded.entry";
    let Waiting { conversation_id, from_ms, to_ms, since_ms, entry } = waiting;
    sql.exec(text, values![business, conversation_id.as_str(), *from_ms, *to_ms, *since_ms, entry.as_str()]).map(drop)
}

/// Takes an entry off the list, if it is on it.
pub fn remove(sql: &mut dyn Sql, business: &str, conversation: &str) -> Result<(), StoreError> {
    sql.exec("delete from waitlist where business_id = $1 and conversation_id = $2", values![business, conversation])
        .map(drop)
}

/// Entries whose times meet `from_ms..to_ms`, whoever has waited longest first, at most `limit`.
pub fn meeting(
    sql: &mut dyn Sql,
    business: &str,
    from_ms: i64,
    to_ms: i64,
    limit: i64,
) -> Result<Vec<Waiting>, StoreError> {
    let text = "select conversation_id, from_ms, to_ms, since_ms, entry from waitlist \
                where business_id = $1 and to_ms > $2 and from_ms < $3 order by since_ms, conversation_id limit $4";
    all(sql, text, values![business, from_ms, to_ms, limit], waiting_of)
}

fn waiting_of(row: &Row) -> Result<Waiting, StoreError> {
    Ok(Waiting {
        conversation_id: row.text(0)?,
        from_ms: row.int(1)?,
        to_ms: row.int(2)?,
        since_ms: row.int(3)?,
        entry: row.text(4)?,
    })
}
