//! The morning's report to the owners: read from the store when it is due, told once.

use std::collections::BTreeMap;

use jiff::Timestamp;
use nochnik_core::report::{self, Night, Taken, Waiting};
use nochnik_store::cases::CaseState;
use nochnik_store::{Sql, StoreError, cases, conversations, inbox, outbox};

use crate::Engine;
use crate::arrived::instant;
use crate::businesses::Known;
use crate::duty::tell_owners;
use crate::numbers::tally_of;

const EVERY_MS: i64 = 60_000;
/// More dead letters than this are «many» to anybody.
const DEAD_MAX: i64 = 1_000;

/// Looks every minute whether a report is due, for as long as the engine runs.
pub(crate) async fn run(engine: Engine) {
    // A report told already is not counted together again each minute of the morning.
    let mut told = BTreeMap::new();
    while !engine.tasks.is_stopping() {
        let now = engine.clock.now();
        for known in engine.businesses.all() {
            let Some((date, began_at, ended_at)) = report::due(&known.settings, now) else { continue };
            let business = known.settings.id.to_string();
            if told.get(&business) == Some(&date) {
                continue;
            }
            let console = console(&engine.turns.context.public_url);
            let job = move |sql: &mut dyn Sql| {
                let text = report::text(&known.settings, &read(sql, &known, (began_at, ended_at))?, &console);
                let key = format!("report:{}:{date}", known.settings.id);
                tell_owners(sql, &known, &key, &text, now.as_millisecond())
            };
            match engine.store.write(job).await {
                Ok(()) => drop(told.insert(business, date)),
                Err(error) => tracing::error!(%error, "The morning's report could not be made"),
            }
        }
        tokio::select! {
            biased;
            () = engine.tasks.stopping() => return,
            () = engine.clock.sleep_until_ms(now.as_millisecond() + EVERY_MS) => {}
        }
    }
}

/// Where the rest stands; a server without an address of its own has only the numbers.
fn console(public_url: &str) -> String {
    if public_url.is_empty() { String::new() } else { format!("{public_url}/console") }
}

fn read(sql: &mut dyn Sql, known: &Known, (began_at, ended_at): (Timestamp, Timestamp)) -> Result<Night, StoreError> {
    let business = known.settings.id.as_str();
    let span_ms = (began_at.as_millisecond(), ended_at.as_millisecond());
    let counts = inbox::counts_of_clients(sql, business, span_ms)?;
    let number = |count: i64| u64::try_from(count).unwrap_or(0);
    let dead = outbox::list(sql, business, outbox::Status::Dead, DEAD_MAX)?;
    Ok(Night {
        began_at,
        ended_at,
        taken: Taken { done: number(counts.done), waiting: number(counts.waiting), parked: number(counts.parked) },
        tally: tally_of(sql, &known.settings, span_ms)?,
        waiting: waiting(sql, business)?,
        undelivered: u64::try_from(dead.len()).unwrap_or(u64::MAX),
    })
}

/// Whom nobody has taken yet, the longest first.
fn waiting(sql: &mut dyn Sql, business: &str) -> Result<Vec<Waiting>, StoreError> {
    let mut waiting = Vec::new();
    for case in cases::unfinished(sql, business)?.into_iter().filter(|case| case.state != CaseState::Taken) {
        let talk = conversations::get(sql, business, &case.conversation_id)?;
        let name = talk.map(|talk| talk.client_name).unwrap_or_default();
        waiting.push(Waiting { name, since: instant(case.opened_at_ms) });
    }
    waiting.sort_by_key(|client| client.since);
    Ok(waiting)
}
