//! Training by the owner: the business's examples on top of ours, and an honest report.

use jiff::civil::DateTime;

use super::{
    corpus::{self, Sample},
    features::Sides,
    learn::fit,
    model::WishModel,
    report::Report,
    settle::{Look, chosen},
};
use crate::{
    lexicon::Lexicon,
    linear::calibration::sigmoid,
    meaning::{Expecting, INTENTS_MAX, Intent},
};

/// Examples are read by models trained on the other folds.
const FOLDS: usize = 5;
/// Examples of one business beyond this many would train for minutes.
pub const EXAMPLES_MAX: usize = 5_000;
/// The business's own examples count as so many of ours.
const OWN_WEIGHT: usize = 8;

/// A message with the wish a person gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// As it was sent, or as [`crate::masked`] left it.
    pub text: String,
    /// What the bot had asked.
    pub expecting: Option<Expecting>,
    /// The primary intent first.
    pub intents: Vec<Intent>,
    /// Examples of one family stay on one side of a fold; unlike ones have unlike names.
    pub family: String,
}

/// Why nothing was trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrainError {
    /// More than [`EXAMPLES_MAX`].
    TooMany { examples: usize, at_most: usize },
    /// An example without an intent or with more than [`INTENTS_MAX`]; counted from 0.
    Intents { example: usize },
}

impl std::fmt::Display for TrainError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooMany { examples, at_most } => write!(out, "{examples} examples; at most {at_most} are trained on"),
            Self::Intents { example } => write!(out, "example {example} needs one to {INTENTS_MAX} intents"),
        }
    }
}

impl std::error::Error for TrainError {}

/// A new model and how it did on messages it had not seen.
#[derive(Clone, Debug)]
pub struct Trained {
    pub model: WishModel,
    /// The examples of the business, each read by a model trained without its family.
    pub held_out: Report,
    /// The same examples, read by the model in use until now.
    pub before: Report,
}

impl Trained {
    /// Whether the held-out examples are read at least as well as before.
    pub fn is_no_worse(&self) -> bool {
        self.held_out.right() >= self.before.right()
    }
}

/// Trains a model on the shipped messages and the business's examples; takes seconds.
///
/// Deterministic: the same examples give the same bytes. `now` is the wall clock dates are read
/// by; it has no influence on the wish beyond that a date was found. The lexicon's model is the
/// one in use until now.
///
/// # Errors
/// [`TrainError`] when there are too many examples or one has no intent.
pub fn train(examples: &[Example], lexicon: &Lexicon, now: DateTime) -> Result<Trained, TrainError> {
    check(examples)?;
    let own: Vec<Own> = examples.iter().map(|example| Own::read(example, lexicon, now)).collect();
    let ours = corpus::samples();
    let calibration = lexicon.model().calibration();
    let mut held_out = Report::default();
    let mut before = Report::default();
    for fold in 0..FOLDS {
        let (tested, kept): (Vec<&Own>, Vec<&Own>) = own.iter().partition(|own| own.sample.fold(FOLDS) == fold);
        if tested.is_empty() {
            continue;
        }
        let model = fit(&lessons(&ours, &kept), calibration);
        for own in tested {
            held_out.add(&own.sample.intents, &own.heard(&model));
            before.add(&own.sample.intents, &own.heard(lexicon.model()));
        }
    }
    Ok(Trained { model: fit(&lessons(&ours, &own.iter().collect::<Vec<_>>()), calibration), held_out, before })
}

/// Reads examples by a model and says how it did: the acceptance of a new version.
///
/// # Errors
/// [`TrainError`] as for [`train`].
pub fn assess(examples: &[Example], model: &WishModel, lexicon: &Lexicon, now: DateTime) -> Result<Report, TrainError> {
    check(examples)?;
    let mut report = Report::default();
    for example in examples {
        report.add(&example.intents, &Own::read(example, lexicon, now).heard(model));
    }
    Ok(report)
}

fn check(examples: &[Example]) -> Result<(), TrainError> {
    if examples.len() > EXAMPLES_MAX {
        return Err(TrainError::TooMany { examples: examples.len(), at_most: EXAMPLES_MAX });
    }
    let is_told = |example: &Example| (1..=INTENTS_MAX).contains(&example.intents.len());
    match examples.iter().position(|example| !is_told(example)) {
        Some(example) => Err(TrainError::Intents { example }),
        None => Ok(()),
    }
}

/// An example of the business, read.
struct Own {
    sample: Sample,
    rules: Vec<(Intent, f32)>,
    look: Look,
}

impl Own {
    fn read(example: &Example, lexicon: &Lexicon, now: DateTime) -> Self {
        let all = [Sides::All, Sides::Text, Sides::Rules];
        let (text, words) = corpus::unmasked(&example.text);
        let seen = corpus::seen(&text, words, example.expecting, lexicon, now, &all);
        let (intents, family) = (example.intents.clone(), example.family.clone());
        let sample = Sample { sides: seen.sides, intents, family, is_labelled: true };
        Self { sample, rules: seen.rules, look: seen.look }
    }

    fn heard(&self, model: &WishModel) -> Vec<(Intent, f32)> {
        let seen = self.sample.sides.first().map_or(&[][..], Vec::as_slice);
        let chances = model.logits(seen).map(sigmoid);
        if self.look.is_certain || self.look.leaves_to_rules(&chances, &self.rules) {
            return self.rules.clone();
        }
        chosen(&chances, &self.rules)
    }
}

/// Ours and the business's own, which weigh more.
fn lessons<'a>(ours: &'a [Sample], own: &[&'a Own]) -> Vec<&'a Sample> {
    let own = own.iter().flat_map(|own| std::iter::repeat_n(&own.sample, OWN_WEIGHT));
    ours.iter().chain(own).collect()
}
