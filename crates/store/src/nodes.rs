//! Which nodes of the installation are alive, by their own word.

use crate::{Sql, StoreError, all, values};

/// Says that this node is alive.
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
