//! Who of the staff opened what of a client: once for a person, a record and an hour.

use crate::{Sql, StoreError, all, values};

const HOUR_MS: i64 = 3_600_000;

/// Something somebody opened.
#[derive(Debug, Clone, Copy)]
pub struct NewView<'a> {
    /// Who: a login.
    pub login: &'a str,
    /// What kind of record.
    pub what: &'a str,
    /// Which one; empty for a whole list.
    pub record: &'a str,
    /// When.
    pub at_ms: i64,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Grows.
    pub id: i64,
    /// Who.
    pub login: String,
    /// What kind of record.
    pub what: String,
    /// Which one; empty for a whole list.
    pub record: String,
    /// The first time within the hour.
    pub at_ms: i64,
}

/// Keeps that a record was opened, unless the same person opened it in the same hour.
pub fn note(sql: &mut dyn Sql, business: &str, view: &NewView<'_>) -> Result<(), StoreError> {
    let text = "insert into record_views (business_id, login, what, record, hour_ms, at_ms) \
                values ($1, $2, $3, $4, $5, $6) on conflict do nothing";
    let NewView { login, what, record, at_ms } = *view;
    sql.run(text, values![business, login, what, record, at_ms - at_ms.rem_euclid(HOUR_MS), at_ms])
}

/// Lists lines of one person, or of all when `login` is empty, before number `before_id`, newest first.
pub fn list(
    sql: &mut dyn Sql,
    business: &str,
    login: &str,
    before_id: i64,
    limit: i64,
) -> Result<Vec<View>, StoreError> {
    let text = "select id, login, what, record, at_ms from record_views where business_id = $1 and id < $2 \
                and (cast($3 as text) = '' or login = $3) order by id desc limit $4";
    all(sql, text, values![business, before_id, login, limit], |row| {
        Ok(View { id: row.int(0)?, login: row.text(1)?, what: row.text(2)?, record: row.text(3)?, at_ms: row.int(4)? })
    })
}

/// Forgets lines of all businesses from before `before_ms`, at most `limit` of them.
pub fn purge(sql: &mut dyn Sql, before_ms: i64, limit: i64) -> Result<u64, StoreError> {
    let text = "delete from record_views where id in \
                (select id from record_views where at_ms < $1 order by at_ms limit $2)";
    sql.exec(text, values![before_ms, limit])
}
