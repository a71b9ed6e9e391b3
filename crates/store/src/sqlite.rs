//! SQLite: how a connection is opened, and the door to statements on it.

use std::borrow::Cow;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, types};

use crate::sql::{Cells, Row, storable, table_of};
use crate::{Change, Dialect, Sql, StoreError, Value};

/// First release without the bug that can corrupt a database when the WAL is reset.
/// Source: <https://www.sqlite.org/wal.html#walresetbug>
const VERSION_MIN: i32 = 3_051_003;
/// How long a statement waits for a lock that only a backup may hold.
const BUSY_MS: u64 = 5_000;
/// Pages of the log after which they are moved into the file: 16 MB. SQLite's own 1,000 would be every
/// few commits under load, and each move flushes twice.
const CHECKPOINT_PAGES: i32 = 4_000;
/// Memory of one connection for pages, negative as SQLite wants it for KiB. More would not help (the
/// system keeps the file in its own memory) and would hurt: after a page split SQLite looks through
/// every slot of this cache at the end of each commit (measured with 64 MiB: a tenth of all work).
const CACHE_KIB: i32 = -8_192;
/// Statements kept prepared on one connection; the product has about 150.
const STATEMENTS_MAX: usize = 256;

/// Refuses a library that is too old to be trusted with WAL.
pub(crate) fn check_version() -> Result<(), StoreError> {
    if rusqlite::version_number() < VERSION_MIN {
        return Err(StoreError::Fatal(format!("SQLite {} старше 3.51.3", rusqlite::version())));
    }
    Ok(())
}

/// Takes the file beside the database that only one process may hold; it is freed when dropped.
pub(crate) fn take_lock(database: &Path) -> Result<File, StoreError> {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    let file = private(&PathBuf::from(name))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Occupied { path: database.into() }),
        Err(TryLockError::Error(error)) => Err(cannot_open(&error)),
    }
}

/// Opens the connection that writes: WAL, and every commit reaches the disk before it is answered.
pub(crate) fn open_writer(database: &Path) -> Result<Connection, StoreError> {
    private(database)?;
    let connection = Connection::open(database).map_err(|error| refusal("", &error))?;
    set_up(&connection, "pragma journal_mode = wal; pragma synchronous = full;")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES).map_err(|error| refusal("", &error))?;
    Ok(connection)
}

/// Opens a database that lives as long as its connection.
pub(crate) fn open_memory() -> Result<Connection, StoreError> {
    let connection = Connection::open_in_memory().map_err(|error| refusal("", &error))?;
    set_up(&connection, "")?;
    Ok(connection)
}

/// Opens a connection that cannot write.
pub(crate) fn open_reader(database: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags).map_err(|error| refusal("", &error))?;
    set_up(&connection, "")?;
    Ok(connection)
}

fn set_up(connection: &Connection, more: &str) -> Result<(), StoreError> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // QPSG: else the planner looks at bound values for partial indexes, and every statement that meets
    // one is prepared anew each time it runs.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .and_then(|_| connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS)))
        .and_then(|()| connection.pragma_update(None, "cache_size", CACHE_KIB))
        .and_then(|()| connection.execute_batch("pragma temp_store = memory;"))
        .and_then(|()| connection.execute_batch(more))
        .map_err(|error| refusal("", &error))
}

/// Opens or creates a file that only its owner may read.
fn private(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| cannot_open(&error))
}

fn cannot_open(error: &std::io::Error) -> StoreError {
    StoreError::database("", error.kind().to_string(), "файл базы не открывается")
}

/// Statements on one SQLite connection, inside a transaction that the owner of the connection began.
pub(crate) struct Lite<'c> {
    connection: &'c Connection,
    /// What to tell once the transaction is committed.
    pub(crate) changes: Vec<Change>,
    /// The first statement that failed: the job must not be kept.
    pub(crate) failure: Option<StoreError>,
}

impl<'c> Lite<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Self {
        Self { connection, changes: Vec::new(), failure: None }
    }

    fn keep<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result {
            self.failure.get_or_insert_with(|| error.clone());
        }
        result
    }
}

impl Sql for Lite<'_> {
    fn exec(&mut self, text: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let done = prepare(self.connection, text, values)
            .and_then(|mut statement| statement.raw_execute())
            .map(|changed| changed as u64)
            .map_err(|error| refusal(table_of(text), &error));
        self.keep(done)
    }

    fn rows(
        &mut self,
        text: &'static str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let done = read(self.connection, text, values, each);
        self.keep(done)
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn announce(&mut self, change: Change) -> Result<(), StoreError> {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
        Ok(())
    }
}

fn read(
    connection: &Connection,
    text: &'static str,
    values: &[Value<'_>],
    each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let table = table_of(text);
    let mut statement = prepare(connection, text, values).map_err(|error| refusal(table, &error))?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(|error| refusal(table, &error))? {
        each(&Row { cells: Cells::Sqlite(row), table })?;
    }
    Ok(())
}

/// Prepares a statement and binds `$n` to the n-th value: SQLite itself takes `$n` for a name and numbers names as they come.
fn prepare<'c>(
    connection: &'c Connection,
    text: &'static str,
    values: &[Value<'_>],
) -> rusqlite::Result<rusqlite::CachedStatement<'c>> {
    let mut statement = connection.prepare_cached(text)?;
    for index in 1..=statement.parameter_count() {
        let number = statement.parameter_name(index).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        let value = number.and_then(|number| values.get(number.checked_sub(1)?));
        let value = value.ok_or_else(|| rusqlite::Error::InvalidParameterCount(values.len(), index))?;
        statement.raw_bind_parameter(index, value)?;
    }
    Ok(statement)
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<types::ToSqlOutput<'_>> {
        Ok(types::ToSqlOutput::Borrowed(match *self {
            Value::Text(value) if let Cow::Owned(mended) = storable(value) => {
                return Ok(types::ToSqlOutput::Owned(types::Value::Text(mended)));
            }
            Value::Null => types::ValueRef::Null,
            Value::Int(value) => types::ValueRef::Integer(value),
            Value::Float(value) => types::ValueRef::Real(value),
            Value::Text(value) => types::ValueRef::Text(value.as_bytes()),
            Value::Bytes(value) => types::ValueRef::Blob(value),
        }))
    }
}

/// Sorts SQLite's answer. Input-output errors and a broken file are fatal: after a failed fsync nothing on the page cache is certain.
pub(crate) fn refusal(table: &str, error: &rusqlite::Error) -> StoreError {
    let rusqlite::Error::SqliteFailure(failure, words) = error else {
        return StoreError::database(table, "rusqlite", error.to_string());
    };
    let words = words.clone().unwrap_or_else(|| failure.to_string());
    match (failure.code, failure.extended_code) {
        (ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, code) => {
            StoreError::Fatal(format!("{words} [{code}]"))
        }
        (_, rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => {
            StoreError::Duplicate { table: table.into() }
        }
        (_, rusqlite::ffi::SQLITE_CONSTRAINT_TRIGGER) if words == crate::dialect::TAKEN => StoreError::Taken,
        (_, code) => StoreError::database(table, code.to_string(), words),
    }
}
