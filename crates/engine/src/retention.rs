//! What clients told is taken away at night when it has been kept long enough.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use nochnik_core::business::{Retention, Settings};
use nochnik_store::retention::{self, Erased, ROWS_MAX, Terms};
use nochnik_store::{Sql, Store, StoreError, conversations};

use crate::arrived::instant;
use crate::businesses::Businesses;
use crate::clock::Clock;
use crate::numbers::{date, number};
use crate::save::json;
use crate::tasks::Tasks;
use crate::turn::state_of;

const EVERY_MS: i64 = 900_000;
const DAY_MS: i64 = 86_400_000;
/// From this hour of the business's own clock on: the quietest one.
const HOUR: i8 = 4;
/// Conversations found at a time.
const FOUND_MAX: i64 = 200;

/// Goes through every business once a day, for as long as the engine runs.
pub(crate) async fn run(store: Store, businesses: Arc<Businesses>, clock: Clock, tasks: Tasks) {
    let mut done = BTreeMap::new();
    while !tasks.is_stopping() {
        let now = clock.now();
        for known in businesses.all() {
            let settings = &known.settings;
            let (business, wall) = (settings.id.to_string(), settings.wall(now));
            if wall.hour() < HOUR || done.get(&business) == Some(&wall.date()) {
                continue;
            }
            match take_away(&store, settings, now, &tasks).await {
                Ok(()) => drop(done.insert(business, wall.date())),
                Err(error) => {
                    tracing::error!(%error, business.id = %business, "What is too old could not be taken away")
                }
            }
        }
        tokio::select! {
            biased;
            () = tasks.stopping() => return,
            () = clock.sleep_until_ms(now.as_millisecond() + EVERY_MS) => {}
        }
    }
}

/// Before which moments what clients told is too old.
pub fn terms(kept: Retention, now_ms: i64) -> Terms {
    let before = |days: u16| now_ms - DAY_MS * i64::from(days);
    Terms {
        messages_before_ms: before(kept.messages_days),
        leads_before_ms: before(kept.leads_days),
        visits_before_ms: before(kept.visits_days),
    }
}

/// What was taken away, the last day first, at most `limit` days.
pub fn erased(sql: &mut dyn Sql, business: &str, limit: i64) -> Result<Vec<(Date, Erased)>, StoreError> {
    Ok(retention::erased(sql, business, limit)?.into_iter().map(|(day, erased)| (date(day), erased)).collect())
}

/// Takes away all that is too old, a conversation at a time. What is found is found outside of the writer, which the
/// night's replies wait for.
async fn take_away(store: &Store, settings: &Settings, now: Timestamp, tasks: &Tasks) -> Result<(), StoreError> {
    let now_ms = now.as_millisecond();
    let terms = terms(settings.document.retention, now_ms);
    let day = number(settings.wall(now).date());
    let whole = move |sql: &mut dyn Sql, business: &str| retention::overdue(sql, business, &terms, now_ms, FOUND_MAX);
    let parts = move |sql: &mut dyn Sql, business: &str| {
        retention::outspoken(sql, business, terms.messages_before_ms, FOUND_MAX)
    };
    each(store, settings, day, tasks, whole, move |sql, business, conversation| {
        retention::erase(sql, business, conversation, &terms, now_ms, ROWS_MAX)
    })
    .await?;
    each(store, settings, day, tasks, parts, move |sql, business, conversation| {
        forget(sql, business, conversation, terms.messages_before_ms)?;
        retention::hush(sql, business, conversation, terms.messages_before_ms, ROWS_MAX)
    })
    .await
}

/// Takes the words out of a conversation's state, too. One that cannot be read is played by nobody; its messages go all
/// the same.
fn forget(sql: &mut dyn Sql, business: &str, conversation: &str, before_ms: i64) -> Result<(), StoreError> {
    let loaded = conversations::load(sql, business, conversation)?;
    let Some(Ok((mut state, version))) = loaded.map(|loaded| state_of(&loaded, conversation)) else { return Ok(()) };
    if state.forget_before(instant(before_ms)) {
        conversations::restate(sql, business, conversation, version, &json(&state))?;
    }
    Ok(())
}

/// Does to each conversation found what is to be done, until nothing more is found or the rest cannot be helped.
async fn each(
    store: &Store,
    settings: &Settings,
    day: i64,
    tasks: &Tasks,
    find: impl Fn(&mut dyn Sql, &str) -> Result<Vec<String>, StoreError> + Copy + Send + Sync + 'static,
    act: impl Fn(&mut dyn Sql, &str, &str) -> Result<Erased, StoreError> + Copy + Send + Sync + 'static,
) -> Result<(), StoreError> {
    let business = settings.id.to_string();
    loop {
        let of = business.clone();
        let found = store.read(move |sql| find(sql, &of)).await?;
        let mut is_moved = false;
        for conversation in found {
            if tasks.is_stopping() {
                return Ok(());
            }
            let of = business.clone();
            let step = move |sql: &mut dyn Sql| {
                let erased = act(sql, &of, &conversation)?;
                if erased != Erased::default() {
                    retention::note(sql, &of, day, &erased)?;
                }
                Ok(erased != Erased::default())
            };
            is_moved |= store.write(step).await?;
        }
        if !is_moved {
            return Ok(());
        }
    }
}
