//! Accesses that owners let us have to their portals, and who is having one renewed. All of it is secret.

use std::fmt;

use crate::{Row, Sql, StoreError, one, values};

/// An access as it stands.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    /// The application it was given to.
    pub client_id: String,
    /// The portal's own name.
    pub member_id: String,
    /// Where it is called.
    pub endpoint: String,
    /// Good for about an hour.
    pub access: String,
    /// Brings the next access, once.
    pub refresh: String,
    /// When the access ends by the vendor's word.
    pub expires_at_ms: i64,
    /// What the portal proves its events with.
    pub application_token: Option<String>,
    /// Grows with every change.
    pub version: i64,
    /// Somebody is having it renewed until then.
    pub leased_until_ms: i64,
    /// Since when the vendor takes it no more.
    pub lost_at_ms: Option<i64>,
    /// The owners have heard of that.
    pub is_told: bool,
}

/// Shows neither an access nor a word that brings one.
impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("member_id", &self.member_id)
            .field("version", &self.version)
            .field("expires_at_ms", &self.expires_at_ms)
            .field("lost_at_ms", &self.lost_at_ms)
            .finish_non_exhaustive()
    }
}

/// What a vendor has just given. `application_token` as for [`Grant`]; `None` leaves the one that stands.
#[derive(Clone)]
pub struct NewGrant {
    /// See [`Grant`].
    pub client_id: String,
    /// See [`Grant`].
    pub member_id: String,
    /// See [`Grant`].
    pub endpoint: String,
    /// See [`Grant`].
    pub access: String,
    /// See [`Grant`].
    pub refresh: String,
    /// See [`Grant`].
    pub expires_at_ms: i64,
    /// See [`Grant`].
    pub application_token: Option<String>,
}

/// Shows no secret.
impl fmt::Debug for NewGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewGrant").field("member_id", &self.member_id).finish_non_exhaustive()
    }
}

/// Whose business and which of its CRMs.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    /// The business.
    pub business: &'a str,
    /// Kind of the CRM.
    pub crm: &'a str,
}

/// The access as it stands; `None`: never given.
pub fn get(sql: &mut dyn Sql, of: Of<'_>) -> Result<Option<Grant>, StoreError> {
    let text = "select client_id, member_id, endpoint, access, refresh, expires_at_ms, application_token, version, \
                lease_until_ms, lost_at_ms, told_at_ms from grants where business_id = $1 and crm = $2";
    one(sql, text, values![of.business, of.crm], grant)
}

fn grant(row: &Row<'_>) -> Result<Grant, StoreError> {
    Ok(Grant {
        client_id: row.text(0)?,
        member_id: row.text(1)?,
        endpoint: row.text(2)?,
        access: row.text(3)?,
        refresh: row.text(4)?,
        expires_at_ms: row.int(5)?,
        application_token: row.opt_text(6)?,
        version: row.int(7)?,
        leased_until_ms: row.int(8)?,
        lost_at_ms: row.opt_int(9)?,
        is_told: row.opt_int(10)?.is_some(),
    })
}

/// Puts an access that an owner has just given over whatever stood: nothing is lost any more, and whoever was having
/// the old one renewed finds that it has moved on. The token of another application or portal goes with it.
pub fn put(sql: &mut dyn Sql, of: Of<'_>, new: &NewGrant) -> Result<(), StoreError> {
    let text = "insert into grants (business_id, crm, client_id, member_id, endpoint, access, refresh, expires_at_ms, \
                application_token, version, lease_owner, lease_until_ms, lost_at_ms, told_at_ms) \
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, '', 0, null, null) \
                on conflict (business_id, crm) do update set \
                application_token = case when excluded.application_token is not null then excluded.application_token \
                when grants.client_id = excluded.client_id and grants.member_id = excluded.member_id \
                then grants.application_token else null end, \
                client_id = excluded.client_id, member_id = excluded.member_id, endpoint = excluded.endpoint, \
                access = excluded.access, refresh = excluded.refresh, expires_at_ms = excluded.expires_at_ms, \
                version = grants.version + 1, lease_owner = '', lease_until_ms = 0, lost_at_ms = null, \
                told_at_ms = null";
    let NewGrant { client_id, member_id, endpoint, access, refresh, expires_at_ms, application_token } = new;
    let token = application_token.as_deref();
    sql.run(text, values![of.business, of.crm, client_id, member_id, endpoint, access, refresh, *expires_at_ms, token])
}

