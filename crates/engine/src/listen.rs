//! Polled channels → inbox. The cursor that confirms a batch is stored with the batch.

use std::sync::Arc;
use std::time::Duration;

use nochnik_adapters::Failure;
use nochnik_adapters::ports::{Channel, Notifier, Polled};
use nochnik_store::{StoreError, keys};

use crate::Engine;
use crate::clock::pause;

/// After an answer with nothing in it: a vendor that does not hold the request would be asked in a
/// busy loop. A held one costs this much once in its time-out.
const PAUSE_EMPTY: Duration = Duration::from_millis(100);
const PAUSE_MIN: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Fetches one account's updates for as long as the engine runs.
pub async fn run(engine: Engine, business: String, account: String, channel: Arc<dyn Channel>) {
    let mut delay = PAUSE_MIN;
    if let Err(failure) = channel.subscribe(None).await {
        tracing::warn!(channel = %account, %failure, "Could not switch {account} to fetching");
    }
    while !engine.tasks.is_stopping() {
        let polled = tokio::select! {
            biased;
            () = engine.tasks.stopping() => return,
            polled = poll(&engine, &business, &account, &*channel) => polled,
        };
        match polled {
            Ok(has_come) => {
                delay = PAUSE_MIN;
                let least = if has_come { Duration::ZERO } else { PAUSE_EMPTY };
                pause(channel.poll_pause().max(least)).await;
            }
            Err(why) => {
                tracing::warn!(channel = %account, %why, "Could not fetch updates of {account}");
                tokio::select! {
                    () = engine.tasks.stopping() => return,
                    () = pause(delay) => {}
                }
                delay = (delay * 2).min(PAUSE_MAX);
            }
        }
    }
}

/// How often a vendor is told again where to push: somebody may have taken the address away.
const SUBSCRIBE_EVERY: Duration = Duration::from_secs(300);

/// Tells the vendor where to push, and tells it again for as long as the engine runs.
pub async fn subscribe(engine: Engine, account: String, channel: Arc<dyn Channel>, url: String) {
    while !engine.tasks.is_stopping() {
        if let Err(failure) = channel.subscribe(Some(&url)).await {
            tracing::warn!(channel = %account, %failure, "Could not tell {account} where to push");
        }
        tokio::select! {
            biased;
            () = engine.tasks.stopping() => return,
            () = pause(SUBSCRIBE_EVERY) => {}
        }
    }
}

/// The same for a vendor of SMS or calls, which reports how far they have come.
pub async fn subscribe_means(engine: Engine, account: String, means: Arc<dyn Notifier>, url: String) {
    while !engine.tasks.is_stopping() {
        if let Err(failure) = means.subscribe(Some(&url)).await {
            tracing::warn!(means = %account, %failure, "Could not tell {account} where to report");
        }
        tokio::select! {
            biased;
            () = engine.tasks.stopping() => return,
            () = pause(SUBSCRIBE_EVERY) => {}
        }
    }
}

/// Fetches one batch; tells whether there was anything in it.
async fn poll(engine: &Engine, business: &str, account: &str, channel: &dyn Channel) -> Result<bool, String> {
    let name = format!("cursor:{business}/{account}");
    let read = name.clone();
    let cursor =
        engine.store.read(move |sql| keys::get(sql, &read)).await.map_err(|error: StoreError| error.to_string())?;
    let cursor = cursor.and_then(|bytes| String::from_utf8(bytes).ok());
    let Polled { incoming, cursor: next } =
        channel.poll(cursor.as_deref()).await.map_err(|failure: Failure| failure.to_string())?;
    if incoming.is_empty() && next == cursor {
        return Ok(false);
    }
    let mark = next.map(|next| (name, next));
    engine.take_in(business, account, incoming, mark).await.map(|_| true).map_err(|error| error.to_string())
}
