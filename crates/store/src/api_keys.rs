//! Keys by which programs of a business come in. Only the hash of a key is kept.

use crate::{Row, Sql, StoreError, all, one, values};

/// A key as it is made.
#[derive(Debug, Clone, Copy)]
pub struct NewKey<'a> {
    /// Its name in addresses and in the journal; opens nothing.
    pub id: &'a str,
    /// What the program sends, hashed.
    pub secret_hash: &'a str,
    /// What the owner calls it.
    pub title: &'a str,
    /// What it may do: words with spaces between them.
    pub scopes: &'a str,
    /// In whose name the program acts.
    pub person_id: &'a str,
    /// When.
    pub created_at_ms: i64,
}

/// A kept key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Whose.
    pub business: String,
    /// Its name in addresses and in the journal.
    pub id: String,
    /// What the owner calls it.
    pub title: String,
    /// What it may do: words with spaces between them.
    pub scopes: String,
    /// In whose name the program acts.
    pub person_id: String,
    /// When it was made.
    pub created_at_ms: i64,
    /// When it was last used, to the step its caller keeps; `None` is never.
    pub used_at_ms: Option<i64>,
    /// Since when it opens nothing.
    pub revoked_at_ms: Option<i64>,
}

/// Keeps a new key, unless the business has `living_max` that live; false when it has.
pub fn put(sql: &mut dyn Sql, business: &str, key: &NewKey<'_>, living_max: i64) -> Result<bool, StoreError> {
    let text = "insert into api_keys (business_id, id, secret_hash, title, scopes, person_id, created_at_ms) \
                select $1, $2, $3, $4, $5, $6, $7 where \
                (select count(*) from api_keys where business_id = $1 and revoked_at_ms is null) < $8";
    let NewKey { id, secret_hash, title, scopes, person_id, created_at_ms } = *key;
    let values = values![business, id, secret_hash, title, scopes, person_id, created_at_ms, living_max];
    Ok(sql.exec(text, values)? > 0)
}

/// Finds the living key behind a hash, of whichever business.
pub fn find(sql: &mut dyn Sql, secret_hash: &str) -> Result<Option<ApiKey>, StoreError> {
    let text = "select business_id, id, title, scopes, person_id, created_at_ms, used_at_ms, revoked_at_ms \
                from api_keys where secret_hash = $1 and revoked_at_ms is null";
    one(sql, text, values![secret_hash], key)
}

/// Lists the keys of a business, revoked ones too, the newest first.
pub fn list(sql: &mut dyn Sql, business: &str) -> Result<Vec<ApiKey>, StoreError> {
    let text = "select business_id, id, title, scopes, person_id, created_at_ms, used_at_ms, revoked_at_ms \
                from api_keys where business_id = $1 order by created_at_ms desc, id desc";
    all(sql, text, values![business], key)
}

/// Records that a key was used.
pub fn used(sql: &mut dyn Sql, business: &str, id: &str, at_ms: i64) -> Result<(), StoreError> {
    sql.run("update api_keys set used_at_ms = $3 where business_id = $1 and id = $2", values![business, id, at_ms])
}

/// Ends a key; false when it does not live.
pub fn revoke(sql: &mut dyn Sql, business: &str, id: &str, at_ms: i64) -> Result<bool, StoreError> {
    let text = "update api_keys set revoked_at_ms = $3 where business_id = $1 and id = $2 and revoked_at_ms is null";
    Ok(sql.exec(text, values![business, id, at_ms])? > 0)
}

/// Ends the keys by which programs act in somebody's name; returns their ids.
pub fn revoke_of(sql: &mut dyn Sql, business: &str, person: &str, at_ms: i64) -> Result<Vec<String>, StoreError> {
    let text = "update api_keys set revoked_at_ms = $3 \
                where business_id = $1 and person_id = $2 and revoked_at_ms is null returning id";
    all(sql, text, values![business, person, at_ms], |row| row.text(0))
}

/// Forgets keys of a business that were revoked before then.
pub fn purge(sql: &mut dyn Sql, business: &str, before_ms: i64) -> Result<(), StoreError> {
    sql.run("delete from api_keys where business_id = $1 and revoked_at_ms < $2", values![business, before_ms])
}

fn key(row: &Row<'_>) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        business: row.text(0)?,
        id: row.text(1)?,
        title: row.text(2)?,
        scopes: row.text(3)?,
        person_id: row.text(4)?,
        created_at_ms: row.int(5)?,
        used_at_ms: row.opt_int(6)?,
        revoked_at_ms: row.opt_int(7)?,
    })
}
