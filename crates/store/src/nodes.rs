//! Which nodes of the installation are alive, by their own word.

use crate::{Dialect, Sql, StoreError, all, one, values};

/// The clock that all nodes share, which is the server's; a file is one node's own, and so is its clock, `own_ms`.
pub fn clock_ms(sql: &mut dyn Sql, own_ms: i64) -> Result<i64, StoreError> {
    if sql.dialect() == Dialect::Sqlite {
        return Ok(own_ms);
    }
    let text = "select cast(extract(epoch from clock_timestamp()) * 1000 as bigint)";
    Ok(one(sql, text, &[], |row| row.int(0))?.unwrap_or(own_ms))
}

/// Says that this node is alive; `now_ms` by [`clock_ms`].
pub fn beat(sql: &mut dyn Sql, node: &str, now_ms: i64) -> Result<(), StoreError> {
    let text = "insert into nodes (id, heartbeat_ms) values ($1, $2) \
                on conflict (id) do update set heartbeat_ms = excluded.heartbeat_ms";
    sql.run(text, values![node, now_ms])
}

/// Lists nodes that spoke at `since_ms` or later, by id.
pub fn alive(sql: &mut dyn Sql, since_ms: i64) -> Result<Vec<String>, StoreError> {
    all(sql, "select id from nodes where heartbeat_ms >= $1 order by id", values![since_ms], |row| row.text(0))
}

/// Forgets nodes silent since before `before_ms`; returns how many.
pub fn forget(sql: &mut dyn Sql, before_ms: i64) -> Result<u64, StoreError> {
    sql.exec("delete from nodes where heartbeat_ms < $1", values![before_ms])
}
