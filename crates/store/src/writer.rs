//! The only task that writes to SQLite: it drains its queue and commits many jobs at once.
//!
//! No artificial delay: a batch is whatever arrived while the previous commit was reaching the
//! disk, so a lone job pays nothing and a crowd shares one fsync. Each job runs under its own
//! savepoint, so one that fails or panics leaves its neighbours alone.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::sqlite::{Lite, refusal};
use crate::{Change, Sql, StoreError};

/// Jobs in one commit; more would only make the first of them wait.
pub(crate) const BATCH_MAX: usize = 256;
/// How long a job nobody waits for may wait for company.
const SOON: Duration = Duration::from_millis(5);
/// Jobs that may wait; beyond it callers wait in their turn, which slows the way in.
pub(crate) const QUEUE_MAX: usize = 4_096;

/// A job in the queue: it runs once, and hears the fate of the commit once.
pub(crate) trait Job: Send {
    /// Does the work; an error means that its changes must be rolled back.
    fn run(&mut self, lite: &mut Lite<'_>) -> Result<(), StoreError>;

    /// Tells the caller; `verdict` is the batch's own error and overrides what the job said.
    fn answer(self: Box<Self>, verdict: Option<StoreError>);
}

/// A caller's closure with the way back to the caller.
struct Packed<F, T> {
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

/// Makes a [`Job`] of a closure whose result goes to `caller`.
pub(crate) fn pack<F, T>(work: F, caller: oneshot::Sender<Result<T, StoreError>>) -> Box<dyn Job>
where
    F: FnOnce(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    T: Send + 'static,
{
    Box::new(Packed { work: Some(work), result: None, caller })
}

impl<F, T> Job for Packed<F, T>
where
    F: FnOnce(&mut dyn Sql) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn run(&mut self, lite: &mut Lite<'_>) -> Result<(), StoreError> {
        let Some(work) = self.work.take() else { return Ok(()) };
        let result = guard(|| work(lite));
        let result = match lite.failure.take() {
            Some(failure) => result.and(Err(failure)),
            None => result,
        };
        let done = result.as_ref().map(|_| ()).map_err(Clone::clone);
        self.result = Some(result);
        done
    }

    fn answer(self: Box<Self>, verdict: Option<StoreError>) {
        let result = verdict.map_or(self.result.unwrap_or(Err(StoreError::Closed)), Err);
        drop(self.caller.send(result));
    }
}

/// What the queue carries.
pub(crate) enum Message {
    /// Work somebody waits for.
    Job(Box<dyn Job>),
    /// Work that goes along with the next of the former.
    Soon(Box<dyn Job>),
    /// Finish what is queued, close the file, then answer.
    Stop(oneshot::Sender<()>),
}

/// What the writer shares with the handles of the store.
#[derive(Default)]
pub(crate) struct Health {
    /// Why nothing is written any more; never set in a healthy life.
    pub(crate) fatal: OnceLock<String>,
    /// Jobs answered since start.
    pub(crate) jobs: AtomicU64,
    /// Commits made since start.
    pub(crate) commits: AtomicU64,
}

impl Health {
    /// Refuses further work after a fatal error.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.fatal.get().map_or(Ok(()), |why| Err(StoreError::Fatal(why.clone())))
    }

    fn note(&self, error: &StoreError) {
        if let StoreError::Fatal(why) = error
            && self.fatal.set(why.clone()).is_ok()
        {
            tracing::error!(error = %error, "The disk failed, the store takes no more writes: stop and start again");
        }
    }
}

/// One write connection and those who listen to it.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) health: Arc<Health>,
    pub(crate) changes: broadcast::Sender<Change>,
    /// Held as long as the connection lives.
    pub(crate) lock: Option<File>,
}

/// Turns a panic of `job` into [`StoreError::Panicked`].
pub(crate) fn guard<T>(job: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
        let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(StoreError::Panicked(words.unwrap_or_else(|| "без объяснения".into())))
    })
}

