//! Measures one core: microseconds a labelled message, milliseconds for ten kilobytes of nonsense.
//!
//! `cargo run -p nochnik-nlu --example speed --release [-- FIGURES.json]` prints Markdown tables;
//! the figures are those of another reader, as `bench/nlpjs/measure.mjs` prints them.

#![expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]

#[path = "../tests/nlu/common.rs"]
mod common;
#[path = "../tests/nlu/labelled.rs"]
mod labelled;

use std::{
    collections::HashMap,
    error::Error,
    fs,
    hint::black_box,
    io::{self, Write},
    time::{Duration, Instant},
};

use jiff::civil::DateTime;
use nochnik_nlu::{Expecting, Lexicon, understand, warm_up};
use serde_json::Value;

/// Times every labelled message is read; the first reading of all is not counted.
const ROUNDS: usize = 5;
/// Times every long text is read.
const READINGS: usize = 20;
/// How long a long text is.
const LONG_BYTES: usize = 10_000;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

struct Message {
    text: String,
    business: String,
    expecting: Option<Expecting>,
    now: DateTime,
}

fn main() -> Result<()> {
    warm_up();
    let other: Value = match std::env::args().nth(1) {
        Some(path) => serde_json::from_str(&fs::read_to_string(path)?)?,
        None => Value::Null,
    };
    let messages = messages()?;
    let lexicons: HashMap<String, Lexicon> =
        messages.iter().map(|message| (message.business.clone(), common::lexicon(&message.business))).collect();
    let mut out = io::stdout().lock();
    writeln!(out, "\n## Reading a message\n\n| reader | messages | median, µs | p99, µs | slowest, µs |")?;
    writeln!(out, "| --- | --- | --- | --- | --- |")?;
    let spent = labelled_times(&messages, &lexicons);
    writeln!(
        out,
        "| Nochnik, everything | {} × {ROUNDS} | {} | {} | {} |",
        messages.len(),
        micros(at(&spent, 0.5)),
        micros(at(&spent, 0.99)),
        micros(at(&spent, 1.0)),
    )?;
    if other.is_object() {
        let of = |key: &str| figure(&other["messages"][key]);
        let name = other["name"].as_str().unwrap_or_default();
        writeln!(out, "| {name} | {} | {} | {} | {} |", of("count"), of("median_us"), of("p99_us"), of("max_us"))?;
    }
    nonsense(&mut out, &lexicons, &other)
}

/// Ten kilobytes of what is no message.
fn nonsense(out: &mut impl Write, lexicons: &HashMap<String, Lexicon>, other: &Value) -> Result<()> {
    let lexicon = lexicons.get("salon").ok_or("no salon among the businesses")?;
    writeln!(out, "\n## Ten kilobytes of nonsense\n\n| text | median, ms | slowest, ms | nlp.js, median, ms |")?;
    writeln!(out, "| --- | --- | --- | --- |")?;
    for kind in labelled::nonsense() {
        let text = kind.piece.repeat(LONG_BYTES / kind.piece.len());
        let mut spent: Vec<Duration> = (0..READINGS).map(|_| timed(&text, None, lexicon, some_day())).collect();
        spent.sort_unstable();
        let theirs = figure(&other["nonsense_us"][&kind.name]);
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            kind.name,
            millis(at(&spent, 0.5)),
            millis(at(&spent, 1.0)),
            theirs.parse::<f64>().map_or(theirs, |micros| format!("{:.2}", micros / 1_000.0)),
        )?;
    }
    Ok(())
}

fn messages() -> Result<Vec<Message>> {
    let read = |line: String| -> Result<Message> {
        let gold: Value = serde_json::from_str(&line)?;
        let word = |key: &str| gold[key].as_str().unwrap_or_default().to_owned();
        Ok(Message {
            text: word("text"),
            business: word("business"),
            expecting: serde_json::from_value(gold["context"].clone())?,
            now: word("now").get(..19).unwrap_or_default().parse()?,
        })
    };
    ["dev", "unseen"].into_iter().flat_map(labelled::lines).map(read).collect()
}

/// The time of every reading of every message, sorted.
fn labelled_times(messages: &[Message], lexicons: &HashMap<String, Lexicon>) -> Vec<Duration> {
    let mut spent = Vec::with_capacity(messages.len() * ROUNDS);
    for round in 0..=ROUNDS {
        for message in messages {
            let Some(lexicon) = lexicons.get(&message.business) else { continue };
            let took = timed(&message.text, message.expecting, lexicon, message.now);
            if round > 0 {
                spent.push(took);
            }
        }
    }
    spent.sort_unstable();
    spent
}

fn timed(text: &str, expecting: Option<Expecting>, lexicon: &Lexicon, now: DateTime) -> Duration {
    let began = Instant::now();
    black_box(understand(black_box(text), expecting, lexicon, now));
    began.elapsed()
}

const fn some_day() -> DateTime {
    jiff::civil::datetime(2026, 11, 24, 22, 15, 0, 0)
}

/// The value at this share of a sorted list, by nearest rank.
fn at(sorted: &[Duration], share: f64) -> Duration {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

fn micros(duration: Duration) -> String {
    format!("{:.0}", duration.as_secs_f64() * 1e6)
}

fn millis(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1e3)
}

/// A number of another reader's figures; a dash where there is none.
fn figure(value: &Value) -> String {
    value.as_f64().map_or_else(|| "—".to_owned(), |number| format!("{number:.0}"))
}
