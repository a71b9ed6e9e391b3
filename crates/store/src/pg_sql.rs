//! The door to statements on one PostgreSQL connection.
//!
//! A round trip costs more than a statement. So what needs no answer is sent and not waited for; its
//! answer is looked at with the next one that is needed, at the latest before the job is called done.

use std::pin::Pin;

use bytes::BytesMut;
use deadpool_postgres::Object;
use futures::{FutureExt, TryStreamExt};
use tokio::runtime::Handle;
use tokio_postgres::Statement;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::postgres::{is_lost, is_repeatable, refusal};
use crate::sql::{Cells, Row, storable, table_of};
use crate::{Change, Dialect, Sql, StoreError, Value};

type Asking<'c, T> = Pin<Box<dyn Future<Output = Result<T, tokio_postgres::Error>> + Send + 'c>>;

/// Statements inside a transaction, on this blocking thread.
pub(crate) struct Pg<'c> {
    connection: &'c Object,
    handle: &'c Handle,
    /// Sent and not waited for, in order, with their texts.
    sent: Vec<(&'static str, Asking<'c, ()>)>,
    /// The first statement that failed: the transaction is aborted since then.
    failure: Option<Failure>,
}

/// Why the transaction is aborted.
pub(crate) struct Failure {
    pub(crate) error: StoreError,
    pub(crate) is_repeatable: bool,
    /// The connection is gone: whether a commit that was sent went through nobody knows.
    pub(crate) is_lost: bool,
}

impl<'c> Pg<'c> {
    /// Opens a transaction with the statement `begin`.
    pub(crate) fn begin(connection: &'c Object, handle: &'c Handle, begin: &'static str) -> Self {
        let mut pg = Self { connection, handle, sent: Vec::new(), failure: None };
        pg.command(begin);
        pg
    }

    /// Nothing has failed so far.
    pub(crate) fn is_sound(&self) -> bool {
        self.failure.is_none()
    }

    /// Waits for all that was sent and leaves the transaction without a trace; what failed, if anything did.
    /// The end of it is sent too, but nobody has to wait for that.
    pub(crate) fn leave(mut self) -> Option<Failure> {
        // What failed is in `failure`.
        drop(self.settle());
        self.command("rollback");
        self.failure
    }

    /// Sends `commit` and waits for all that was sent; what failed, if anything did: then nothing is committed.
    pub(crate) fn commit(mut self) -> Option<Failure> {
        self.command("commit");
        // What failed is in `failure`.
        drop(self.settle());
        self.failure
    }

    fn command(&mut self, text: &'static str) {
        let connection = self.connection;
        self.send(text, Box::pin(connection.batch_execute(text)));
    }

    /// Puts a statement on its way: the first poll writes it into the connection's queue.
    fn send(&mut self, text: &'static str, mut asking: Asking<'c, ()>) {
        match (&mut asking).now_or_never() {
            None => self.sent.push((text, asking)),
            Some(Ok(())) => {}
            Some(Err(error)) => drop(self.fail(text, &error)),
        }
    }

    /// Waits for all that was sent, in order.
    fn settle(&mut self) -> Result<(), StoreError> {
        for (text, asking) in std::mem::take(&mut self.sent) {
            if let Err(error) = self.handle.block_on(asking) {
                drop(self.fail(text, &error));
            }
        }
        self.standing()
    }

    /// The trouble so far.
    fn standing(&self) -> Result<(), StoreError> {
        self.failure.as_ref().map_or(Ok(()), |failure| Err(failure.error.clone()))
    }

    /// The prepared form of a statement. One that is new here is waited for: what comes behind must not overtake it.
    fn statement(&mut self, text: &'static str) -> Result<Statement, StoreError> {
        let connection = self.connection;
        self.ask(text, Box::pin(connection.prepare_cached(text)))
    }

    /// Sends a statement behind the others, then waits for them and for it.
    fn ask<T>(&mut self, text: &'static str, mut asking: Asking<'c, T>) -> Result<T, StoreError> {
        let answer = match (&mut asking).now_or_never() {
            Some(at_once) => at_once,
            None => {
                self.settle()?;
                self.handle.block_on(asking)
            }
        };
        answer.map_err(|error| self.fail(text, &error))
    }

    fn fail(&mut self, text: &str, error: &tokio_postgres::Error) -> StoreError {
        let told = refusal(table_of(text), error);
        let (is_repeatable, is_lost) = (is_repeatable(error), is_lost(error));
        let failure = Failure { error: told.clone(), is_repeatable, is_lost };
        self.failure.get_or_insert(failure);
        told
    }
}

impl Sql for Pg<'_> {
    fn exec(&mut self, text: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let (connection, statement, values) = (self.connection, self.statement(text)?, own(values));
        self.ask(text, Box::pin(async move { connection.execute_raw(&statement, values).await }))
    }

    fn run(&mut self, text: &'static str, values: &[Value<'_>]) -> Result<(), StoreError> {
        let (connection, statement, values) = (self.connection, self.statement(text)?, own(values));
        self.send(text, Box::pin(async move { connection.execute_raw(&statement, values).await.map(drop) }));
        self.standing()
    }

    fn rows(
        &mut self,
        text: &'static str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let (connection, statement, values) = (self.connection, self.statement(text)?, own(values));
        let asking = async move { connection.query_raw(&statement, values).await?.try_collect::<Vec<_>>().await };
        let rows = self.ask(text, Box::pin(asking))?;
        let table = table_of(text);
        rows.iter().try_for_each(|row| each(&Row { cells: Cells::Postgres(row), table }))
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn announce(&mut self, change: Change) -> Result<(), StoreError> {
        let news = crate::listener::write(&change);
        self.run("select pg_notify($1, $2)", &[Value::Text(crate::listener::TOPIC), Value::Text(&news)])
    }
}
/// A [`Value`] that outlives the call.
#[derive(Debug)]
enum Owned {
    Null,
    Int(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
}

fn own(values: &[Value<'_>]) -> Vec<Owned> {
    let own = |value: &Value<'_>| match *value {
        Value::Null => Owned::Null,
        Value::Int(value) => Owned::Int(value),
        Value::Float(value) => Owned::Float(value),
        Value::Text(value) => Owned::Text(storable(value).into_owned()),
        Value::Bytes(value) => Owned::Bytes(value.to_vec()),
    };
    values.iter().map(own).collect()
}

impl ToSql for Owned {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Owned::Null => Ok(IsNull::Yes),
            // PostgreSQL takes a parameter beside a small literal for a small integer.
            Owned::Int(value) if *kind == Type::INT4 => i32::try_from(*value)?.to_sql(kind, out),
            Owned::Int(value) => value.to_sql_checked(kind, out),
            Owned::Float(value) => value.to_sql_checked(kind, out),
            Owned::Text(value) => value.to_sql_checked(kind, out),
            Owned::Bytes(value) => value.to_sql_checked(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
