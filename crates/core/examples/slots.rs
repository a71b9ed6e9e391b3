//! Measures the search for slots on one core: thirty days of twenty specialists, 70 % taken.
//!
//! `cargo run -p nochnik-core --example slots --release` prints a Markdown table.

#![expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]

use std::error::Error;
use std::hint::black_box;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use nochnik_core::business::{Business, Document, Settings};
use nochnik_core::schedule::{Busy, Slot, SlotAsk, Window, free_slots, nearest};
use nochnik_core::values::{ServiceId, SpecialistId};
use serde_json::{Value, json};

const SPECIALISTS: usize = 20;
const DAYS: i32 = 30;
/// A working day, 10:00 to 20:00, in half hours.
const HALF_HOURS: i64 = 20;
const TAKEN_SHARE: f64 = 0.7;
const ROUNDS: usize = 2_000;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let settings = settings()?;
    let now = settings.moment_of(date(2026, 11, 24).at(9, 0, 0, 0));
    let busy = diaries(&settings);
    let business = Business { settings, changes: Arc::default(), busy: Arc::new(busy) };
    let mut out = io::stdout().lock();
    writeln!(out, "Taken visits: {}.\n", business.busy.len())?;
    writeln!(out, "| question | slots | median, µs | p99, µs |\n| --- | --- | --- | --- |")?;
    for (question, service) in [("an hour, the first that fit", "hour"), ("a whole day, which nobody has free", "day")]
    {
        let ask = ask(service);
        let (found, spent) = timed(|| free_slots(&business, &ask, now));
        line(&mut out, question, found, &spent)?;
        let around = date(2026, 12, 9).at(15, 0, 0, 0);
        let (found, spent) = timed(|| nearest(&business, &ask, around, now, 3));
        line(&mut out, &format!("{question}: nearest to a time"), found, &spent)?;
    }
    Ok(())
}

fn line(out: &mut impl Write, question: &str, found: usize, spent: &[Duration]) -> Result<()> {
    let (median, p99) = (spent[spent.len() / 2], spent[spent.len() * 99 / 100]);
    Ok(writeln!(out, "| {question} | {found} | {} | {} |", median.as_micros(), p99.as_micros())?)
}

/// How many slots come, and how long each round took, the shortest first.
fn timed(search: impl Fn() -> Vec<Slot>) -> (usize, Vec<Duration>) {
    let found = search().len();
    let mut spent: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            black_box(search());
            began.elapsed()
        })
        .collect();
    spent.sort_unstable();
    (found, spent)
}

fn ask(service: &str) -> SlotAsk {
    let first = date(2026, 11, 24);
    let window = Window::of_days(first, first + DAYS.days());
    SlotAsk { services: vec![ServiceId::from(service)], specialist: None, without: Vec::new(), window }
}

fn settings() -> Result<Settings> {
    let services = json!([
        { "id": "hour", "name": "Час", "price": 1000, "duration_min": 60, "buffer_min": 10 },
        { "id": "day", "name": "День", "price": 9000, "duration_min": 480 },
    ]);
    let staff: Vec<Value> =
        (0..SPECIALISTS).map(|n| json!({ "id": name(n), "name": name(n), "services": ["hour", "day"] })).collect();
    let open = json!(["10:00", "20:00"]);
    let hours = json!({ "mon": open, "tue": open, "wed": open, "thu": open, "fri": open, "sat": open, "sun": open });
    let document: Document = serde_json::from_value(json!({
        "id": "bench", "type": "beauty_salon", "name": "Замер", "hours": hours, "services": services, "staff": staff,
    }))?;
    Settings::build(document, 1).map_err(|problems| format!("{problems:?}").into())
}

fn name(specialist: usize) -> String {
    format!("specialist-{specialist}")
}

/// Visits of one or two half hours at pseudo-random times, the same in every run.
fn diaries(settings: &Settings) -> Vec<Busy> {
    let mut random = 20_261_124_u64;
    let mut busy = Vec::new();
    for specialist in 0..SPECIALISTS {
        for day in 0..=DAYS {
            let opens_at = settings.moment_of((date(2026, 11, 24) + day.days()).at(10, 0, 0, 0));
            let mut half_hour = 0;
            while half_hour < HALF_HOURS {
                let length = i64::from(next(&mut random) < 0.5) + 1;
                if next(&mut random) < TAKEN_SHARE {
                    busy.push(visit(specialist, opens_at, half_hour, length.min(HALF_HOURS - half_hour)));
                }
                half_hour += length;
            }
        }
    }
    busy
}

fn visit(specialist: usize, opens_at: Timestamp, half_hour: i64, length: i64) -> Busy {
    let from = opens_at + SignedDuration::from_mins(30 * half_hour);
    Busy::of_specialist(SpecialistId::new(name(specialist)), from, from + SignedDuration::from_mins(30 * length))
}

/// A number from 0 to 1 by Knuth's linear congruence; good enough to scatter visits.
fn next(random: &mut u64) -> f64 {
    *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    f64::from(u32::try_from(*random >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}
