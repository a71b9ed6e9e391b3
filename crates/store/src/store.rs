//! The handle the rest of Nochnik holds: opens a database and runs jobs on it.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{broadcast, mpsc, oneshot};

use crate::postgres::Postgres;
use crate::readers::Readers;
use crate::sql::Reading;
use crate::writer::{Health, Job, Message, QUEUE_MAX, Writer, pack, serve};
use crate::{Change, Dialect, Sql, StoreError, keys, migrate, sqlite};

/// News kept for a slow listener; one that lags further is told so and looks at everything again.
const CHANGES_MAX: usize = 1_024;

/// A database with everything Nochnik remembers. Cloning is cheap; all clones are one store.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    changes: broadcast::Sender<Change>,
}

#[derive(Clone)]
enum Engine {
    /// A writer task with its queue; readers are absent when the database lives in memory.
    Sqlite {
        queue: mpsc::Sender<Message>,
        readers: Option<Readers>,
        health: Arc<Health>,
    },
    /// One connection on the caller's own thread, until it is closed.
    Inline(Arc<Mutex<Option<Writer>>>),
    Postgres(Postgres),
}

/// How much was written since start; on PostgreSQL each job is its own commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Write jobs answered, well or ill.
    pub jobs: u64,
    /// Transactions committed.
    pub commits: u64,
}

impl Store {
    /// Opens `sqlite:path`, `sqlite::memory:` or `postgres://…`, and brings its schema up to date.
    ///
    /// Must run inside a tokio runtime. A SQLite file is locked for this process
    /// ([`StoreError::Occupied`] otherwise); a schema newer than this binary is [`StoreError::NotOurs`].
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let (changes, _) = broadcast::channel(CHANGES_MAX);
        let engine = match url.strip_prefix("sqlite:") {
            Some(":memory:") => start_writer(memory_writer(changes.clone())?, None),
            Some(path) => open_file(path.to_owned(), changes.clone()).await?,
            None if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Engine::Postgres(Postgres::open(url, changes.clone()).await?)
            }
            None => return Err(StoreError::Address),
        };
        Ok(Self { engine, changes })
    }

    /// Opens an empty SQLite database in memory whose jobs run on the caller, one transaction
    /// each: no thread, no task, no waiting, so a simulation is the same every time.
    pub fn open_inline() -> Result<Self, StoreError> {
        let (changes, _) = broadcast::channel(CHANGES_MAX);
        let writer = memory_writer(changes.clone())?;
        Ok(Self { engine: Engine::Inline(Arc::new(Mutex::new(Some(writer)))), changes })
    }

    /// Runs `job` in a transaction; when this returns `Ok`, the changes survive a power cut.
    ///
    /// PostgreSQL may run the job several times (lost races between nodes), so it must not
    /// have effects of its own. An error of the job rolls everything back and is returned.
    pub async fn write<T: Send + 'static>(
        &self,
        job: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        match &self.engine {
            Engine::Sqlite { queue, .. } => enqueue(queue, job, Message::Job).await,
            Engine::Inline(writer) => run_inline(writer, job).await,
            Engine::Postgres(postgres) => postgres.write(job).await,
        }
    }

    /// As [`Store::write`], for what no client waits for: on SQLite it goes along with the next commit
    /// that is made anyway, a few milliseconds later at most, which spares flushes.
    pub async fn write_soon<T: Send + 'static>(
        &self,
        job: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        match &self.engine {
            Engine::Sqlite { queue, .. } => enqueue(queue, job, Message::Soon).await,
            _ => self.write(job).await,
        }
    }

    /// As [`Store::write`], for the one job that must not wait behind the others: on PostgreSQL on a connection kept for it.
    pub async fn write_aside<T: Send + 'static>(
        &self,
        job: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        match &self.engine {
            Engine::Postgres(postgres) => postgres.write_aside(job).await,
            _ => self.write_soon(job).await,
        }
    }

    /// Runs `job` on one unchanging picture of the database; it cannot write. PostgreSQL may run it again
    /// when a connection breaks.
    pub async fn read<T: Send + 'static>(
        &self,
        job: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        let job = move |sql: &mut dyn Sql| job(&mut Reading(sql));
        match &self.engine {
            Engine::Sqlite { readers: Some(readers), .. } => readers.read(job).await,
            Engine::Sqlite { queue, readers: None, .. } => enqueue(queue, job, Message::Job).await,
            Engine::Inline(writer) => run_inline(writer, job).await,
            Engine::Postgres(postgres) => postgres.read(job).await,
        }
    }

    /// Finishes what is queued and closes the database; other clones are refused from then on.
    pub async fn close(self) {
        match self.engine {
            Engine::Sqlite { queue, readers, .. } => {
                if let Some(readers) = readers {
                    readers.close().await;
                }
                let (done, wait) = oneshot::channel();
                if queue.send(Message::Stop(done)).await.is_ok() {
                    // The writer drops the sender instead when it has already stopped.
                    drop(wait.await);
                }
            }
            Engine::Inline(writer) => drop(held(&writer).take()),
            Engine::Postgres(postgres) => postgres.close(),
        }
    }

    /// Tells which engine it is.
    pub fn dialect(&self) -> Dialect {
        match self.engine {
            Engine::Sqlite { .. } | Engine::Inline(_) => Dialect::Sqlite,
            Engine::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Writes a mark and reads it back, for the readiness page.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.write(|sql| keys::put(sql, "readiness", b"ok")).await?;
        match self.read(|sql| keys::get(sql, "readiness")).await? {
            Some(mark) if mark == b"ok" => Ok(()),
            _ => Err(StoreError::Fatal("записанная отметка не прочиталась".into())),
        }
    }

    /// Hears of every [`Change`] that this node, or on PostgreSQL any node, commits from now on.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Counts what was written since start.
    pub fn stats(&self) -> Stats {
        match &self.engine {
            Engine::Sqlite { health, .. } => count(health),
            Engine::Inline(writer) => held(writer).as_ref().map_or(Stats { jobs: 0, commits: 0 }, |w| count(&w.health)),
            Engine::Postgres(postgres) => count(postgres.health()),
        }
    }
}

