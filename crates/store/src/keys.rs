//! Small secrets and marks of the installation, shared by its nodes.

use crate::{Sql, StoreError, one, values};

/// Reads a value.
pub fn get(sql: &mut dyn Sql, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    one(sql, "select value from settings where name = $1", values![name], |row| row.bytes(0))
}

/// Stores a value unless there is one, and returns the one that stands: nodes that start together end up with the same key.
pub fn put_once(sql: &mut dyn Sql, name: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
    let text = "insert into settings (name, value) values ($1, $2) on conflict (name) do nothing";
    sql.run(text, values![name, value])?;
    get(sql, name)?.ok_or_else(|| StoreError::stale("settings"))
}

/// Stores a value over the old one.
pub fn put(sql: &mut dyn Sql, name: &str, value: &[u8]) -> Result<(), StoreError> {
    let text =
        "insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value";
    sql.run(text, values![name, value])
}
