//! PostgreSQL: a small pool, one transaction a job, lost races played again.
//!
//! The server groups commits by itself; connections beyond four a core only get in each other's
//! way (measured: 8 on 2 cores do 2,900 turns a second, 32 do 1,650).

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, Timeouts};
use tokio::runtime::Handle;
use tokio::sync::{broadcast, oneshot};
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::listener::listen;
use crate::pg_sql::Pg;
use crate::writer::{Health, guard};
use crate::{Change, Sql, StoreError, migrate};

const CONNECTIONS_PER_CORE: usize = 4;
const CONNECTIONS_MAX: usize = 8;
/// Tries of one job before the caller hears of the trouble.
const TRIES_MAX: u32 = 5;
/// Pause before the second try; doubles each time, 150 ms in all.
const PAUSE_MS: u64 = 10;
/// How long a job waits for a connection, new or free.
const WAIT_MS: u64 = 5_000;

/// What the server allows a session. A lock is waited for less long than a connection; a transaction that says nothing for
/// fifteen seconds belongs to a machine that is gone, and so does a line that does not answer for twenty-five; no statement
/// of ours takes half a minute, but for migrations and statistics, which lift the bound themselves. Source: decision 0052.
const LIMITS: &str = "-c lock_timeout=4000 -c idle_in_transaction_session_timeout=15000 -c statement_timeout=30000 \
                      -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";
/// The same from our side of the line.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_RETRIES: u32 = 3;
const TCP_TIMEOUT: Duration = Duration::from_secs(25);

/// Commits since start, each double the one before, after which the planner gets fresh statistics. The
/// server does that too, but a minute late: until then it goes through a table that has grown as if it
/// were empty.
const ANALYZE_AT: RangeInclusive<u64> = 256..=65_536;

/// A pool of connections to one database.
#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
    /// One connection that no work waits for.
    spare: Pool,
    health: Arc<Health>,
    /// Ends the listening task with the last handle.
    listener: Arc<AbortOnDrop>,
}

struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Write,
    Read,
}

impl Kind {
    fn begin(self) -> &'static str {
        match self {
            Self::Write => "begin",
            Self::Read => "begin isolation level repeatable read read only",
        }
    }
}

/// What became of one try.
enum Attempt<T> {
    Done(Result<T, StoreError>),
    /// Nothing was stored and another try may succeed.
    Again(StoreError),
}

impl Postgres {
    pub(crate) async fn open(url: &str, changes: broadcast::Sender<Change>) -> Result<Self, StoreError> {
        // The parser's own words may quote the address with its password.
        let mut config: Config = url.parse().map_err(|_| StoreError::Address)?;
        config.application_name("nochnik").connect_timeout(Duration::from_millis(WAIT_MS));
        bound(&mut config);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let pool = pool_of((cores * CONNECTIONS_PER_CORE).min(CONNECTIONS_MAX), config.clone())?;
        let spare = pool_of(1, config.clone())?;
        let mut client = pool.get().await.map_err(|error| StoreError::database("", "pool", error.to_string()))?;
        migrate::postgres(&mut client).await?;
        drop(client);
        let (ready, listening) = oneshot::channel();
        let listener = Arc::new(AbortOnDrop(tokio::spawn(listen(config, changes, ready))));
        // A database that answers but does not let us listen still serves; consoles then refresh later.
        drop(tokio::time::timeout(Duration::from_millis(WAIT_MS), listening).await);
        Ok(Self { pool, spare, health: Arc::default(), listener })
    }

    pub(crate) fn health(&self) -> &Health {
        &self.health
    }

    pub(crate) fn close(&self) {
        self.pool.close();
        self.spare.close();
        self.listener.0.abort();
    }

    /// Runs `job` in a transaction, again when the server asks for it.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        job: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        let result = run(&self.pool, Kind::Write, job).await;
        self.health.jobs.fetch_add(1, Ordering::Relaxed);
        if result.is_ok() {
            let commits = self.health.commits.fetch_add(1, Ordering::Relaxed) + 1;
            if commits.is_power_of_two() && ANALYZE_AT.contains(&commits) {
                tokio::spawn(analyze(self.pool.clone()));
            }
        }
        result
    }

    /// As [`Self::write`], but never in a line behind the others.
    pub(crate) async fn write_aside<T: Send + 'static>(
        &self,
        job: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        run(&self.spare, Kind::Write, job).await
    }

    /// Runs `job` on one picture of the database, again when the connection proves dead.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        job: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        run(&self.pool, Kind::Read, job).await
    }
}

/// Plays a job until it is done or the tries run out.
async fn run<T: Send + 'static>(
    pool: &Pool,
    kind: Kind,
    job: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + Sync + 'static,
) -> Result<T, StoreError> {
    let job = Arc::new(job);
    let mut trouble = StoreError::Closed;
    for tries in 0..TRIES_MAX {
        if tries > 0 {
            crate::pause(Duration::from_millis(PAUSE_MS << (tries - 1))).await;
        }
        let job = job.clone();
        match attempt(pool, kind, move |sql: &mut dyn Sql| job(sql)).await {
            Attempt::Done(result) => return result,
            Attempt::Again(error) => trouble = error,
        }
        tracing::debug!(tries, error = %trouble, "Plays a transaction again");
    }
    Err(trouble)
}