fn count(health: &Health) -> Stats {
    Stats { jobs: health.jobs.load(Ordering::Relaxed), commits: health.commits.load(Ordering::Relaxed) }
}

fn memory_writer(changes: broadcast::Sender<Change>) -> Result<Writer, StoreError> {
    sqlite::check_version()?;
    let mut connection = sqlite::open_memory()?;
    migrate::sqlite(&mut connection)?;
    Ok(Writer { connection, health: Arc::default(), changes, lock: None })
}

/// Opens the file on a blocking thread: the first open of a large WAL may take a second.
async fn open_file(path: String, changes: broadcast::Sender<Change>) -> Result<Engine, StoreError> {
    let opening = tokio::task::spawn_blocking(move || {
        sqlite::check_version()?;
        let path = Path::new(&path);
        let lock = Some(sqlite::take_lock(path)?);
        let mut connection = sqlite::open_writer(path)?;
        migrate::sqlite(&mut connection)?;
        let readers = Readers::open(path)?;
        Ok((Writer { connection, health: Arc::default(), changes, lock }, readers))
    });
    let (writer, readers) = opening.await.unwrap_or_else(|error| Err(StoreError::Panicked(error.to_string())))?;
    Ok(start_writer(writer, Some(readers)))
}

fn start_writer(writer: Writer, readers: Option<Readers>) -> Engine {
    let (queue, jobs) = mpsc::channel(QUEUE_MAX);
    let health = writer.health.clone();
    tokio::spawn(serve(writer, jobs));
    Engine::Sqlite { queue, readers, health }
}

async fn enqueue<T: Send + 'static>(
    queue: &mpsc::Sender<Message>,
    job: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    message: impl FnOnce(Box<dyn Job>) -> Message,
) -> Result<T, StoreError> {
    let (caller, answer) = oneshot::channel();
    queue.send(message(pack(job, caller))).await.map_err(|_| StoreError::Closed)?;
    answer.await.unwrap_or(Err(StoreError::Closed))
}

async fn run_inline<T: Send + 'static>(
    writer: &Mutex<Option<Writer>>,
    job: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (caller, answer) = oneshot::channel();
    held(writer).as_ref().ok_or(StoreError::Closed)?.run(vec![pack(job, caller)]);
    answer.await.unwrap_or(Err(StoreError::Closed))
}

fn held(writer: &Mutex<Option<Writer>>) -> MutexGuard<'_, Option<Writer>> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}
