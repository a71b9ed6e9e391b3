//! Measures small write jobs: `cargo run --release -p nochnik-store --example load -- sqlite:/tmp/load.db 64 4`.
//!
//! Arguments: address, jobs in flight, seconds. Each job is a webhook's: one inbox row with its own key.

#![expect(clippy::disallowed_methods, reason = "a test drives its peers itself")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nochnik_store::inbox::{self, Arrival};
use nochnik_store::{Store, StoreError};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the result is for the person who ran it")]
async fn main() -> Result<(), StoreError> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| "sqlite::memory:".into());
    let mut number = |default: u64| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (in_flight, seconds) = (number(64), number(4));
    let store = Store::open(&url).await?;
    let written = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let clients = (0..in_flight).map(|client| {
        let (store, written) = (store.clone(), written.clone());
        tokio::spawn(async move {
            while begun.elapsed() < Duration::from_secs(seconds) {
                let number = written.fetch_add(1, Ordering::Relaxed);
                store.write(move |sql| put(sql, client, number)).await?;
            }
            Ok::<_, StoreError>(())
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap_or(Err(StoreError::Closed))?;
    }
    let stats = store.stats();
    let rate = stats.jobs as f64 / begun.elapsed().as_secs_f64();
    println!("{in_flight} in flight: {rate:.0} jobs/s, {:.1} jobs a commit", stats.jobs as f64 / stats.commits as f64);
    store.close().await;
    Ok(())
}

fn put(sql: &mut dyn nochnik_store::Sql, client: u64, number: u64) -> Result<(), StoreError> {
    let (key, conversation) = (format!("{number:012}"), format!("c{client}"));
    let arrival = Arrival {
        dedupe_key: &key,
        conversation_id: &conversation,
        kind: "message",
        payload: r#"{"update_id":1,"message":{"chat":{"id":42},"text":"Добрый вечер, есть окно на маникюр завтра?"}}"#,
        received_at_ms: 1,
        due_at_ms: 1,
    };
    inbox::put(sql, "lotos", &arrival).map(drop)
}
