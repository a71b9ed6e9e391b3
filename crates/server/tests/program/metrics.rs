//! What a server is watched by from outside.

use std::time::{Duration, Instant};

use nochnik_store::inbox::{self, Arrival};
use nochnik_store::{Sql, Store, StoreError};

use crate::real::{Real, now_ms};

/// An update that no turn could read, set aside.
fn park(sql: &mut dyn Sql, business: &str, received_at_ms: i64) -> Result<(), StoreError> {
    let arrival = Arrival {
        dedupe_key: "telegram:1",
        conversation_id: "c1",
        kind: "client",
        payload: "{}",
        received_at_ms,
        due_at_ms: received_at_ms,
    };
    let id = inbox::put(sql, business, &arrival)?.unwrap();
    inbox::fail(sql, business, id, "it cannot be read", true)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_set_aside_in_all_businesses_is_a_number_for_prometheus() {
    let mut real = Real::fresh();
    let store = Store::open(&format!("sqlite:{}", real.database().display())).await.unwrap();
    let parking = |sql: &mut dyn Sql| ["lotos", "barber"].iter().try_for_each(|business| park(sql, business, now_ms()));
    store.write(parking).await.unwrap();
    store.close().await;

    real.start().await;
    let begun = Instant::now();
    let told = loop {
        let told = real.get("/metrics").await.unwrap();
        if told.contains("nochnik_inbox{what=\"parked\"} 2\n") {
            break told;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{told}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert!(told.contains("nochnik_inbox{what=\"waiting\"} "), "{told}");
    assert!(told.contains("# HELP nochnik_inbox Входящие всех бизнесов"), "{told}");
}
