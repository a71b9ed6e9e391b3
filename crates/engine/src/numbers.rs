//! What becomes known is written down as facts; days that are over are added up once and kept.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan};
use nochnik_core::business::Settings;
use nochnik_core::calendar::is_after_hours;
use nochnik_core::numbers::{Cell, Fact, Part, Tally, What};
use nochnik_store::numbers::{self, Daily};
use nochnik_store::{Sql, Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::businesses::Businesses;
use crate::clock::Clock;
use crate::tasks::Tasks;

const EVERY_MS: i64 = 3_600_000;
/// A day is added up this long after its end: a transaction that began before midnight is over by then.
const SETTLED_MS: i64 = 3_600_000;
/// Days of one business added up at a time: the first run after a long stop leaves the rest to the next hour.
const DAYS_MAX: i64 = 62;

/// What a message to a client answers, so that its sender knows how long the client waited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answering {
    pub since_ms: i64,
    pub channel: String,
    pub is_night: bool,
}

/// Days of a business, and all of them together.
#[derive(Debug, Default)]
pub struct Period {
    /// Every day, the earliest first.
    pub days: Vec<(Date, Tally)>,
    /// With what is counted by the UTC day alone.
    pub whole: Tally,
}

/// Writes facts down as known now.
pub(crate) fn note(
    sql: &mut dyn Sql,
    settings: &Settings,
    channel: &str,
    facts: &[Fact],
    now: Timestamp,
) -> Result<(), StoreError> {
    let is_night = is_after_hours(settings, now);
    facts.iter().try_for_each(|fact| add(sql, settings.id.as_str(), *fact, channel, is_night, now.as_millisecond()))
}

/// Writes one fact down.
pub(crate) fn add(
    sql: &mut dyn Sql,
    business: &str,
    fact: Fact,
    channel: &str,
    is_night: bool,
    at_ms: i64,
) -> Result<(), StoreError> {
    let what = fact.what.word().to_owned();
    numbers::add(
        sql,
        business,
        &numbers::Fact { at_ms, what, channel: channel.to_owned(), is_night, amount: fact.amount },
    )
}

/// Reads the days `[from, to)` of a business: kept ones as they are kept, the others from their facts.
pub fn read(sql: &mut dyn Sql, settings: &Settings, from: Date, to: Date) -> Result<Period, StoreError> {
    let business = settings.id.as_str();
    let mut days = BTreeMap::new();
    for (day, tally) in numbers::kept(sql, business, number(from), number(to))? {
        days.insert(day, parse(&tally, business)?);
    }
    for (first, last) in open_stretches(number(from)..number(to), |day| days.contains_key(&day)) {
        days.append(&mut fold(sql, settings, date(first), date(last + 1))?);
    }
    let mut whole = Tally::default();
    days.values().for_each(|tally| whole.merge(tally));
    put_daily(&mut whole, &numbers::daily(sql, business, number(from), number(to))?);
    let days = (number(from)..number(to)).map(|day| (date(day), days.remove(&day).unwrap_or_default())).collect();
    Ok(Period { days, whole })
}

/// Days that are not kept, as first and last of each run of them: one before the first fact must not have the whole
/// year behind it read anew.
fn open_stretches(days: Range<i64>, is_kept: impl Fn(i64) -> bool) -> Vec<(i64, i64)> {
    let mut stretches: Vec<(i64, i64)> = Vec::new();
    for day in days.filter(|day| !is_kept(*day)) {
        match stretches.last_mut() {
            Some((_, last)) if *last + 1 == day => *last = day,
            _ => stretches.push((day, day)),
        }
    }
    stretches
}

/// The date of the first fact; `None` while there is none.
pub fn began_on(sql: &mut dyn Sql, settings: &Settings) -> Result<Option<Date>, StoreError> {
    let first = numbers::first_at_ms(sql, settings.id.as_str())?;
    Ok(first.map(|at_ms| wall(settings, at_ms).date()))
}

/// Adds up what is over, every hour.
pub(crate) async fn run(store: Store, businesses: Arc<Businesses>, clock: Clock, tasks: Tasks) {
    while !tasks.is_stopping() {
        let now_ms = clock.now_ms();
        for known in businesses.all() {
            if let Err(error) = keep(&store, &known.settings, now_ms).await {
                tracing::error!(%error, business = %known.settings.id, "The numbers of a day could not be added up");
            }
        }
        tokio::select! {
            biased;
            () = tasks.stopping() => return,
            () = clock.sleep_until_ms(now_ms + EVERY_MS) => {}
        }
    }
}

