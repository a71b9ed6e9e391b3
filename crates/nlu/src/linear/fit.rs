//! The fitting of weights: logistic regression, one answer against the rest.

use super::{COLUMNS_MAX, Calibration, Feature, Kind, Linear, calibration::sigmoid, seats::Seats};
use crate::chance::Chance;

/// Times every lesson is looked at.
const EPOCHS: usize = 10;
/// The first step of a weight; AdaGrad makes the later ones smaller.
const PACE: f32 = 0.1;
/// An error smaller than this teaches nothing.
const ERROR_MIN: f32 = 0.02;

/// What is learned from: a message as it is looked at from some sides, and its right answers.
#[derive(Clone, Copy, Debug)]
pub struct Lesson<'a> {
    /// Messages said alike are of one family.
    pub family: &'a str,
    pub sides: &'a [Vec<Feature>],
    /// The right answers, a bit each, from the lowest on.
    pub truth: u128,
}

/// Fits the weights; every lesson teaches by each of its sides.
pub fn fit<const COLUMNS: usize>(kind: Kind, lessons: &[Lesson<'_>], calibration: Calibration) -> Linear<COLUMNS> {
    const { assert!(COLUMNS <= COLUMNS_MAX) };
    let seats = Seats::given(kind.rows, lessons);
    let mut shown: Vec<Shown> = lessons
        .iter()
        .flat_map(|lesson| lesson.sides.iter().map(move |features| (features, lesson.truth)))
        .map(|(features, truth)| Shown { seen: seen(features, &seats, COLUMNS), truth, mark: mark(features, truth) })
        .collect();
    let mut pupil = Pupil::<COLUMNS>::new(kind.rows);
    for epoch in 0..EPOCHS {
        shown.sort_by_cached_key(|shown| place(shown.mark, epoch));
        for shown in &shown {
            pupil.learn(&shown.seen, shown.truth);
        }
    }
    Linear::rounded(seats, &pupil.weights, pupil.bias, calibration)
}

/// One side of a lesson as it is taught.
struct Shown {
    seen: Vec<Seen>,
    truth: u128,
    mark: u64,
}

/// What a side is known by, whatever stands beside it.
fn mark(features: &[Feature], truth: u128) -> u64 {
    let [low, high] = [truth, truth >> 64].map(|half| u64::try_from(half & u128::from(u64::MAX)).unwrap_or(u64::MAX));
    let keys = features.iter().map(|feature| u64::from(feature.key));
    // FNV-1a, a key at a time.
    keys.fold(low ^ high, |sum, key| (sum ^ key).wrapping_mul(0x0100_0000_01b3))
}

/// Where a side stands in an epoch: as good as by chance, and the same among whatever others. Thus a line more or less
/// leaves the order of all the others, and what they teach, as it was.
fn place(mark: u64, epoch: usize) -> usize {
    Chance::of(&format!("{epoch} {mark:x}")).below(usize::MAX)
}

/// A feature that has a seat.
struct Seen {
    /// Where its weights begin.
    at: usize,
    value: f32,
}

fn seen(features: &[Feature], seats: &Seats, columns: usize) -> Vec<Seen> {
    let found = |feature: &Feature| Some(Seen { at: seats.row(feature)? * columns, value: feature.value });
    features.iter().filter_map(found).collect()
}

/// Weights on their way, each with the sum of its squared slopes.
struct Pupil<const COLUMNS: usize> {
    weights: Vec<f32>,
    slopes: Vec<f32>,
    bias: [f32; COLUMNS],
    bias_slopes: [f32; COLUMNS],
}

impl<const COLUMNS: usize> Pupil<COLUMNS> {
    fn new(rows: usize) -> Self {
        Self {
            weights: vec![0.0; rows * COLUMNS],
            slopes: vec![0.0; rows * COLUMNS],
            bias: [-2.0; COLUMNS],
            bias_slopes: [0.0; COLUMNS],
        }
    }

    fn learn(&mut self, features: &[Seen], truth: u128) {
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
