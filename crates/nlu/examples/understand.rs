//! Reads messages as JSON lines and prints their labels, for the scorer of the labelled set.
//!
//! `understand --business FILE.json --now 2026-11-22T23:40:00+03:00 < messages > predictions`

#![expect(clippy::disallowed_methods, reason = "a test drives its peers itself")]

use std::{
    error::Error,
    fs,
    io::{self, BufRead, Write},
    time::Instant,
};

use nochnik_nlu::{Expecting, Lexicon, ServiceWords, SpecialistWords, label, understand, warm_up};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let flag = |name: &str| arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1));
    let business: Value =
        serde_json::from_str(&fs::read_to_string(flag("--business").ok_or("--business FILE is required")?)?)?;
    let lexicon = lexicon(&business);
    warm_up();
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let message: Value = serde_json::from_str(&line?)?;
        let now = message["now"].as_str().or(flag("--now").map(String::as_str)).ok_or("--now is required")?;
        let now = now.get(..19).ok_or("now is too short")?.parse()?;
        let expecting: Option<Expecting> = serde_json::from_value(message["context"].clone()).unwrap_or(None);
        let started = Instant::now();
        let meaning = understand(message["text"].as_str().unwrap_or_default(), expecting, &lexicon, now);
        let ms = started.elapsed().as_secs_f64() * 1000.0;
        let mut answer = label(&meaning, expecting, now);
        answer["id"] = message["id"].clone();
        answer["ms"] = json!(ms);
        answer["chances"] = json!(meaning.intents);
        writeln!(out, "{answer}")?;
    }
    Ok(())
}

fn lexicon(business: &Value) -> Lexicon {
    let texts = |value: &Value| {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let services = business["services"].as_array().into_iter().flatten();
    let services: Vec<ServiceWords> = services
        .map(|it| ServiceWords { id: text(&it["id"]), name: text(&it["name"]), synonyms: texts(&it["synonyms"]) })
        .collect();
    let staff = business["staff"].as_array().into_iter().flatten();
    let staff: Vec<SpecialistWords> = staff
        .map(|it| SpecialistWords {
            id: text(&it["id"]),
            name: text(&it["name"]),
            aliases: texts(&it["aliases"]),
            role: text(&it["role"]),
        })
        .collect();
    let opens_early = business["hours"]
        .as_object()
        .into_iter()
        .flatten()
        .any(|(_, hours)| hours[0].as_str().is_some_and(|at| at <= "08:00"));
    Lexicon::new(&services, &staff, opens_early)
}