async fn attempt<T, J>(pool: &Pool, kind: Kind, job: J) -> Attempt<T>
where
    T: Send + 'static,
    J: FnOnce(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
{
    let connection = match pool.get().await {
        Ok(connection) => connection,
        Err(PoolError::Closed) => return Attempt::Done(Err(StoreError::Closed)),
        Err(PoolError::Backend(error)) if is_repeatable(&error) => return Attempt::Again(refusal("", &error)),
        Err(PoolError::Backend(error)) => return Attempt::Done(Err(refusal("", &error))),
        Err(error) => return Attempt::Done(Err(StoreError::database("", "pool", error.to_string()))),
    };
    let handle = Handle::current();
    // Wholly on the blocking thread: a caller that goes away must not leave a transaction half open.
    let trying = tokio::task::spawn_blocking(move || transact(&connection, &handle, kind, job));
    trying.await.unwrap_or_else(|error| Attempt::Done(Err(StoreError::Panicked(error.to_string()))))
}

/// Sets how long a session may hold up the others, both here and on the server, which notices nothing by itself when a
/// machine is gone. What the address says of its own stands behind, and wins.
fn bound(config: &mut Config) {
    let own = config.get_options().unwrap_or_default();
    let options = format!("{LIMITS} {own}");
    config
        .options(options.trim_end())
        .keepalives_idle(KEEPALIVE_IDLE)
        .keepalives_interval(KEEPALIVE_INTERVAL)
        .keepalives_retries(KEEPALIVE_RETRIES)
        .tcp_user_timeout(TCP_TIMEOUT);
}

/// Renews the statistics of all tables. Only speed hangs on it.
async fn analyze(pool: Pool) {
    let Ok(connection) = pool.get().await else { return };
    if let Err(error) = connection
        .batch_execute(
            "set local statement_timeout = 0; \
             analyze inbox, outbox, conversations, messages, leads, cases, alarms, notices, bookings",
        )
        .await
    {
        tracing::debug!(error = %refusal("", &error), "Could not renew the statistics");
    }
}

/// Makes a pool. TLS is used only when the address says `sslmode=require`, and then the server's name is checked.
fn pool_of(connections: usize, config: Config) -> Result<Pool, StoreError> {
    let manager_config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = if config.get_ssl_mode() == SslMode::Require {
        Manager::from_config(config, tls()?, manager_config)
    } else {
        Manager::from_config(config, NoTls, manager_config)
    };
    let wait = Some(Duration::from_millis(WAIT_MS));
    Pool::builder(manager)
        .max_size(connections)
        .timeouts(Timeouts { wait, create: wait, recycle: wait })
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| StoreError::database("", "pool", error.to_string()))
}

/// TLS with the certificates the operating system trusts.
pub(crate) fn tls() -> Result<MakeRustlsConnect, StoreError> {
    let failed = |words: &str| StoreError::database("", "tls", words);
    let found = rustls_native_certs::load_native_certs();
    let mut roots = rustls::RootCertStore::empty();
    if roots.add_parsable_certificates(found.certs).0 == 0 {
        return Err(failed("в системе нет корневых сертификатов: поставьте пакет ca-certificates"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Runs one job in one transaction on a blocking thread.
fn transact<T>(
    connection: &Object,
    handle: &Handle,
    kind: Kind,
    job: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError>,
) -> Attempt<T> {
    let mut pg = Pg::begin(connection, handle, kind.begin());
    let result = guard(|| job(&mut pg));
    let failure = match kind {
        Kind::Write if result.is_ok() && pg.is_sound() => match pg.commit() {
            // The commit was on its way: whether it arrived nobody knows.
            Some(failure) if failure.is_lost => return Attempt::Done(Err(StoreError::Uncertain)),
            failure => failure,
        },
        // A connection that cannot even roll back is dead, and the server has rolled back by itself.
        Kind::Write | Kind::Read => pg.leave(),
    };
    match failure {
        Some(failure) if failure.is_repeatable => Attempt::Again(failure.error),
        Some(failure) => Attempt::Done(result.and(Err(failure.error))),
        None => Attempt::Done(result),
    }
}

/// Tells whether the transaction certainly left nothing behind and may succeed next time. Only for errors before COMMIT.
pub(crate) fn is_repeatable(error: &tokio_postgres::Error) -> bool {
    is_lost(error)
        || matches!(
            error.code(),
            Some(
                &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED | &SqlState::LOCK_NOT_AVAILABLE
            )
        )
}

/// Tells whether the connection is gone: closed, broken, or ended by the server (class 08, shutdown, start-up, idle for too
/// long in a transaction).
pub(crate) fn is_lost(error: &tokio_postgres::Error) -> bool {
    let code = error.code().map(SqlState::code);
    match code {
        Some(code) => code.starts_with("08") || code.starts_with("57P") || code == "25P03",
        None => error.is_closed() || std::error::Error::source(error).is_some_and(|cause| cause.is::<std::io::Error>()),
    }
}

/// Sorts PostgreSQL's answer, leaving out DETAIL, which quotes rows.
pub(crate) fn refusal(table: &str, error: &tokio_postgres::Error) -> StoreError {
    let Some(answer) = error.as_db_error() else {
        return StoreError::database(table, "connection", error.to_string());
    };
    match *answer.code() {
        SqlState::EXCLUSION_VIOLATION => StoreError::Taken,
        SqlState::UNIQUE_VIOLATION => StoreError::Duplicate { table: table.into() },
        _ => StoreError::database(table, answer.code().code(), answer.message()),
    }
}
