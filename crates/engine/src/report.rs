//! The reports of the morning and of the week to the owners: read from the store when they are due, told once.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use nochnik_core::report::week::{self, Week};
use nochnik_core::report::{self, Night, Taken, Waiting};
use nochnik_store::cases::CaseState;
use nochnik_store::{Sql, StoreError, businesses, cases, conversations, inbox, outbox};

use crate::Engine;
use crate::arrived::instant;
use crate::businesses::Known;
use crate::duty::{show_owners, tell_owners};
use crate::numbers::{self, tally_of};

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
            let today = known.settings.wall(now).date();
            let business = known.settings.id.to_string();
            let (night, week) = (report::due(&known.settings, now), week::due(&known.settings, now));
            if (night.is_none() && week.is_none()) || told.get(&business) == Some(&today) {
                continue;
            }
            let console = console(&engine.turns.context.public_url);
            let job = move |sql: &mut dyn Sql| {
                let teller = Teller { known: &known, console: &console, now_ms: now.as_millisecond() };
                night.map_or(Ok(()), |night| teller.tell_night(sql, night))?;
                week.map_or(Ok(()), |from| teller.tell_week(sql, from))
            };
            match engine.store.write(job).await {
                Ok(()) => drop(told.insert(business, today)),
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

/// Tells the owners of one business; each report once, by its key.
struct Teller<'a> {
    known: &'a Known,
    console: &'a str,
    now_ms: i64,
}

impl Teller<'_> {
    fn tell_night(
        &self,
        sql: &mut dyn Sql,
        (date, began_at, ended_at): (Date, Timestamp, Timestamp),
    ) -> Result<(), StoreError> {
        let settings = &self.known.settings;
        let night = read(sql, self.known, (began_at, ended_at))?;
        let (text, picture) = (report::text(settings, &night, self.console), report::chart(settings, &night));
        let key = format!("report:{}:{date}", settings.id);
        show_owners(sql, self.known, &key, &text, picture.as_ref(), self.now_ms)
    }

    fn tell_week(&self, sql: &mut dyn Sql, from: Date) -> Result<(), StoreError> {
        let settings = &self.known.settings;
        let text = week::text(settings, &read_week(sql, self.known, from, self.now_ms)?, self.console);
        tell_owners(sql, self.known, &format!("week:{}:{from}", settings.id), &text, self.now_ms)
    }
}

fn read_week(sql: &mut dyn Sql, known: &Known, from: Date, now_ms: i64) -> Result<Week, StoreError> {
    let settings = &known.settings;
    let days = |count: i64| from.checked_add(count.days()).unwrap_or(from);
    let tally = numbers::read(sql, settings, from, days(7))?.whole;
    let was_counted = numbers::began_on(sql, settings)?.is_some_and(|began| began <= days(-7));
    let before = if was_counted { Some(numbers::read(sql, settings, days(-7), from)?.whole) } else { None };
    let busy_version = businesses::get_version(sql, settings.id.as_str())?.map_or(0, |versions| versions.busy_version);
    let busy = known.snapshot(sql, busy_version, instant(now_ms))?.busy;
    Ok(Week { from, tally, before, diaries: week::diaries(settings, &busy, days(7)) })
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
