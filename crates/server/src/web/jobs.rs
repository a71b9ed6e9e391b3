//! What takes seconds and is asked for on a page: one at a time, beside the server's own work, the outcome in memory.
//!
//! A restart forgets outcomes: whoever wants one asks again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context, Result};
use tokio::sync::{Semaphore, oneshot};

use super::replay::Replayed;
use crate::commands::accept::Suite;
use crate::teaching::Outcome;

/// Jobs that work at once, of all businesses: each keeps a core busy.
const WORKING_MAX: usize = 1;

/// The jobs of all businesses.
pub struct Jobs {
    pub lessons: Board<Taught>,
    pub checks: Board<Suite>,
    pub replays: Board<Replayed>,
}

/// A model that may be published, and the version of the one that it was compared with.
pub struct Taught {
    pub outcome: Outcome,
    pub replaces: i64,
}

impl Default for Jobs {
    fn default() -> Self {
        let place = Arc::new(Semaphore::new(WORKING_MAX));
        Self { lessons: Board::new(place.clone()), checks: Board::new(place.clone()), replays: Board::new(place) }
    }
}

/// Jobs of one kind, one a business.
pub struct Board<T> {
    place: Arc<Semaphore>,
    runs: Arc<Mutex<BTreeMap<String, Run<T>>>>,
}

/// How the last job of a business stands.
pub enum Run<T> {
    Going,
    Done {
        since_ms: i64,
        result: Arc<T>,
    },
    /// Our own fault; the log says which.
    Failed,
}

impl<T> Clone for Run<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Going => Self::Going,
            Self::Done { since_ms, result } => Self::Done { since_ms: *since_ms, result: result.clone() },
            Self::Failed => Self::Failed,
        }
    }
}

impl<T: Send + Sync + 'static> Board<T> {
    fn new(place: Arc<Semaphore>) -> Self {
        Self { place, runs: Arc::default() }
    }

    /// Begins a job unless one of this business is under way; it waits for its place.
    pub fn start(&self, business: &str, now_ms: i64, job: impl FnOnce() -> Result<T> + Send + 'static) {
        let mut runs = held(&self.runs);
        if matches!(runs.get(business), Some(Run::Going)) {
            return;
        }
        runs.insert(business.to_owned(), Run::Going);
        drop(runs);
        let (place, all, business) = (self.place.clone(), self.runs.clone(), business.to_owned());
        tokio::spawn(async move {
            // The semaphore is never closed.
            let working = place.acquire_owned().await;
            let run = match on_a_thread(job).await {
                Ok(result) => Run::Done { since_ms: now_ms, result: Arc::new(result) },
                Err(error) => {
                    tracing::error!(%error, "A job of the console did not come to its end");
                    Run::Failed
                }
            };
            drop(working);
            held(&all).insert(business, run);
        });
    }

    /// How the last job stands; `None` when there was none since the start.
    pub fn look(&self, business: &str) -> Option<Run<T>> {
        held(&self.runs).get(business).cloned()
    }

    /// Forgets an outcome that has been used.
    pub fn clear(&self, business: &str) {
        held(&self.runs).remove(business);
    }
}

/// On a thread of its own: a server that stops does not wait for it.
async fn on_a_thread<T: Send + 'static>(job: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let (told, hears) = oneshot::channel();
    // Nobody hears it only when the server has stopped.
    thread::Builder::new().name("console-job".to_owned()).spawn(move || drop(told.send(job())))?;
    hears.await.context("the job panicked")?
}

fn held<T>(runs: &Mutex<BTreeMap<String, Run<T>>>) -> MutexGuard<'_, BTreeMap<String, Run<T>>> {
    runs.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Waits in the test's own time until the job is over.
    #[expect(clippy::disallowed_methods, reason = "a test waits for a thread of its own")]
    async fn over<T: Send + Sync + 'static>(board: &Board<T>, business: &str) -> Run<T> {
        loop {
            match board.look(business) {
                Some(Run::Going) | None => tokio::time::sleep(Duration::from_millis(5)).await,
                Some(run) => return run,
            }
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn one_job_a_business_and_a_panic_is_only_a_failure() {
        let board = Board::new(Arc::new(Semaphore::new(1)));
        assert!(board.look("lotos").is_none());
        let (free, waits) = std::sync::mpsc::channel::<()>();
        board.start("lotos", 7, move || {
            waits.recv()?;
            Ok(1)
        });
        board.start("lotos", 8, || Ok(2));
        board.start("barber", 9, || Ok(3));
        assert!(matches!(board.look("lotos"), Some(Run::Going)));
        assert!(matches!(board.look("barber"), Some(Run::Going)), "it waits for its place");
        free.send(()).unwrap();
        assert!(matches!(over(&board, "lotos").await, Run::Done { since_ms: 7, result } if *result == 1));
        assert!(matches!(over(&board, "barber").await, Run::Done { result, .. } if *result == 3));
        board.start("lotos", 9, || panic!("of a test"));
        assert!(matches!(over(&board, "lotos").await, Run::Failed));
        board.start("lotos", 9, || anyhow::bail!("of a test"));
        assert!(matches!(over(&board, "lotos").await, Run::Failed));
        board.clear("lotos");
        assert!(board.look("lotos").is_none());
    }
}
