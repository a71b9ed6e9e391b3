//! What the score of leads learns from, and what it learned.

use crate::{Row, Sql, StoreError, all, one, values};

/// A refit of the weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refit {
    /// Grows with each refit, from 1.
    pub version: i64,
    /// Weights and report, JSON.
    pub refit: String,
    /// Its weights were put to use.
    pub is_used: bool,
    /// When it was made.
    pub made_at_ms: i64,
}

/// Keeps how a case ended, JSON; said again, the last word counts.
pub fn put_outcome(
    sql: &mut dyn Sql,
    business: &str,
    case: &str,
    outcome: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    let text = "insert into outcomes (business_id, case_id, outcome, ended_at_ms) values ($1, $2, $3, $4) \
                on conflict (business_id, case_id) do update set outcome = excluded.outcome";
    sql.run(text, values![business, case, outcome, now_ms])
}

/// The newest outcomes, the oldest of them first.
pub fn outcomes(sql: &mut dyn Sql, business: &str, limit: i64) -> Result<Vec<String>, StoreError> {
    let text = "select outcome from outcomes where business_id = $1 order by ended_at_ms desc, case_id desc limit $2";
    let mut newest_first = all(sql, text, values![business, limit], |row| row.text(0))?;
    newest_first.reverse();
    Ok(newest_first)
}

/// Keeps a refit as the next version, and puts its weights to use or those set by hand.
pub fn put_refit(
    sql: &mut dyn Sql,
    business: &str,
    refit: &str,
    is_used: bool,
    now_ms: i64,
) -> Result<i64, StoreError> {
    let version = last(sql, business)?.map_or(0, |refit| refit.version) + 1;
    let text =
        "insert into score_refits (business_id, version, refit, is_used, made_at_ms) values ($1, $2, $3, $4, $5)";
    sql.run(text, values![business, version, refit, i64::from(is_used), now_ms])?;
    let in_use = if is_used { version } else { 0 };
    sql.run("update businesses set score_version = $2 where id = $1", values![business, in_use])?;
    Ok(version)
}

/// The last refit.
pub fn last(sql: &mut dyn Sql, business: &str) -> Result<Option<Refit>, StoreError> {
    let text = "select version, refit, is_used, made_at_ms from score_refits where business_id = $1 \
                order by version desc limit 1";
    one(sql, text, values![business], refit)
}

/// One refit by its version.
pub fn get(sql: &mut dyn Sql, business: &str, version: i64) -> Result<Option<Refit>, StoreError> {
    let text = "select version, refit, is_used, made_at_ms from score_refits where business_id = $1 and version = $2";
    one(sql, text, values![business, version], refit)
}

fn refit(row: &Row<'_>) -> Result<Refit, StoreError> {
    Ok(Refit { version: row.int(0)?, refit: row.text(1)?, is_used: row.int(2)? != 0, made_at_ms: row.int(3)? })
}
