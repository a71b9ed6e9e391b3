//! The shipped model of needs, trained from the texts.

use super::{KINDS, MODEL, NeedModel, features, kinds};
use crate::{
    chance::Chance,
    linear::{self, Feature, Lesson, calibration::Calibration},
    wish::read_alone,
};

/// The calibration looks at answers of models trained on the other folds.
const FOLDS: usize = 3;
/// The section of messages that need no service.
const NONE: &str = "-";
/// Stands before the family in the head of a section.
const FAMILY: char = '#';

/// A line of a training file, ready to learn from.
struct Sample {
    sides: [Vec<Feature>; 1],
    /// The kinds needed, a bit each.
    truth: u128,
    family: String,
    /// Whether it was sent and labelled.
    is_labelled: bool,
}

impl Sample {
    fn lesson(&self) -> Lesson<'_> {
        Lesson { family: &self.family, sides: &self.sides, truth: self.truth }
    }
}

/// The shipped model, trained anew from `data/*.txt` without the families that are left out.
pub fn train_needs(is_left_out: impl Fn(&str) -> bool) -> NeedModel {
    let kept: Vec<Sample> = samples().into_iter().filter(|sample| !is_left_out(&sample.family)).collect();
    let lessons: Vec<Lesson<'_>> = kept.iter().map(Sample::lesson).collect();
    NeedModel(linear::fit(MODEL, &lessons, calibrated(&kept)))
}

/// How often the likeliest kind is right, by models which learned from none of the family.
fn calibrated(samples: &[Sample]) -> Calibration {
    let mut answers = Vec::new();
    for fold in 0..FOLDS {
        let is_tested = |sample: &&Sample| Chance::of(&sample.family).below(FOLDS) == fold;
        let (tested, kept): (Vec<&Sample>, Vec<&Sample>) = samples.iter().partition(is_tested);
        let lessons: Vec<Lesson<'_>> = kept.into_iter().map(Sample::lesson).collect();
        let model = linear::fit::<KINDS>(MODEL, &lessons, Calibration::NONE);
        answers.extend(tested.iter().filter(|sample| sample.is_labelled).filter_map(|sample| {
            let logits = model.logits(&sample.sides[0]);
            let (column, logit) = logits.into_iter().enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other))?;
            Some((logit, sample.truth >> column & 1 == 1))
        }));
    }
    Calibration::fitted(&answers)
}

fn samples() -> Vec<Sample> {
    let written = sections(include_str!("../../data/needs.txt")).map(|line| (line, false));
    let asked = sections(include_str!("../../data/asked.txt")).map(|line| (line, true));
    written.chain(asked).map(|(line, is_labelled)| line.sample(is_labelled)).collect()
}

/// A line and the head of its section.
struct Line {
    kinds: String,
    family: Option<String>,
    text: &'static str,
}

impl Line {
    fn sample(&self, is_labelled: bool) -> Sample {
        let columns = self.kinds.split(';').map(str::trim).filter(|kind| *kind != NONE);
        let truth = columns.filter_map(column).fold(0, |bits, column| bits | 1_u128 << column);
        let family = self.family.clone().unwrap_or_else(|| self.text.to_owned());
        Sample { sides: [features(&read_alone(self.text))], truth, family, is_labelled }
    }
}

/// The lines under heads `@kind; kind #family`; `@-` is no need at all.
fn sections(source: &'static str) -> impl Iterator<Item = Line> {
    let (mut kinds, mut family) = (String::new(), None);
    source.lines().map(str::trim).filter_map(move |line| {
        if let Some(head) = line.strip_prefix('@') {
            let (named, of) = head.split_once(FAMILY).map_or((head, None), |(named, of)| (named, Some(of)));
            kinds = named.trim().to_owned();
            family = of.map(|of| of.trim().to_owned());
            return None;
        }
        (!line.is_empty() && !line.starts_with('#')).then(|| Line {
            kinds: kinds.clone(),
            family: family.clone(),
            text: line,
        })
    })
}

/// The column of a kind, by the first of its names.
fn column(kind: &str) -> Option<usize> {
    kinds().position(|names| names.split('|').next().is_some_and(|name| name.trim() == kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kind misspelt in a head would teach that nothing is needed.
    #[test]
    fn every_head_names_kinds_that_are_known() {
        assert_eq!(kinds().count(), KINDS, "lexicon/kinds.txt");
        for line in sections(include_str!("../../data/needs.txt")).chain(sections(include_str!("../../data/asked.txt")))
        {
            for kind in line.kinds.split(';').map(str::trim).filter(|kind| *kind != NONE) {
                assert!(column(kind).is_some(), "{kind:?} above {:?}", line.text);
            }
        }
    }
}
