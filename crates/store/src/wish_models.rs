//! Models of wishes that businesses trained, by version. Version 0 is the shipped model and has no row.

use crate::{Sql, StoreError, businesses, one, values};

/// Versions kept for going back; the one in use is never among the dropped.
pub const KEPT_MAX: i64 = 20;

/// Keeps a model as the next version, puts it to use and returns its number.
///
/// A number is never used twice, also after going back.
pub fn publish(sql: &mut dyn Sql, business: &str, model: &[u8], now_ms: i64) -> Result<i64, StoreError> {
    let text = "select coalesce(max(version), 0) from wish_models where business_id = $1";
    let last = one(sql, text, values![business], |row| row.int(0))?.unwrap_or(0);
    let (version, replaced) = (last + 1, in_use(sql, business)?);
    let text = "insert into wish_models (business_id, version, replaced, model, created_at_ms) \
                values ($1, $2, $3, $4, $5)";
    sql.run(text, values![business, version, replaced, model, now_ms])?;
    businesses::use_wish_version(sql, business, version)?;
    let text = "delete from wish_models where business_id = $1 and version <= $2";
    sql.run(text, values![business, version - KEPT_MAX])?;
    Ok(version)
}

/// Puts what the version in use had replaced to use again and returns its number, 0 for the shipped
/// model, which also stands in for a dropped one. `None` when the shipped model is in use already.
pub fn roll_back(sql: &mut dyn Sql, business: &str) -> Result<Option<i64>, StoreError> {
    let used = in_use(sql, business)?;
    if used == 0 {
        return Ok(None);
    }
    let text = "select earlier.version from wish_models used join wish_models earlier \
                on earlier.business_id = used.business_id and earlier.version = used.replaced \
                where used.business_id = $1 and used.version = $2";
    let before = one(sql, text, values![business, used], |row| row.int(0))?.unwrap_or(0);
    businesses::use_wish_version(sql, business, before)?;
    Ok(Some(before))
}

fn in_use(sql: &mut dyn Sql, business: &str) -> Result<i64, StoreError> {
    Ok(businesses::get_version(sql, business)?.map_or(0, |versions| versions.wishes))
}

/// Reads a kept version.
pub fn get(sql: &mut dyn Sql, business: &str, version: i64) -> Result<Option<Vec<u8>>, StoreError> {
    let text = "select model from wish_models where business_id = $1 and version = $2";
    one(sql, text, values![business, version], |row| row.bytes(0))
}