/// Serves the queue until it is stopped or every handle is gone.
pub(crate) async fn serve(mut writer: Writer, mut queue: mpsc::Receiver<Message>) {
    let mut stops = Vec::new();
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while !batch.is_empty() || queue.recv_many(&mut batch, BATCH_MAX).await > 0 {
        wait_for_company(&mut queue, &mut batch).await;
        let ran = tokio::task::spawn_blocking(move || {
            // What came meanwhile is served on the spot: two changes of thread for each commit would cost more.
            loop {
                writer.run(take_jobs(&mut batch, &mut stops, &mut queue));
                while batch.len() < BATCH_MAX
                    && let Ok(message) = queue.try_recv()
                {
                    batch.push(message);
                }
                if is_patient(&batch) {
                    break;
                }
            }
            (writer, queue, batch, stops)
        });
        match ran.await {
            Ok(back) => (writer, queue, batch, stops) = back,
            Err(error) => return tracing::error!(%error, "The writer of the store stopped"),
        }
    }
    let Writer { connection, lock, .. } = writer;
    drop(connection);
    drop(lock);
    for done in stops {
        // Whoever asked may have left.
        let _ = done.send(());
    }
}

/// Nobody waits for any of these.
fn is_patient(batch: &[Message]) -> bool {
    batch.iter().all(|message| matches!(message, Message::Soon(_)))
}

/// Holds a batch nobody waits for until a job comes that somebody does, or the time is up.
async fn wait_for_company(queue: &mut mpsc::Receiver<Message>, batch: &mut Vec<Message>) {
    let time_is_up = crate::pause(SOON);
    tokio::pin!(time_is_up);
    while is_patient(batch) && batch.len() < BATCH_MAX {
        let room = BATCH_MAX - batch.len();
        tokio::select! {
            () = &mut time_is_up => return,
            came = queue.recv_many(batch, room) => if came == 0 { return },
        }
    }
}

/// Takes the jobs out of a batch; a wish to stop closes the queue for later ones.
fn take_jobs(
    batch: &mut Vec<Message>,
    stops: &mut Vec<oneshot::Sender<()>>,
    queue: &mut mpsc::Receiver<Message>,
) -> Vec<Box<dyn Job>> {
    let mut jobs = Vec::with_capacity(batch.len());
    for message in batch.drain(..) {
        match message {
            Message::Job(job) | Message::Soon(job) => jobs.push(job),
            Message::Stop(done) => {
                queue.close();
                stops.push(done);
            }
        }
    }
    jobs
}

impl Writer {
    /// Runs the jobs in one transaction and answers them after its commit.
    pub(crate) fn run(&self, mut jobs: Vec<Box<dyn Job>>) {
        if jobs.is_empty() {
            return;
        }
        let outcome = self.transact(&mut jobs);
        self.health.jobs.fetch_add(jobs.len() as u64, Ordering::Relaxed);
        if let Err(error) = &outcome {
            self.give_up(error);
        }
        for job in jobs {
            job.answer(outcome.as_ref().err().cloned());
        }
        for change in outcome.unwrap_or_default() {
            // Nobody listening is not an error.
            drop(self.changes.send(change));
        }
    }

    /// Returns what to tell the world. An error means that nothing of the batch is stored.
    fn transact(&self, jobs: &mut [Box<dyn Job>]) -> Result<Vec<Change>, StoreError> {
        self.health.check()?;
        self.statement("begin immediate")?;
        let mut news = Vec::new();
        for job in jobs {
            news.append(&mut self.run_one(job.as_mut())?);
        }
        self.statement("commit")?;
        self.health.commits.fetch_add(1, Ordering::Relaxed);
        Ok(news)
    }

    /// Runs one job under its savepoint. An error here is about the whole batch: the job's own went into its answer.
    fn run_one(&self, job: &mut dyn Job) -> Result<Vec<Change>, StoreError> {
        self.statement("savepoint job")?;
        let mut lite = Lite::new(&self.connection);
        let done = job.run(&mut lite);
        let news = if done.is_ok() { std::mem::take(&mut lite.changes) } else { Vec::new() };
        match done {
            Err(fatal @ StoreError::Fatal(_)) => return Err(fatal),
            // A full disk makes SQLite roll the whole transaction back by itself.
            Err(error) if self.connection.is_autocommit() => return Err(error),
            Err(_) => self.statement("rollback to job")?,
            Ok(()) => {}
        }
        self.statement("release job")?;
        Ok(news)
    }

    fn give_up(&self, error: &StoreError) {
        self.health.note(error);
        if !self.connection.is_autocommit()
            && let Err(error) = self.statement("rollback")
        {
            tracing::error!(%error, "A batch that failed could not be rolled back");
        }
    }

    fn statement(&self, text: &'static str) -> Result<(), StoreError> {
        let done = self.connection.prepare_cached(text).and_then(|mut statement| statement.raw_execute());
        done.map(drop).map_err(|error| refusal("", &error))
    }
}
