//! The journal: who did what. Rows are only added; the database refuses to change them.

use crate::{Sql, StoreError, all, values};

/// Something somebody did.
#[derive(Debug, Clone, Copy)]
pub struct NewEntry<'a> {
    /// When.
    pub at_ms: i64,
    /// Who: a login, a person, `bot`.
    pub actor: &'a str,
    /// What.
    pub action: &'a str,
    /// To what.
    pub subject: &'a str,
    /// JSON; no phones, names or texts.
    pub details: &'a str,
}

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Grows.
    pub id: i64,
    /// When.
    pub at_ms: i64,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// JSON.
    pub details: String,
}

/// Adds a line.
pub fn append(sql: &mut dyn Sql, business: &str, entry: &NewEntry<'_>) -> Result<(), StoreError> {
    let text = "insert into journal (business_id, at_ms, actor, action, subject, details) \
                values ($1, $2, $3, $4, $5, $6)";
    let NewEntry { at_ms, actor, action, subject, details } = *entry;
    sql.run(text, values![business, at_ms, actor, action, subject, details])
}

/// Lists lines before number `before_id`, newest first; `i64::MAX` begins at the end.
pub fn list(sql: &mut dyn Sql, business: &str, before_id: i64, limit: i64) -> Result<Vec<Entry>, StoreError> {
    let text = "select id, at_ms, actor, action, subject, details from journal \
                where business_id = $1 and id < $2 order by id desc limit $3";
    all(sql, text, values![business, before_id, limit], |row| {
        Ok(Entry {
            id: row.int(0)?,
            at_ms: row.int(1)?,
            actor: row.text(2)?,
            action: row.text(3)?,
            subject: row.text(4)?,
            details: row.text(5)?,
        })
    })
}
