//! The journal: who did what. Rows are only added; the database refuses to change them.

use crate::{Row, Sql, StoreError, all, values};

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

/// Which lines are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Who did it; empty is anybody.
    pub actor: &'a str,
    /// What was done; empty is anything.
    pub actions: &'a [&'a str],
    /// Before this number; `i64::MAX` begins at the end.
    pub before_id: i64,
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
    all(sql, text, values![business, before_id, limit], entry)
}

/// Lists the lines that are wanted, newest first.
pub fn search(sql: &mut dyn Sql, business: &str, wanted: &Wanted<'_>, limit: i64) -> Result<Vec<Entry>, StoreError> {
    let text = "select id, at_ms, actor, action, subject, details from journal where business_id = $1 and id < $2 \
                and (cast($3 as text) = '' or actor = $3) \
                and (cast($4 as text) = '' or $4 like '%,' || action || ',%') order by id desc limit $5";
    // Between commas, so that no action is found within another.
    let actions = if wanted.actions.is_empty() { String::new() } else { format!(",{},", wanted.actions.join(",")) };
    all(sql, text, values![business, wanted.before_id, wanted.actor, &actions, limit], entry)
}

fn entry(row: &Row<'_>) -> Result<Entry, StoreError> {
    Ok(Entry {
        id: row.int(0)?,
        at_ms: row.int(1)?,
        actor: row.text(2)?,
        action: row.text(3)?,
        subject: row.text(4)?,
        details: row.text(5)?,
    })
}
