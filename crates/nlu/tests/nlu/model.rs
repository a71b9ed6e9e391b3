//! The shipped model: made of the shipped texts, small in time, and taught on by a business.

use crate::{common, labelled};
use std::sync::Arc;

use jiff::civil::{DateTime, date};
use nochnik_nlu::{
    Example, Intent, TEXT_CHARS_MAX, TrainError, WishModel, assess, masked, shipped_model, train, train_shipped,
    understand,
};

fn now() -> DateTime {
    date(2026, 11, 24).at(22, 15, 0, 0)
}

fn example(text: &str, intent: Intent) -> Example {
    Example { text: text.to_owned(), expecting: None, intents: vec![intent], family: text.to_owned() }
}

/// Training again gives the bytes that are checked in. If this fails after a change of words:
/// `cargo run -p nochnik-nlu --example train_shipped`.
#[test]
fn training_again_gives_the_same_bytes() {
    assert!(train_shipped(|_| false).to_bytes() == shipped_model().to_bytes(), "data/intents.model is out of date");
}

#[test]
fn a_model_kept_as_bytes_is_the_same() {
    assert_eq!(WishModel::from_bytes(&shipped_model().to_bytes()).as_ref(), Ok(shipped_model()));
}

/// A word of the house that nobody else uses is learned from a few examples.
#[test]
fn a_business_teaches_its_own_words() {
    let lexicon = common::lexicon("salon");
    let said = ["шурхните меня", "шурхни меня пожалуйста", "надо бы шурхнуть", "прошу шурхнуть меня", "шурхайте меня"];
    let examples: Vec<Example> = said.iter().map(|text| example(text, Intent::Callback)).collect();
    let trained = train(&examples, &lexicon, now()).expect("few examples");
    assert!(trained.is_no_worse());
    assert_eq!(trained.held_out.messages(), examples.len());
    let lexicon = lexicon.with_model(Arc::new(trained.model.clone()));
    assert_eq!(understand("шурхните нас", None, &lexicon, now()).intent(), Intent::Callback);
    let report = assess(&examples, &trained.model, &lexicon, now()).expect("few examples");
    assert_eq!(report.right(), examples.len());
}

/// What is learned from need not name anybody: the marks of a masked message are read as what they stand for.
#[test]
fn a_masked_message_is_read_as_the_one_it_was() {
    let lexicon = common::lexicon("salon");
    for (text, intent) in [
        ("запишите меня на маникюр завтра в 18:30, Ольга, 8 918 555-12-31", Intent::Book),
        ("сколько стоит маникюр?", Intent::Price),
        ("отмените мою запись на завтра", Intent::Cancel),
    ] {
        let line = masked(text, None, &lexicon, now());
        for hidden in ["Ольга", "555", "18:30", "маникюр"] {
            assert!(!line.contains(hidden), "{line}");
        }
        let report = assess(&[example(&line, intent)], shipped_model(), &lexicon, now()).expect("one example");
        assert_eq!(report.right(), 1, "{line}: {:?}", report.confusions());
    }
}

#[test]
fn an_example_without_an_intent_is_refused() {
    let nameless = Example { intents: Vec::new(), ..example("что-то", Intent::Book) };
    let refused = train(&[example("хочу", Intent::Book), nameless], &common::lexicon("salon"), now());
    assert_eq!(refused.err(), Some(TrainError::Intents { example: 1 }));
}

/// Long nonsense costs no more than the bounds of a message let it.
#[test]
fn long_nonsense_is_cut() {
    let lexicon = common::lexicon("auto");
    for labelled::Nonsense { name, piece } in labelled::nonsense() {
        let long = piece.repeat(10_000 / piece.len());
        let cut: String = long.chars().take(TEXT_CHARS_MAX).collect();
        let (whole, cut) = (understand(&long, None, &lexicon, now()), understand(&cut, None, &lexicon, now()));
        assert_eq!(whole.intents, cut.intents, "{name}");
    }
}
