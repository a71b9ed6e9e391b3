//! The shipped model of wishes, trained from the texts.

use super::{
    corpus::{self, Sample},
    model::{COLUMNS, KIND, WishModel},
    settle::chosen,
};
use crate::{
    linear::{
        self, Lesson,
        calibration::{Calibration, sigmoid},
    },
    meaning::Intent,
};

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
    let truth = |sample: &Sample| sample.intents.iter().fold(0, |bits, intent| bits | 1_u128 << column(*intent));
    let lessons: Vec<Lesson<'_>> = samples
        .iter()
        .map(|sample| Lesson { family: &sample.family, sides: &sample.sides, truth: truth(sample) })
        .collect();
    WishModel(linear::fit::<COLUMNS>(KIND, &lessons, calibration))
}

pub(super) const fn column(intent: Intent) -> usize {
    intent as usize
}
