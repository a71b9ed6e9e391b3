//! Training: logistic regression, one intent against the rest, and its honest report.

use jiff::civil::DateTime;

use super::{
    corpus::{self, Chance, Sample},
    features::{Feature, Sides},
    model::{COLUMNS, ROWS, WishModel, sigmoid},
    report::Report,
    settle::chosen,
};
use crate::{
    lexicon::Lexicon,
    meaning::{Expecting, INTENTS_MAX, Intent},
    words,
};

/// Times every sample is looked at.
const EPOCHS: usize = 6;
/// The first step of a weight; AdaGrad makes the later ones smaller.
const PACE: f32 = 0.1;
/// An error smaller than this teaches nothing.
const ERROR_MIN: f32 = 0.02;
const FOLDS: usize = 5;
/// Examples of one business beyond this many would train for minutes.
pub const EXAMPLES_MAX: usize = 5_000;
/// The business's own examples count as so many of ours.
const OWN_WEIGHT: usize = 3;

/// A message with the wish a person gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
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
/// by; it has no influence on the wish beyond that a date was found.
///
/// # Errors
/// [`TrainError`] when there are too many examples or one has no intent.
pub fn train(examples: &[Example], lexicon: &Lexicon, now: DateTime) -> Result<Trained, TrainError> {
    if examples.len() > EXAMPLES_MAX {
        return Err(TrainError::TooMany { examples: examples.len(), at_most: EXAMPLES_MAX });
    }
    let is_told = |example: &Example| (1..=INTENTS_MAX).contains(&example.intents.len());
    if let Some(example) = examples.iter().position(|example| !is_told(example)) {
        return Err(TrainError::Intents { example });
    }
    let own: Vec<Sample> = examples.iter().map(|example| own_sample(example, lexicon, now)).collect();
    let ours = corpus::samples();
    let all: Vec<&Sample> = ours.iter().chain(repeated(&own)).collect();
    let mut held_out = Report::default();
    let mut before = Report::default();
    for fold in 0..FOLDS.min(own.len()) {
        let (tested, kept): (Vec<&Sample>, Vec<&Sample>) =
            own.iter().partition(|sample| fold_of(&sample.family) == fold);
        if tested.is_empty() {
            continue;
        }
        let kept = kept.into_iter().flat_map(|sample| std::iter::repeat_n(sample, OWN_WEIGHT));
        let model = fit(&ours.iter().chain(kept).collect::<Vec<_>>());
        for sample in tested {
            held_out.add(&sample.intents, &chosen(&model.probabilities(&sample.sides[0])));
            before.add(&sample.intents, &chosen(&lexicon.wish_model().probabilities(&sample.sides[0])));
        }
    }
    Ok(Trained { model: fit(&all), held_out, before })
}

/// The shipped model, trained anew from `data/*.txt` without the families that are left out.
pub fn train_shipped(is_left_out: impl Fn(&str) -> bool) -> WishModel {
    let samples = corpus::samples();
    fit(&samples.iter().filter(|sample| !is_left_out(&sample.family)).collect::<Vec<_>>())
}

fn repeated(own: &[Sample]) -> impl Iterator<Item = &Sample> {
    own.iter().flat_map(|sample| std::iter::repeat_n(sample, OWN_WEIGHT))
}

fn own_sample(example: &Example, lexicon: &Lexicon, now: DateTime) -> Sample {
    let all = [Sides::All, Sides::Text, Sides::Rules];
    let sides = corpus::seen(&example.text, words::split(&example.text), example.expecting, lexicon, now, &all);
    Sample { sides, intents: example.intents.clone(), family: example.family.clone() }
}

fn fold_of(family: &str) -> usize {
    Chance::of(family).below(FOLDS)
}

/// Fits the weights; every sample teaches whole, by its words alone, and by the rules alone.
fn fit(samples: &[&Sample]) -> WishModel {
    let mut lessons: Vec<(&[Feature], u32)> = samples
        .iter()
        .flat_map(|sample| {
            let truth = sample.intents.iter().fold(0, |bits, intent| bits | 1_u32 << column(*intent));
            sample.sides.iter().map(move |features| (features.as_slice(), truth))
        })
        .collect();
    let mut pupil = Pupil::new();
    let mut chance = Chance::of("the order of the lessons");
    for _ in 0..EPOCHS {
        for last in (1..lessons.len()).rev() {
            lessons.swap(last, chance.below(last + 1));
        }
        for (features, truth) in &lessons {
            pupil.learn(features, *truth);
        }
    }
    WishModel::rounded(&pupil.weights, pupil.bias, 1.0)
}

const fn column(intent: Intent) -> usize {
    intent as usize
}

/// Weights on their way, each with the sum of its squared slopes.
struct Pupil {
    weights: Vec<f32>,
    slopes: Vec<f32>,
    bias: [f32; COLUMNS],
    bias_slopes: [f32; COLUMNS],
}

impl Pupil {
    fn new() -> Self {
        Self {
            weights: vec![0.0; ROWS * COLUMNS],
            slopes: vec![0.0; ROWS * COLUMNS],
            bias: [-2.0; COLUMNS],
            bias_slopes: [0.0; COLUMNS],
        }
    }

    fn learn(&mut self, features: &[Feature], truth: u32) {
        let mut sums = self.bias;
        for feature in features {
            let row = feature.row * COLUMNS;
            for (sum, weight) in sums.iter_mut().zip(&self.weights[row..row + COLUMNS]) {
                *sum += feature.value * weight;
            }
        }
        for (column, sum) in sums.into_iter().enumerate() {
            let wanted = if truth >> column & 1 == 1 { 1.0 } else { 0.0 };
            let error = wanted - sigmoid(sum);
            if error.abs() < ERROR_MIN {
                continue;
            }
            for feature in features {
                let at = feature.row * COLUMNS + column;
                step(&mut self.weights[at], &mut self.slopes[at], error * feature.value);
            }
            step(&mut self.bias[column], &mut self.bias_slopes[column], error * 0.3);
        }
    }
}

/// One AdaGrad step; the square root is exact on every machine.
fn step(weight: &mut f32, slopes: &mut f32, slope: f32) {
    *slopes += slope * slope;
    *weight += PACE * slope / (slopes.sqrt() + 1e-4);
}
