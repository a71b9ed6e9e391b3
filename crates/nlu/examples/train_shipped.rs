//! Writes `data/messages.txt`, `data/asked.txt` and `data/questions.txt` anew from the labelled sets, or the models from the
//! texts.
//!
//! `cargo run -p nochnik-nlu --example train_shipped -- messages`, and then without an argument.

#[path = "../tests/nlu/common.rs"]
mod common;
#[path = "../tests/nlu/labelled.rs"]
mod labelled;

use std::{collections::HashMap, error::Error, fmt::Write, fs, path::Path};

use nochnik_nlu::{Lexicon, kinds_of, masked, train_needs, train_shipped, train_topics};
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    if std::env::args().nth(1).as_deref() == Some("messages") {
        fs::write(data.join("messages.txt"), messages()?)?;
        fs::write(data.join("asked.txt"), asked()?)?;
        fs::write(data.join("questions.txt"), questions()?)?;
    } else {
        fs::write(data.join("needs.model"), train_needs(|_| false).to_bytes())?;
        fs::write(data.join("topics.model"), train_topics(|_| false).to_bytes())?;
        fs::write(data.join("intents.model"), train_shipped(|_| false).to_bytes())?;
    }
    Ok(())
}

/// The labelled messages in the form of the training file, their details masked.
fn messages() -> Result<String, Box<dyn Error>> {
    let mut lexicons: HashMap<String, Lexicon> = HashMap::new();
    let mut text = String::from(
        "# The labelled messages of tests/data with their details masked, in the form of intents.txt.\n\
         # Made by `cargo run -p nochnik-nlu --example train_shipped -- messages`; not edited by hand.\n",
    );
    for gold in labelled::golds() {
        let word = |key: &str| labelled::word(&gold, key);
        let lexicon = lexicons.entry(word("business")).or_insert_with(|| common::lexicon(&word("business")));
        let also = gold["also"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let intents: Vec<String> = std::iter::once(word("intent")).chain(also.map(str::to_owned)).collect();
        let asked = gold["context"].as_str().map(|context| format!("?{context} ")).unwrap_or_default();
        writeln!(text, "@{} {asked}{}", intents.join("+"), word("family"))?;
        writeln!(text, "{}", masked(&word("text"), labelled::context(&gold), lexicon, labelled::moment(&gold)))?;
    }
    Ok(text)
}

/// The labelled messages with what they need, their details masked and the services left as they were said.
fn asked() -> Result<String, Box<dyn Error>> {
    let mut lexicons: HashMap<String, (Lexicon, HashMap<String, &str>)> = HashMap::new();
    let mut text = String::from(
        "# The labelled messages of tests/data with the kinds of service they need, other details masked.\n\
         # Made by `cargo run -p nochnik-nlu --example train_shipped -- messages`; not edited by hand.\n",
    );
    for gold in labelled::golds() {
        let word = |key: &str| labelled::word(&gold, key);
        let business = word("business");
        let (nameless, kinds) = lexicons.entry(business.clone()).or_insert_with(|| {
            (common::lexicon_without_services(&business), kinds_of(&common::lexicon(&business)).collect())
        });
        let services = gold["services"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let needed: Vec<&str> = services.filter_map(|service| kinds.get(service).copied()).collect();
        let needed = if needed.is_empty() { "-".to_owned() } else { needed.join("; ") };
        writeln!(text, "@{needed} #{}", word("family"))?;
        writeln!(text, "{}", masked(&word("text"), None, nameless, labelled::moment(&gold)))?;
    }
    Ok(text)
}

/// The labelled questions with what they are about, their details masked.
fn questions() -> Result<String, Box<dyn Error>> {
    let mut lexicons: HashMap<String, Lexicon> = HashMap::new();
    let mut text = String::from(
        "# The labelled questions of tests/data with their topics, details masked.\n\
         # Made by `cargo run -p nochnik-nlu --example train_shipped -- messages`; not edited by hand.\n",
    );
    for gold in labelled::golds().iter().filter(|gold| labelled::has_topic(gold)) {
        let word = |key: &str| labelled::word(gold, key);
        let lexicon = lexicons.entry(word("business")).or_insert_with(|| common::lexicon(&word("business")));
        writeln!(text, "@{} #{}", word("topic"), word("family"))?;
        writeln!(text, "{}", masked(&word("text"), labelled::context(gold), lexicon, labelled::moment(gold)))?;
    }
    Ok(text)
}
