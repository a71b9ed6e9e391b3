//! The tasks of one engine: all of them end when it stops, and at once when it is killed.

use std::future::Future;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Spawns what lives as long as the engine does.
#[derive(Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stopping: CancellationToken,
    killed: CancellationToken,
    over: CancellationToken,
}

impl Tasks {
    /// Runs the task until it ends or the engine is killed.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let killed = self.killed.clone();
        self.tracker.spawn(async move {
            tokio::select! {
                biased;
                () = killed.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// Runs the task beside the others, until the last of them has ended.
    pub fn accompany(&self, task: impl Future<Output = ()> + Send + 'static) {
        let over = self.over.clone();
        tokio::spawn(async move {
            tokio::select! {
                biased;
                () = over.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// Ends when no new work is to be begun.
    pub async fn stopping(&self) {
        self.stopping.cancelled().await;
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Begins no new work and waits until what is under way has ended.
    pub async fn stop(&self) {
        self.stopping.cancel();
        self.tracker.close();
        self.tracker.wait().await;
        self.over.cancel();
    }

    /// Drops every task where it stands, as a crash would.
    pub async fn kill(&self) {
        self.stopping.cancel();
        self.killed.cancel();
        self.over.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}
