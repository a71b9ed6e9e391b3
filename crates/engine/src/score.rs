//! Once a week the weights of the score are fitted to how cases ended.

use nochnik_core::score::{OUTCOMES_MAX, Outcome, Refit, refit};
use nochnik_store::{Sql, Store, StoreError, businesses, scores};

use crate::clock::Clock;
use crate::tasks::Tasks;

const EVERY_MS: i64 = 3_600_000;
const WEEK_MS: i64 = 7 * 24 * EVERY_MS;

pub async fn run(store: Store, clock: Clock, tasks: Tasks) {
    while !tasks.is_stopping() {
        let now_ms = clock.now_ms();
        if let Err(error) = look(&store, now_ms).await {
            tracing::error!(%error, "The weights of the score could not be fitted");
        }
        tokio::select! {
            biased;
            () = tasks.stopping() => return,
            () = clock.sleep_until_ms(now_ms + EVERY_MS) => {}
        }
    }
}

async fn look(store: &Store, now_ms: i64) -> Result<(), StoreError> {
    for business in store.read(businesses::list_ids).await? {
        let id = business.clone();
        let Some(outcomes) = store.read(move |sql| due(sql, &id, now_ms)).await? else { continue };
        // Half a second of arithmetic, away from the turns.
        let fitted = tokio::task::spawn_blocking(move || refit(&outcomes)).await.ok().flatten();
        if let Some(fitted) = fitted {
            store.write(move |sql| keep(sql, &business, &fitted, now_ms)).await?;
        }
    }
    Ok(())
}

/// The outcomes, when the last refit is a week old.
fn due(sql: &mut dyn Sql, business: &str, now_ms: i64) -> Result<Option<Vec<Outcome>>, StoreError> {
    if scores::last(sql, business)?.is_some_and(|last| now_ms - last.made_at_ms < WEEK_MS) {
        return Ok(None);
    }
    let limit = i64::try_from(OUTCOMES_MAX).unwrap_or(i64::MAX);
    let rows = scores::outcomes(sql, business, limit)?;
    Ok(Some(rows.iter().filter_map(|row| serde_json::from_str(row).ok()).collect()))
}

/// Another node may have kept its own meanwhile: one a week is enough.
fn keep(sql: &mut dyn Sql, business: &str, fitted: &Refit, now_ms: i64) -> Result<(), StoreError> {
    if scores::last(sql, business)?.is_some_and(|last| now_ms - last.made_at_ms < WEEK_MS) {
        return Ok(());
    }
    let json = serde_json::to_string(fitted).unwrap_or_default();
    scores::put_refit(sql, business, &json, fitted.is_used, now_ms).map(drop)
}
