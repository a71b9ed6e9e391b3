//! Brings the schema forward, one numbered file at a time, never back.

use rusqlite::Connection;
use tokio_postgres::Client;

use crate::StoreError;
use crate::sqlite::refusal;

mod lite {
    refinery::embed_migrations!("migrations/sqlite");
}

mod pg {
    refinery::embed_migrations!("migrations/postgres");
}

/// Nodes that start together migrate one after another; any number of our own will do.
const MIGRATION_LOCK: i64 = 0x6e6f_6368_6e69_6b01;

/// Migrates SQLite; each file is whole or not at all.
pub(crate) fn sqlite(connection: &mut Connection) -> Result<(), StoreError> {
    let runner = lite::migrations::runner();
    let applied = connection
        .query_row("select count(*) from sqlite_schema where name = 'refinery_schema_history'", [], |row| row.get(0))
        .and_then(|tables: i64| match tables {
            0 => Ok(None),
            _ => connection.query_row("select max(version) from refinery_schema_history", [], |row| row.get(0)),
        })
        .map_err(|error| refusal("refinery_schema_history", &error))?;
    refuse_newer(&runner, applied)?;
    runner.run(connection).map(drop).map_err(failed)
}

/// Migrates PostgreSQL under a lock that other starting nodes wait for.
pub(crate) async fn postgres(client: &mut Client) -> Result<(), StoreError> {
    let runner = pg::migrations::runner();
    let refusal = |error| crate::postgres::refusal("refinery_schema_history", &error);
    // A large table is changed for as long as that takes, and the other nodes wait for it.
    client.batch_execute("set statement_timeout = 0; set lock_timeout = 0").await.map_err(refusal)?;
    client.execute("select pg_advisory_lock($1)", &[&MIGRATION_LOCK]).await.map_err(refusal)?;
    let there = client.query_one("select to_regclass('refinery_schema_history') is not null", &[]).await;
    let applied: Option<i64> = if there.map_err(refusal)?.get(0) {
        let newest = client.query_one("select max(version)::bigint from refinery_schema_history", &[]).await;
        newest.map_err(refusal)?.get(0)
    } else {
        None
    };
    refuse_newer(&runner, applied)?;
    runner.run_async(client).await.map_err(failed)?;
    client.execute("select pg_advisory_unlock($1)", &[&MIGRATION_LOCK]).await.map_err(refusal)?;
    client.batch_execute("reset statement_timeout; reset lock_timeout").await.map_err(refusal)
}

fn refuse_newer(runner: &refinery::Runner, applied: Option<i64>) -> Result<(), StoreError> {
    let known = runner.get_migrations().iter().map(|migration| i64::from(migration.version())).max().unwrap_or(0);
    match applied {
        Some(found) if found > known => Err(StoreError::NotOurs { found, known }),
        _ => Ok(()),
    }
}

fn failed(error: refinery::Error) -> StoreError {
    StoreError::database("refinery_schema_history", "migration", error.to_string())
}
