//! Read-only connections to the SQLite file: a few, each with short reads, so that the WAL stays small.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::sqlite::{Lite, open_reader, refusal};
use crate::writer::guard;
use crate::{Sql, StoreError};

/// Console pages read in milliseconds; two never starve the writer on two cores.
const READERS: usize = 2;
/// A longer read holds the WAL back and is interrupted.
const READ_MS_MAX: u64 = 2_000;

/// A small pool.
#[derive(Clone)]
pub(crate) struct Readers {
    free: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(crate) fn open(database: &Path) -> Result<Self, StoreError> {
        let idle = (0..READERS).map(|_| open_reader(database)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { free: Arc::new(Semaphore::new(READERS)), idle: Arc::new(Mutex::new(idle)) })
    }

    /// Runs `job` on one snapshot of the database.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = self.free.clone().acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let connection = self.take().ok_or(StoreError::Closed)?;
        let stop = connection.get_interrupt_handle();
        let back = self.clone();
        let mut reading = tokio::task::spawn_blocking(move || {
            let result = snapshot(&connection, job);
            back.give_back(connection);
            drop(permit);
            result
        });
        let done = tokio::select! {
            done = &mut reading => done,
            () = crate::pause(Duration::from_millis(READ_MS_MAX)) => {
                stop.interrupt();
                reading.await
            }
        };
        done.unwrap_or_else(|error| Err(StoreError::Panicked(error.to_string())))
    }

    /// Lets no new reader in and closes the connections once the running ones are done.
    pub(crate) async fn close(&self) {
        if let Ok(all) = self.free.acquire_many(READERS as u32).await {
            self.free.close();
            drop(all);
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn take(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn give_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

fn snapshot<T>(
    connection: &Connection,
    job: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let statement = |text| connection.execute_batch(text).map_err(|error| refusal("", &error));
    statement("begin")?;
    let result = guard(|| job(&mut Lite::new(connection)));
    if !connection.is_autocommit() {
        statement("rollback")?;
    }
    result
}
