//! What proves a person beside the password: a code of the phone, or one of the recovery codes.
//!
//! No secret comes here: the floors above derive it from the salt, and hash the recovery codes.

use crate::{Sql, StoreError, all, one, values};

/// A second factor that is switched on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    /// What the secret follows from, beside the key of the installation.
    pub salt: String,
    /// The step of the last code that was taken; that one and all before it are worth nothing.
    pub last_step: i64,
    /// When it was switched on.
    pub since_ms: i64,
}

/// Reads the factor of a login; `None` when the password is enough.
pub fn get(sql: &mut dyn Sql, business: &str, login: &str) -> Result<Option<Factor>, StoreError> {
    let text = "select salt, last_step, since_ms from second_factors where business_id = $1 and login = $2";
    one(sql, text, values![business, login], |row| {
        Ok(Factor { salt: row.text(0)?, last_step: row.int(1)?, since_ms: row.int(2)? })
    })
}

/// Lists the logins with a factor.
pub fn logins(sql: &mut dyn Sql, business: &str) -> Result<Vec<String>, StoreError> {
    let text = "select login from second_factors where business_id = $1 order by login";
    all(sql, text, values![business], |row| row.text(0))
}

/// Switches a factor on; false when there is one already, which stays.
pub fn switch_on(sql: &mut dyn Sql, business: &str, login: &str, factor: &Factor) -> Result<bool, StoreError> {
    let text = "insert into second_factors (business_id, login, salt, last_step, since_ms) \
                values ($1, $2, $3, $4, $5) on conflict do nothing";
    let Factor { salt, last_step, since_ms } = factor;
    Ok(sql.exec(text, values![business, login, salt, *last_step, *since_ms])? > 0)
}

/// Takes the code of a step; false when that one or a later one was taken before.
pub fn use_step(sql: &mut dyn Sql, business: &str, login: &str, step: i64) -> Result<bool, StoreError> {
    let text = "update second_factors set last_step = $3 where business_id = $1 and login = $2 and last_step < $3";
    Ok(sql.exec(text, values![business, login, step])? > 0)
}

/// Takes the factor and its recovery codes away; false when there was none.
pub fn remove(sql: &mut dyn Sql, business: &str, login: &str) -> Result<bool, StoreError> {
    sql.run("delete from recovery_codes where business_id = $1 and login = $2", values![business, login])?;
    Ok(sql.exec("delete from second_factors where business_id = $1 and login = $2", values![business, login])? > 0)
}

/// Puts new recovery codes in place of the old ones.
pub fn put_recovery(sql: &mut dyn Sql, business: &str, login: &str, hashes: &[String]) -> Result<(), StoreError> {
    sql.run("delete from recovery_codes where business_id = $1 and login = $2", values![business, login])?;
    for hash in hashes {
        let text = "insert into recovery_codes (business_id, login, code_hash) values ($1, $2, $3)";
        sql.run(text, values![business, login, hash])?;
    }
    Ok(())
}

/// Uses a recovery code up; false when it is wrong or used.
pub fn use_recovery(
    sql: &mut dyn Sql,
    business: &str,
    login: &str,
    hash: &str,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let text = "update recovery_codes set used_at_ms = $4 \
                where business_id = $1 and login = $2 and code_hash = $3 and used_at_ms is null";
    Ok(sql.exec(text, values![business, login, hash, now_ms])? > 0)
}

/// Counts the recovery codes that are left.
pub fn recovery_left(sql: &mut dyn Sql, business: &str, login: &str) -> Result<i64, StoreError> {
    let text = "select count(*) from recovery_codes where business_id = $1 and login = $2 and used_at_ms is null";
    Ok(one(sql, text, values![business, login], |row| row.int(0))?.unwrap_or(0))
}