/// Adds up the days of a business that are over and not kept yet. A day a transaction: nobody waits for a month.
pub async fn keep(store: &Store, settings: &Settings, now_ms: i64) -> Result<(), StoreError> {
    let today = number(wall(settings, now_ms - SETTLED_MS).date());
    let of = settings.clone();
    let from = store.read(move |sql| first_open(sql, &of)).await?;
    let Some(from) = from else { return Ok(()) };
    for day in (from..today).take(usize::try_from(DAYS_MAX).unwrap_or(usize::MAX)) {
        let of = settings.clone();
        store.write_soon(move |sql| keep_day(sql, &of, day)).await?;
    }
    Ok(())
}

fn first_open(sql: &mut dyn Sql, settings: &Settings) -> Result<Option<i64>, StoreError> {
    match numbers::last_kept(sql, settings.id.as_str())? {
        Some(last) => Ok(Some(last + 1)),
        None => Ok(began_on(sql, settings)?.map(number)),
    }
}

fn keep_day(sql: &mut dyn Sql, settings: &Settings, day: i64) -> Result<(), StoreError> {
    let tally = fold(sql, settings, date(day), date(day + 1))?.remove(&day).unwrap_or_default();
    let json = serde_json::to_string(&tally).unwrap_or_else(|error| unreachable!("a tally has no JSON form: {error}"));
    numbers::keep(sql, settings.id.as_str(), day, &json)
}

/// Adds up the facts of the days `[from, to)`.
fn fold(sql: &mut dyn Sql, settings: &Settings, from: Date, to: Date) -> Result<BTreeMap<i64, Tally>, StoreError> {
    let mut days = BTreeMap::<i64, Tally>::new();
    let span = (begins_ms(settings, from), begins_ms(settings, to));
    numbers::each(sql, settings.id.as_str(), span, &mut |fact| {
        let at = wall(settings, fact.at_ms);
        count(days.entry(number(at.date())).or_default(), fact, at);
    })?;
    Ok(days)
}

/// Adds up the facts of `[from_ms, to_ms)`.
pub(crate) fn tally_of(sql: &mut dyn Sql, settings: &Settings, span_ms: (i64, i64)) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    numbers::each(sql, settings.id.as_str(), span_ms, &mut |fact| {
        let at = wall(settings, fact.at_ms);
        count(&mut tally, fact, at);
    })?;
    Ok(tally)
}

/// A word of a later release counts for nothing here.
fn count(tally: &mut Tally, fact: numbers::Fact, at: DateTime) {
    if let Some(what) = What::parse(&fact.what) {
        let part = Part { what, channel: fact.channel, is_night: fact.is_night };
        tally.add(part, fact.amount, at.hour().unsigned_abs());
    }
}

fn put_daily(whole: &mut Tally, daily: &Daily) {
    let cells = [
        (What::Asked, daily.questions, daily.tokens),
        (What::Rung, daily.rings, daily.kop),
        (What::ButtonsShown, daily.buttons.0, daily.buttons.0),
        (What::ButtonsPressed, daily.buttons.1, daily.buttons.1),
        (What::LinksShown, daily.links.0, daily.links.0),
        (What::LinksOpened, daily.links.1, daily.links.1),
    ];
    for (what, count, sum) in cells {
        let part = Part { what, channel: String::new(), is_night: false };
        whole.put(part, &Cell { count, sum, ..Cell::default() });
    }
}

fn parse(tally: &str, business: &str) -> Result<Tally, StoreError> {
    serde_json::from_str(tally).map_err(|_| StoreError::Corrupt {
        table: "fact_days".into(),
        column: "tally".into(),
        row: business.into(),
    })
}

fn wall(settings: &Settings, at_ms: i64) -> jiff::civil::DateTime {
    settings.wall(Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH))
}

fn begins_ms(settings: &Settings, date: Date) -> i64 {
    settings.moment_of(date.at(0, 0, 0, 0)).as_millisecond()
}

/// Days since 1970.
pub(crate) fn number(date: Date) -> i64 {
    let epoch = Date::constant(1970, 1, 1);
    i64::from(date.since(epoch).map_or(0, |span| span.get_days()))
}

pub(crate) fn date(number: i64) -> Date {
    Date::constant(1970, 1, 1).checked_add(number.days()).unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_are_not_kept_are_read_anew() {
        let kept = |day: i64| (12..20).contains(&day) || day == 23;
        assert_eq!(open_stretches(10..25, kept), [(10, 11), (20, 22), (24, 24)]);
        assert_eq!(open_stretches(12..20, kept), []);
    }

    #[test]
    fn days_are_numbered_from_1970() {
        assert_eq!((number(Date::constant(1970, 1, 2)), date(20_782)), (1, Date::constant(2026, 11, 25)));
        assert_eq!(number(date(20_782)), 20_782);
    }
}
