//! Businesses as documents: every version is kept, because a conversation must be able to say which facts it promised.

use crate::{Row, Sql, StoreError, all, dialect, one, values};

/// A business as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Business {
    /// Its id.
    pub id: String,
    /// Facts and policy, JSON.
    pub document: String,
    /// Grows with each saved document, from 1.
    pub version: i64,
    /// Grows with each change of a booking, from 0.
    pub busy_version: i64,
    /// When it was made.
    pub created_at_ms: i64,
    /// When its document was last saved.
    pub updated_at_ms: i64,
}

/// What a cached snapshot of a business is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// Of the document.
    pub version: i64,
    /// Of the busy time.
    pub busy_version: i64,
    /// Of the model wishes are read by; 0 is the shipped one.
    pub wishes: i64,
    /// Of what differs from the document's shifts for once and of who takes pushes, from 0.
    pub duty: i64,
    /// Of the weights of the score; 0 are those set by hand.
    pub scores: i64,
}

/// Saves a document as the next version and returns its number.
pub fn put(sql: &mut dyn Sql, business: &str, document: &str, now_ms: i64) -> Result<i64, StoreError> {
    let text = "insert into businesses (id, document, version, busy_version, created_at_ms, updated_at_ms) \
                values ($1, $2, 1, 0, $3, $3) on conflict (id) do update set document = excluded.document, \
                version = businesses.version + 1, updated_at_ms = excluded.updated_at_ms returning version";
    let version = one(sql, text, values![business, document, now_ms], |row| row.int(0))?;
    let version = version.ok_or_else(|| StoreError::stale("businesses"))?;
    let text = "insert into business_versions (business_id, version, document, created_at_ms) values ($1, $2, $3, $4)";
    sql.run(text, values![business, version, document, now_ms])?;
    Ok(version)
}

/// Reads a business.
pub fn get(sql: &mut dyn Sql, business: &str) -> Result<Option<Business>, StoreError> {
    let text = "select id, document, version, busy_version, created_at_ms, updated_at_ms from businesses where id = $1";
    one(sql, text, values![business], whole)
}

/// Reads a business whose next version is written in this very transaction: on PostgreSQL whoever saves another meanwhile
/// waits, and sees it.
pub fn get_to_change(sql: &mut dyn Sql, business: &str) -> Result<Option<Business>, StoreError> {
    let text = dialect::BUSINESS_TO_CHANGE.of(sql)?;
    one(sql, text, values![business], whole)
}

fn whole(row: &Row<'_>) -> Result<Business, StoreError> {
    Ok(Business {
        id: row.text(0)?,
        document: row.text(1)?,
        version: row.int(2)?,
        busy_version: row.int(3)?,
        created_at_ms: row.int(4)?,
        updated_at_ms: row.int(5)?,
    })
}

/// Reads the document a past version had.
pub fn document_of(sql: &mut dyn Sql, business: &str, version: i64) -> Result<Option<String>, StoreError> {
    let text = "select document from business_versions where business_id = $1 and version = $2";
    one(sql, text, values![business, version], |row| row.text(0))
}

/// A version as it was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub version: i64,
    /// JSON.
    pub document: String,
    pub created_at_ms: i64,
}

/// Lists versions of a document, the newest first.
pub fn versions(sql: &mut dyn Sql, business: &str, limit: i64) -> Result<Vec<Version>, StoreError> {
    let text = "select version, document, created_at_ms from business_versions where business_id = $1 \
                order by version desc limit $2";
    all(sql, text, values![business, limit], |row| {
        Ok(Version { version: row.int(0)?, document: row.text(1)?, created_at_ms: row.int(2)? })
    })
}

/// A business of our own that only proves that an answer comes; nobody's, so that no list shows it.
pub const CANARY: &str = "nochnik-canary";

/// Lists all businesses of the installation, by id.
pub fn list_ids(sql: &mut dyn Sql) -> Result<Vec<String>, StoreError> {
    all(sql, "select id from businesses where id <> $1 order by id", values![CANARY], |row| row.text(0))
}

/// Reads the versions, cheaply.
pub fn get_version(sql: &mut dyn Sql, business: &str) -> Result<Option<Versions>, StoreError> {
    let text = "select version, busy_version, wish_version, duty_version, score_version from businesses where id = $1";
    one(sql, text, values![business], |row| {
        Ok(Versions {
            version: row.int(0)?,
            busy_version: row.int(1)?,
            wishes: row.int(2)?,
            duty: row.int(3)?,
            scores: row.int(4)?,
        })
    })
}

/// Says that busy time changed. Bookings do it themselves; on PostgreSQL it also puts those who book at once in a line.
pub fn bump_busy(sql: &mut dyn Sql, business: &str) -> Result<(), StoreError> {
    let text = "update businesses set busy_version = busy_version + 1 where id = $1";
    sql.run(text, values![business])
}

/// Says which of [`crate::wish_models`] is in use.
pub(crate) fn use_wish_version(sql: &mut dyn Sql, business: &str, version: i64) -> Result<(), StoreError> {
    sql.run("update businesses set wish_version = $2 where id = $1", values![business, version])
}