/// Takes the lease on renewing this very version: true for one caller until `until_ms`, whoever else asks.
pub fn lease(
    sql: &mut dyn Sql,
    of: Of<'_>,
    version: i64,
    owner: &str,
    (now_ms, until_ms): (i64, i64),
) -> Result<bool, StoreError> {
    let text = "update grants set lease_owner = $4, lease_until_ms = $6 where business_id = $1 and crm = $2 \
                and version = $3 and lost_at_ms is null and lease_until_ms <= $5";
    Ok(sql.exec(text, values![of.business, of.crm, version, owner, now_ms, until_ms])? > 0)
}

/// Gives the lease back: nothing came of it.
pub fn release(sql: &mut dyn Sql, of: Of<'_>, version: i64, owner: &str) -> Result<(), StoreError> {
    let text = "update grants set lease_owner = '', lease_until_ms = 0 where business_id = $1 and crm = $2 \
                and version = $3 and lease_owner = $4";
    sql.run(text, values![of.business, of.crm, version, owner])
}

/// Puts the access that follows `version`, unless another stands there by now; ends the lease.
pub fn renew(sql: &mut dyn Sql, of: Of<'_>, version: i64, new: &NewGrant) -> Result<bool, StoreError> {
    let text = "update grants set endpoint = $4, access = $5, refresh = $6, expires_at_ms = $7, version = version + 1, \
                lease_owner = '', lease_until_ms = 0 where business_id = $1 and crm = $2 and version = $3";
    let NewGrant { endpoint, access, refresh, expires_at_ms, .. } = new;
    let values = values![of.business, of.crm, version, endpoint, access, refresh, *expires_at_ms];
    Ok(sql.exec(text, values)? > 0)
}

/// Remembers that the vendor takes this version no more; ends the lease. False when another stands there by now.
pub fn lose(sql: &mut dyn Sql, of: Of<'_>, version: i64, now_ms: i64) -> Result<bool, StoreError> {
    let text = "update grants set lost_at_ms = $4, version = version + 1, lease_owner = '', lease_until_ms = 0 \
                where business_id = $1 and crm = $2 and version = $3 and lost_at_ms is null";
    Ok(sql.exec(text, values![of.business, of.crm, version, now_ms])? > 0)
}

/// Since when the access is lost, told to the caller alone and once.
pub fn tell_lost(sql: &mut dyn Sql, of: Of<'_>, now_ms: i64) -> Result<Option<i64>, StoreError> {
    let text = "update grants set told_at_ms = $3 where business_id = $1 and crm = $2 and lost_at_ms is not null \
                and told_at_ms is null returning lost_at_ms";
    one(sql, text, values![of.business, of.crm, now_ms], |row| row.int(0))
}

/// Keeps a link by its hash, and forgets those that have run out.
pub fn put_link(
    sql: &mut dyn Sql,
    of: Of<'_>,
    (state_hash, browser_hash): (&str, &str),
    (now_ms, until_ms): (i64, i64),
) -> Result<(), StoreError> {
    sql.run("delete from grant_links where business_id = $1 and until_ms <= $2", values![of.business, now_ms])?;
    let text = "insert into grant_links (business_id, crm, state_hash, browser_hash, until_ms) \
                values ($1, $2, $3, $4, $5)";
    sql.run(text, values![of.business, of.crm, state_hash, browser_hash, until_ms])
}

/// Uses a link up: the hash of the browser it was made for, empty for any. `None` for one that is used or too old.
pub fn take_link(sql: &mut dyn Sql, of: Of<'_>, state_hash: &str, now_ms: i64) -> Result<Option<String>, StoreError> {
    let text = "delete from grant_links where business_id = $1 and crm = $2 and state_hash = $3 and until_ms > $4 \
                returning browser_hash";
    one(sql, text, values![of.business, of.crm, state_hash, now_ms], |row| row.text(0))
}
