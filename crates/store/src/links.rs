//! Short links of our own, and what is opened and pressed: numbers a day, nobody's name.

use crate::{Sql, StoreError, all, one, values};

/// An address under its short name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its short name, the same on the whole installation.
    pub code: String,
    /// Whose.
    pub business: String,
    /// Where it leads.
    pub target: String,
}

/// How often something was shown and taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clicks {
    /// `link:CODE` or `button:KIND`.
    pub what: String,
    /// Times a client saw it.
    pub shown: i64,
    /// Times one opened or pressed it.
    pub taken: i64,
}

/// Keeps an address; one that is there stays as it is.
pub fn put(sql: &mut dyn Sql, link: &Link, now_ms: i64) -> Result<(), StoreError> {
    let text = "insert into links (code, business_id, target, created_at_ms) values ($1, $2, $3, $4) \
                on conflict (code) do nothing";
    sql.run(text, values![&link.code, &link.business, &link.target, now_ms])
}

/// Finds an address by its short name.
pub fn get(sql: &mut dyn Sql, code: &str) -> Result<Option<Link>, StoreError> {
    let text = "select code, business_id, target from links where code = $1";
    one(sql, text, values![code], |row| Ok(Link { code: row.text(0)?, business: row.text(1)?, target: row.text(2)? }))
}

/// The addresses of a business, the newest first.
pub fn list(sql: &mut dyn Sql, business: &str, limit: i64) -> Result<Vec<Link>, StoreError> {
    let text = "select code, business_id, target from links where business_id = $1 \
                order by created_at_ms desc, code limit $2";
    all(sql, text, values![business, limit], |row| {
        Ok(Link { code: row.text(0)?, business: row.text(1)?, target: row.text(2)? })
    })
}

/// Counts what was shown and taken on a day (days since 1970).
pub fn count(sql: &mut dyn Sql, business: &str, day: i64, clicks: &Clicks) -> Result<(), StoreError> {
    let text = "insert into clicks (business_id, day, what, shown, taken) values ($1, $2, $3, $4, $5) \
                on conflict (business_id, day, what) do update \
                set shown = clicks.shown + excluded.shown, taken = clicks.taken + excluded.taken";
    sql.run(text, values![business, day, &clicks.what, clicks.shown, clicks.taken])
}

/// All that was shown since a day, what was shown most first.
pub fn since(sql: &mut dyn Sql, business: &str, day: i64) -> Result<Vec<Clicks>, StoreError> {
    let text = "select what, cast(sum(shown) as bigint), cast(sum(taken) as bigint) from clicks \
                where business_id = $1 and day >= $2 group by what order by 2 desc, 1";
    all(sql, text, values![business, day], |row| {
        Ok(Clicks { what: row.text(0)?, shown: row.int(1)?, taken: row.int(2)? })
    })
}
