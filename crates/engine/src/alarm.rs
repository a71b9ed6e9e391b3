//! Due alarms → inbox. An alarm is never early, and after a restart it is late but not lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use nochnik_core::event::What;
use nochnik_store::{Sql, Store, StoreError, alarms};
use tokio::sync::Notify;

use crate::arrived::Arrived;
use crate::clock::Clock;
use crate::health::Beat;
use crate::ingest::arrive;
use crate::tasks::Tasks;
use crate::turns::Turns;

/// Alarms turned into events in one transaction.
const ALARMS_MAX: i64 = 200;
/// An alarm that cannot be read is looked at again after this.
const UNREAD_MS: i64 = 10 * 60_000;
/// Without news the store is asked this often: another node may have set an alarm and died.
const LOOK_MS: i64 = 1_000;

/// Rings when an alarm was set that is due before the loop would look next.
#[derive(Clone)]
pub struct AlarmBell {
    rings: Arc<Notify>,
    looks_at_ms: Arc<AtomicI64>,
}

impl Default for AlarmBell {
    fn default() -> Self {
        Self { rings: Arc::default(), looks_at_ms: Arc::new(AtomicI64::new(i64::MAX)) }
    }
}

impl AlarmBell {
    pub fn ring_by(&self, due_at_ms: i64) {
        if due_at_ms < self.looks_at_ms.load(Ordering::Relaxed) {
            self.rings.notify_one();
        }
    }
}

/// Turns due alarms into events for as long as the engine runs.
pub async fn run(store: Store, turns: Turns, bell: AlarmBell, clock: Clock, tasks: Tasks, beat: Beat) {
    while !tasks.is_stopping() {
        let now_ms = clock.now_ms();
        let woken = store.write(move |sql| wake_due(sql, now_ms)).await;
        let look_at_ms = match woken {
            Ok(Woken { conversations, next_due_ms, is_full }) => {
                beat.touch(now_ms);
                for (business, conversation) in conversations {
                    turns.poke(&business, &conversation);
                }
                if is_full { now_ms } else { next_due_ms.unwrap_or(i64::MAX).clamp(now_ms, now_ms + LOOK_MS) }
            }
            Err(error) => {
                tracing::error!(%error, "Could not look for due alarms");
                now_ms + LOOK_MS
            }
        };
        bell.looks_at_ms.store(look_at_ms, Ordering::Relaxed);
        tokio::select! {
            biased;
            () = tasks.stopping() => return,
            () = bell.rings.notified() => {}
            () = clock.sleep_until_ms(look_at_ms) => {}
        }
    }
}

struct Woken {
    conversations: Vec<(String, String)>,
    next_due_ms: Option<i64>,
    is_full: bool,
}

fn wake_due(sql: &mut dyn Sql, now_ms: i64) -> Result<Woken, StoreError> {
    let due = alarms::due(sql, now_ms, ALARMS_MAX)?;
    let is_full = i64::try_from(due.len()).is_ok_and(|n| n >= ALARMS_MAX);
    let mut conversations = Vec::with_capacity(due.len());
    for row in due {
        // Perhaps a newer node set it: it can ring where it is understood, and the others ring now.
        let Ok(alarm) = serde_json::from_str(&row.payload) else {
            tracing::error!(alarm.id = row.id, kind = %row.kind, "Alarm {} cannot be read; it is tried again later", row.id);
            alarms::put_off(sql, &row.business, row.id, now_ms + UNREAD_MS)?;
            continue;
        };
        let arrived = Arrived::Happened(What::Alarm(alarm));
        arrive(sql, &row.business, &format!("alarm:{}", row.id), &row.conversation_id, &arrived, now_ms)?;
        alarms::done(sql, &row.business, row.id)?;
        conversations.push((row.business, row.conversation_id));
    }
    Ok(Woken { conversations, next_due_ms: alarms::next_due_ms(sql)?, is_full })
}
