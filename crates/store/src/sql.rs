//! The small synchronous door to both engines: five kinds of values, two verbs.
//!
//! Synchronous on purpose: jobs are plain closures, so they need no async lifetimes and run
//! under a paused clock. Statements use `$1`, `$2`… on both engines.

use std::borrow::Cow;

use crate::{Change, Dialect, StoreError};

/// One value bound to a statement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// SQL null.
    Null,
    /// Ids, counters, flags (0/1), milliseconds since 1970-01-01 UTC.
    Int(i64),
    /// Probabilities.
    Float(f64),
    /// Ids, words, JSON.
    Text(&'a str),
    /// Keys and sealed secrets.
    Bytes(&'a [u8]),
}

/// A running transaction.
///
/// An error from [`Sql::exec`], [`Sql::run`] or [`Sql::rows`] ends the job: return it. PostgreSQL has aborted
/// the transaction by then; on SQLite the job is rolled back the same way, even if it returns `Ok`.
pub trait Sql {
    /// Runs one statement; returns how many rows it changed.
    fn exec(&mut self, text: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError>;

    /// Runs one statement whose count nobody needs. PostgreSQL does not wait for its answer: what it
    /// refuses, a later statement or the end of the job tells.
    fn run(&mut self, text: &'static str, values: &[Value<'_>]) -> Result<(), StoreError> {
        self.exec(text, values).map(drop)
    }

    /// Runs one statement and shows each row of its answer to `each`, whose error stops the reading.
    fn rows(
        &mut self,
        text: &'static str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;

    /// Tells the engine, for the few statements that differ.
    fn dialect(&self) -> Dialect;

    /// Whether the job is one of [`Store::read`](crate::Store::read), which changes nothing and holds nothing.
    fn only_reads(&self) -> bool {
        false
    }

    /// Tells all nodes about a change once the transaction is committed. Repeats within one transaction may be folded.
    fn announce(&mut self, change: Change) -> Result<(), StoreError>;
}

/// What a job that only reads is given, whichever engine and connection answers it.
pub(crate) struct Reading<'a>(pub(crate) &'a mut dyn Sql);

impl Sql for Reading<'_> {
    fn exec(&mut self, text: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        self.0.exec(text, values)
    }

    fn rows(
        &mut self,
        text: &'static str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.0.rows(text, values, each)
    }

    fn dialect(&self) -> Dialect {
        self.0.dialect()
    }

    fn only_reads(&self) -> bool {
        true
    }

    fn announce(&mut self, change: Change) -> Result<(), StoreError> {
        self.0.announce(change)
    }
}

/// Builds `&[Value]` from anything that has a [`Value`] form.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::Value::from($value)),*] };
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Int(value.into())
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Text as both engines can hold it: PostgreSQL has no zero byte, so it is shown as U+FFFD on either.
pub(crate) fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

/// One row of an answer; columns are numbered from 0. A wrong type is [`StoreError::Corrupt`].
pub struct Row<'a> {
    pub(crate) cells: Cells<'a>,
    pub(crate) table: &'a str,
}

/// The engine's own row.
pub(crate) enum Cells<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// Reads an integer.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.opt_int(column)?.ok_or_else(|| self.corrupt(column))
    }

    /// Reads an integer or null.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match &self.cells {
            Cells::Sqlite(row) => row.get(column).ok(),
            Cells::Postgres(row) => row.try_get(column).ok(),
        }
        .ok_or_else(|| self.corrupt(column))
    }

    /// Reads a number with a fraction.
    pub fn float(&self, column: usize) -> Result<f64, StoreError> {
        match &self.cells {
            Cells::Sqlite(row) => row.get(column).ok(),
            Cells::Postgres(row) => row.try_get(column).ok(),
        }
        .ok_or_else(|| self.corrupt(column))
    }

    /// Reads a flag stored as 0 or 1.
    pub fn flag(&self, column: usize) -> Result<bool, StoreError> {
        match self.int(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.corrupt(column)),
        }
    }

    /// Reads a text.
    pub fn text(&self, column: usize) -> Result<String, StoreError> {
        self.opt_text(column)?.ok_or_else(|| self.corrupt(column))
    }

    /// Reads a text or null.
    pub fn opt_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        match &self.cells {
            Cells::Sqlite(row) => row.get(column).ok(),
            Cells::Postgres(row) => row.try_get(column).ok(),
        }
        .ok_or_else(|| self.corrupt(column))
    }

    /// Reads bytes.
    pub fn bytes(&self, column: usize) -> Result<Vec<u8>, StoreError> {
        match &self.cells {
            Cells::Sqlite(row) => row.get(column).ok(),
            Cells::Postgres(row) => row.try_get(column).ok(),
        }
        .ok_or_else(|| self.corrupt(column))
    }

    /// Names this place for an error, for values that decode but mean nothing.
    pub fn corrupt(&self, column: usize) -> StoreError {
        let (name, id) = match &self.cells {
            Cells::Sqlite(row) => {
                let id = row.get::<_, i64>(0).map(|id| id.to_string()).or_else(|_| row.get::<_, String>(0)).ok();
                (row.as_ref().column_name(column).ok().map(str::to_owned), id)
            }
            Cells::Postgres(row) => {
                let id = row.try_get::<_, i64>(0).map(|id| id.to_string()).or_else(|_| row.try_get(0)).ok();
                (row.columns().get(column).map(|c| c.name().to_owned()), id)
            }
        };
        StoreError::Corrupt {
            table: self.table.into(),
            column: name.unwrap_or_else(|| column.to_string()),
            row: id.unwrap_or_else(|| "?".into()),
        }
    }
}

/// Reads all rows of an answer.
pub fn all<T>(
    sql: &mut dyn Sql,
    text: &'static str,
    values: &[Value<'_>],
    decode: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut found = Vec::new();
    sql.rows(text, values, &mut |row| {
        found.push(decode(row)?);
        Ok(())
    })?;
    Ok(found)
}

/// Reads the first row of an answer, if there is one.
pub fn one<T>(
    sql: &mut dyn Sql,
    text: &'static str,
    values: &[Value<'_>],
    decode: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    Ok(all(sql, text, values, decode)?.into_iter().next())
}

/// Finds the table a statement speaks of, for error texts: the word after the first `into`, `update` or `from`.
pub(crate) fn table_of(text: &str) -> &str {
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        if matches!(word, "into" | "update" | "from") {
            let name = words.next().unwrap_or_default();
            return name.split(['(', ')', ',']).next().unwrap_or_default();
        }
    }
    ""
}
