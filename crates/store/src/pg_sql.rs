//! The door to statements on one PostgreSQL connection.

use bytes::BytesMut;
use deadpool_postgres::Object;
use tokio::runtime::Handle;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::postgres::{is_repeatable, refusal};
use crate::sql::{Cells, Row, storable, table_of};
use crate::{Change, Dialect, Sql, StoreError, Value};

/// Statements inside a transaction; each waits for the server on this blocking thread.
pub(crate) struct Pg<'c> {
    connection: &'c Object,
    handle: &'c Handle,
    /// The first statement that failed: the transaction is aborted since then.
    pub(crate) failure: Option<Failure>,
}

/// Why the transaction is aborted.
pub(crate) struct Failure {
    pub(crate) error: StoreError,
    pub(crate) is_repeatable: bool,
}

impl<'c> Pg<'c> {
    pub(crate) fn new(connection: &'c Object, handle: &'c Handle) -> Self {
        Self { connection, handle, failure: None }
    }

    fn ask(&self, text: &'static str, values: &[Value<'_>]) -> Result<Vec<tokio_postgres::Row>, tokio_postgres::Error> {
        self.handle.block_on(async {
            let statement = self.connection.prepare_cached(text).await?;
            self.connection.query(&statement, &bind(values)).await
        })
    }

    fn fail(&mut self, text: &str, error: &tokio_postgres::Error) -> StoreError {
        let told = refusal(table_of(text), error);
        let is_repeatable = is_repeatable(error);
        self.failure.get_or_insert(Failure { error: told.clone(), is_repeatable });
        told
    }
}

impl Sql for Pg<'_> {
    fn exec(&mut self, text: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let done = self.handle.block_on(async {
            let statement = self.connection.prepare_cached(text).await?;
            self.connection.execute(&statement, &bind(values)).await
        });
        done.map_err(|error| self.fail(text, &error))
    }

    fn rows(
        &mut self,
        text: &'static str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let rows = self.ask(text, values).map_err(|error| self.fail(text, &error))?;
        let table = table_of(text);
        rows.iter().try_for_each(|row| each(&Row { cells: Cells::Postgres(row), table }))
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn announce(&mut self, change: Change) -> Result<(), StoreError> {
        let news = crate::listener::write(&change);
        self.rows("select pg_notify($1, $2)", &[Value::Text(crate::listener::TOPIC), Value::Text(&news)], &mut |_| {
            Ok(())
        })
    }
}

fn bind<'a>(values: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            // PostgreSQL takes a parameter beside a small literal for a small integer.
            Value::Int(value) if *kind == Type::INT4 => i32::try_from(*value)?.to_sql(kind, out),
            Value::Int(value) => value.to_sql_checked(kind, out),
            Value::Float(value) => value.to_sql_checked(kind, out),
            Value::Text(value) => storable(value).to_sql_checked(kind, out),
            Value::Bytes(value) => value.to_sql_checked(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
