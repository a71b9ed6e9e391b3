//! The auditor: proves every half minute that each open case has a next step, and mends what has not.

use nochnik_core::effect::Alarm;
use nochnik_core::event::What;
use nochnik_core::values::CaseId;
use nochnik_store::{Sql, Store, StoreError, alarms, bookings, cases, inbox, nodes, outbox, people, record_views};

use crate::arrived::Arrived;
use crate::clock::Clock;
use crate::health::Beat;
use crate::ingest::arrive;
use crate::tasks::Tasks;
use crate::turns::Turns;

const EVERY_MS: i64 = 30_000;
/// A step this late is missing, not slow. Source: reliability G7.
const GRACE_MS: i64 = 15_000;
/// A hold is let go by its conversation's alarm; this is for conversations that cannot be played. One that still may be
/// is left alone, however late: after a while without us it may find that a person agreed on the time.
const HOLD_GRACE_MS: i64 = 120_000;
const DAY_MS: i64 = 86_400_000;
/// Finished rows are kept as long as a repeat may come. Source: spike section 4.
const KEEP_MS: i64 = 30 * DAY_MS;
const PURGE_MAX: i64 = 2_000;
/// Who opened what of a client is asked about within a year.
const VIEWS_KEEP_MS: i64 = 366 * DAY_MS;

pub async fn run(store: Store, turns: Turns, clock: Clock, tasks: Tasks, beat: Beat) {
    while !tasks.is_stopping() {
        let now_ms = clock.now_ms();
        match store.write(move |sql| look(sql, now_ms)).await {
            Ok(orphans) => {
                beat.touch(now_ms);
                metrics::gauge!("nochnik_cases_without_next_step").set(orphans.len() as f64);
                for (business, conversation) in orphans {
                    tracing::error!(conversation.id = %conversation, "An open case had no next step; it goes on from here");
                    turns.poke(&business, &conversation);
                }
            }
            Err(error) => tracing::error!(%error, "The auditor could not look"),
        }
        tokio::select! {
            biased;
            () = tasks.stopping() => return,
            () = clock.sleep_until_ms(now_ms + EVERY_MS) => {}
        }
    }
}

fn look(sql: &mut dyn Sql, now_ms: i64) -> Result<Vec<(String, String)>, StoreError> {
    nodes::forget(sql, now_ms - DAY_MS)?;
    alarms::purge(sql, now_ms - KEEP_MS, PURGE_MAX)?;
    bookings::expire_due(sql, now_ms - HOLD_GRACE_MS, PURGE_MAX)?;
    inbox::purge(sql, now_ms - KEEP_MS, PURGE_MAX)?;
    outbox::purge(sql, now_ms - KEEP_MS, PURGE_MAX)?;
    people::purge(sql, now_ms - DAY_MS)?;
    record_views::purge(sql, now_ms - VIEWS_KEEP_MS, PURGE_MAX)?;
    let mut mended = Vec::new();
    for orphan in cases::without_next(sql, now_ms, GRACE_MS)? {
        let alarm = Alarm::Repair { case: CaseId::new(&*orphan.id) };
        let key = format!("repair:{}:{}", orphan.id, now_ms / EVERY_MS);
        arrive(sql, &orphan.business, &key, &orphan.conversation_id, &Arrived::Happened(What::Alarm(alarm)), now_ms)?;
        mended.push((orphan.business, orphan.conversation_id));
    }
    Ok(mended)
}
