//! The fitting of weights: logistic regression, one intent against the rest.

use super::{
    calibration::Calibration,
    corpus::{self, Chance, Sample},
    features::Feature,
    model::{COLUMNS, ROWS, WishModel, sigmoid},
    seats::Seats,
    settle::chosen,
};
use crate::meaning::Intent;

/// Times every sample is looked at.
const EPOCHS: usize = 10;
/// The first step of a weight; AdaGrad makes the later ones smaller.
const PACE: f32 = 0.1;
/// An error smaller than this teaches nothing.
const ERROR_MIN: f32 = 0.02;
/// The calibration looks at answers of models trained on the other folds.
const FOLDS: usize = 3;

/// The shipped model, trained anew from `data/*.txt` without the families that are left out.
pub fn train_shipped(is_left_out: impl Fn(&str) -> bool) -> WishModel {
    let samples = corpus::samples();
    let kept: Vec<&Sample> = samples.iter().filter(|sample| !is_left_out(&sample.family)).collect();
    fit(&kept, calibrated(&kept))
}

/// How often wishes are right that were read by models which learned from none of their family.
fn calibrated(samples: &[&Sample]) -> Calibration {
    let mut answers = Vec::new();
    for fold in 0..FOLDS {
        let (tested, kept): (Vec<&Sample>, Vec<&Sample>) =
            samples.iter().partition(|sample| sample.fold(FOLDS) == fold);
        let model = fit(&kept, Calibration::NONE);
        answers.extend(tested.iter().filter(|sample| sample.is_labelled).filter_map(|sample| {
            let logits = model.logits(sample.sides.first()?);
            let (heard, _) = *chosen(&logits.map(sigmoid), &[]).first()?;
            Some((logits[column(heard)], sample.intents.first() == Some(&heard)))
        }));
    }
    Calibration::fitted(&answers)
}

/// Fits the weights; every sample teaches whole, by its words alone, and by the rules alone.
pub(super) fn fit(samples: &[&Sample], calibration: Calibration) -> WishModel {
    let seats = Seats::given(samples);
    let mut lessons: Vec<Lesson> = samples
        .iter()
        .flat_map(|sample| {
            let truth = sample.intents.iter().fold(0, |bits, intent| bits | 1_u32 << column(*intent));
            sample.sides.iter().map(move |features| (features, truth))
        })
        .map(|(features, truth)| Lesson { seen: seen(features, &seats), truth, mark: mark(features, truth) })
        .collect();
    let mut pupil = Pupil::new();
    for epoch in 0..EPOCHS {
        lessons.sort_by_cached_key(|lesson| place(lesson.mark, epoch));
        for lesson in &lessons {
            pupil.learn(&lesson.seen, lesson.truth);
        }
    }
    WishModel::rounded(seats, &pupil.weights, pupil.bias, calibration)
}

/// One sample as it is taught.
struct Lesson {
    seen: Vec<Seen>,
    truth: u32,
    mark: u64,
}

/// What a lesson is known by, whatever stands beside it.
fn mark(features: &[Feature], truth: u32) -> u64 {
    let keys = features.iter().map(|feature| u64::from(feature.key));
    // FNV-1a, a key at a time.
    keys.fold(u64::from(truth), |sum, key| (sum ^ key).wrapping_mul(0x0100_0000_01b3))
}

/// Where a lesson stands in an epoch: as good as by chance, and the same among whatever other lessons. Thus a line
/// more or less leaves the order of all the others, and what they teach, as it was.
fn place(mark: u64, epoch: usize) -> usize {
    Chance::of(&format!("{epoch} {mark:x}")).below(usize::MAX)
}

pub(super) const fn column(intent: Intent) -> usize {
    intent as usize
}

/// A feature that has a seat.
struct Seen {
    /// Where its weights begin.
    at: usize,
    value: f32,
}

fn seen(features: &[Feature], seats: &Seats) -> Vec<Seen> {
    let found = |feature: &Feature| Some(Seen { at: seats.row(feature)? * COLUMNS, value: feature.value });
    features.iter().filter_map(found).collect()
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

    fn learn(&mut self, features: &[Seen], truth: u32) {
        let mut sums = self.bias;
        for feature in features {
            for (sum, weight) in sums.iter_mut().zip(&self.weights[feature.at..feature.at + COLUMNS]) {
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
                let at = feature.at + column;
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
