//! Throws broken messages at the reader, looking for panics and for calls over [`SLOW`].
//!
//! `cargo run -p nochnik-nlu --example fuzz --release -- N [SEED]` reads N messages: labelled ones
//! mutated, and random characters. Message n is made from SEED + n alone, so `-- 1 NUMBER` plays one
//! of them again and shows it. Ends with 1 if anything was found.

#![expect(clippy::disallowed_methods, reason = "times calls, and takes a seed from the clock where none is given")]

#[path = "../../tests/nlu/common.rs"]
mod common;
#[path = "../../tests/nlu/labelled.rs"]
mod labelled;
mod mutate;

use std::{
    error::Error,
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use jiff::civil::DateTime;
use nochnik_nlu::{Expecting, INTENTS_MAX, Lexicon, Meaning, understand, warm_up};
use proptest::{
    prelude::RngExt,
    test_runner::{RngAlgorithm, TestRng},
};
use serde_json::Value;

/// One message may take no longer.
const SLOW: Duration = Duration::from_millis(50);
/// A day of fuzzing, about.
const MESSAGES_MAX: u64 = 1_000_000_000;
const BUSINESSES: [&str; 6] = ["salon", "barber", "dental", "fitness", "auto", "tutor"];
const QUESTIONS: [Option<Expecting>; 9] = [
    None,
    Some(Expecting::Reminder),
    Some(Expecting::Confirm),
    Some(Expecting::OfferSlots),
    Some(Expecting::AskName),
    Some(Expecting::AskPhone),
    Some(Expecting::AskWhen),
    Some(Expecting::AskService),
    Some(Expecting::Csat),
];

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: u64 = arguments.next().ok_or("how many messages?")?.parse()?;
    let first: u64 = match arguments.next() {
        Some(seed) => seed.parse()?,
        None => u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?,
    };
    let count = count.min(MESSAGES_MAX);
    let mut out = io::stdout().lock();
    writeln!(out, "seed {first}")?;
    let house = House::open()?;
    let (mut found, mut slowest) = (0_u64, (Duration::ZERO, first));
    let began = Instant::now();
    for seed in (first..).take(usize::try_from(count)?) {
        let case = house.case(seed);
        let (fault, took) = house.play(&case);
        if count == 1 {
            writeln!(out, "{:?} in business {}, at {}: {:?}", case.expecting, case.business, case.now, case.text)?;
        }
        slowest = slowest.max((took, seed));
        let slow = (took > SLOW).then(|| format!("{} ms", took.as_millis()));
        if let Some(fault) = fault.or(slow) {
            found += 1;
            writeln!(out, "seed {seed}: {fault}: {:?}", case.text)?;
        }
    }
    let (took, seed) = slowest;
    writeln!(
        out,
        "{count} messages in {} s, {found} faults, slowest {took:?}: seed {seed}",
        began.elapsed().as_secs()
    )?;
    Ok(ExitCode::from(u8::from(found > 0)))
}

/// The businesses and the labelled messages.
struct House {
    lexicons: Vec<Lexicon>,
    texts: Vec<Vec<char>>,
}

/// One message and where it is read.
struct Case {
    text: String,
    business: usize,
    expecting: Option<Expecting>,
    now: DateTime,
}

impl House {
    fn open() -> Result<Self, Box<dyn Error>> {
        warm_up();
        let mut texts = Vec::new();
        for line in ["dev", "unseen"].into_iter().flat_map(labelled::lines) {
            let gold: Value = serde_json::from_str(&line)?;
            texts.push(gold["text"].as_str().unwrap_or_default().chars().collect());
        }
        Ok(Self { lexicons: BUSINESSES.map(common::lexicon).into(), texts })
    }

    /// The message of a seed.
    fn case(&self, seed: u64) -> Case {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let business = rng.random_range(0..self.lexicons.len());
        let expecting = QUESTIONS[rng.random_range(0..QUESTIONS.len())];
        Case { business, expecting, now: moment(&mut rng), text: mutate::message(&mut rng, &self.texts) }
    }

    /// Reads it; tells what was wrong, if anything, and how long it took.
    fn play(&self, case: &Case) -> (Option<String>, Duration) {
        let lexicon = &self.lexicons[case.business];
        let began = Instant::now();
        let read = catch_unwind(AssertUnwindSafe(|| understand(&case.text, case.expecting, lexicon, case.now)));
        let took = began.elapsed();
        let fault = match read {
            Ok(meaning) => broken_promise(&meaning, &case.text).map(str::to_owned),
            Err(_) => Some("panicked".to_owned()),
        };
        (fault, took)
    }
}

/// A moment of this century, or once in a while the last one of the calendar.
fn moment(rng: &mut TestRng) -> DateTime {
    if rng.random_bool(0.01) {
        return DateTime::MAX;
    }
    let day = DateTime::constant(2020, 1, 1, 0, 0, 0, 0);
    day.saturating_add(jiff::SignedDuration::from_mins(rng.random_range(0..80 * 365 * 24 * 60)))
}

/// Which promise of `understand` the meaning breaks.
fn broken_promise(meaning: &Meaning, text: &str) -> Option<&'static str> {
    let spans = [
        meaning.name.as_ref().map(|found| found.span),
        meaning.phone.as_ref().map(|found| found.span),
        meaning.specialist.as_ref().map(|found| found.span),
        meaning.when.as_ref().map(|found| found.span),
    ];
    let services = meaning.services.iter().map(|service| service.span);
    let is_span = |(start, end): (usize, usize)| text.get(start..end).is_some_and(|said| !said.is_empty());
    match () {
        () if !spans.into_iter().flatten().chain(services).all(is_span) => Some("a span is no part of the text"),
        () if !(1..=INTENTS_MAX).contains(&meaning.intents.len()) => Some("too few or too many intents"),
        () if !(0.0..=1.0).contains(&meaning.certainty) => Some("a certainty out of its bounds"),
        () => None,
    }
}
