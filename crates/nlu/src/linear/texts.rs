//! Training files under heads `@answer; answer #family`, a message a line, and what a model learns from them.

use super::{Feature, Kind, Lesson, Linear, calibration::Calibration, fit};
use crate::{chance::Chance, wish::read_alone, words::Words};

/// The calibration looks at answers of models trained on the other folds.
const FOLDS: usize = 3;
/// The section of messages to which no answer is right.
pub const NONE: &str = "-";
/// Stands before the family in the head of a section.
const FAMILY: char = '#';

/// What one model looks at and answers.
#[derive(Clone, Copy, Debug)]
pub struct School {
    pub kind: Kind,
    /// The column of an answer by its name in a head.
    pub column: fn(&str) -> Option<usize>,
    pub features: fn(&Words) -> Vec<Feature>,
}

/// A line of a training file, ready to learn from.
pub struct Sample {
    sides: [Vec<Feature>; 1],
    /// The right answers, a bit each.
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

impl School {
    /// The lines of a file as samples; a line without a family is one of its own.
    pub fn samples(self, source: &'static str, is_labelled: bool) -> impl Iterator<Item = Sample> {
        sections(source).map(move |line| {
            let columns = line.answers().filter_map(self.column);
            Sample {
                sides: [(self.features)(&read_alone(line.text))],
                truth: columns.fold(0, |bits, column| bits | 1_u128 << column),
                family: line.family.unwrap_or_else(|| line.text.to_owned()),
                is_labelled,
            }
        })
    }

    /// A model trained on the samples without the families that are left out.
    pub fn train<const COLUMNS: usize>(
        self,
        samples: impl Iterator<Item = Sample>,
        is_left_out: impl Fn(&str) -> bool,
    ) -> Linear<COLUMNS> {
        let kept: Vec<Sample> = samples.filter(|sample| !is_left_out(&sample.family)).collect();
        let lessons: Vec<Lesson<'_>> = kept.iter().map(Sample::lesson).collect();
        fit(self.kind, &lessons, self.calibrated::<COLUMNS>(&kept))
    }

    /// How often the likeliest answer is right, by models which learned from none of the family.
    fn calibrated<const COLUMNS: usize>(self, samples: &[Sample]) -> Calibration {
        let mut answers = Vec::new();
        for fold in 0..FOLDS {
            let is_tested = |sample: &&Sample| Chance::of(&sample.family).below(FOLDS) == fold;
            let (tested, kept): (Vec<&Sample>, Vec<&Sample>) = samples.iter().partition(is_tested);
            let lessons: Vec<Lesson<'_>> = kept.into_iter().map(Sample::lesson).collect();
            let model = fit::<COLUMNS>(self.kind, &lessons, Calibration::NONE);
            answers.extend(tested.iter().filter(|sample| sample.is_labelled).filter_map(|sample| {
                let logits = model.logits(&sample.sides[0]);
                let (column, logit) =
                    logits.into_iter().enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other))?;
                Some((logit, sample.truth >> column & 1 == 1))
            }));
        }
        Calibration::fitted(&answers)
    }
}

/// A line and the head of its section.
pub struct Line {
    answers: String,
    family: Option<String>,
    pub text: &'static str,
}

impl Line {
    /// The answers of its head, without [`NONE`].
    pub fn answers(&self) -> impl Iterator<Item = &str> {
        self.answers.split(';').map(str::trim).filter(|answer| *answer != NONE)
    }
}

/// The lines of a file, without heads and comments.
pub fn sections(source: &'static str) -> impl Iterator<Item = Line> {
    let (mut answers, mut family) = (String::new(), None);
    source.lines().map(str::trim).filter_map(move |line| {
        if let Some(head) = line.strip_prefix('@') {
            let (named, of) = head.split_once(FAMILY).map_or((head, None), |(named, of)| (named, Some(of)));
            answers = named.trim().to_owned();
            family = of.map(|of| of.trim().to_owned());
            return None;
        }
        (!line.is_empty() && !line.starts_with('#')).then(|| Line {
            answers: answers.clone(),
            family: family.clone(),
            text: line,
        })
    })
}

/// The best column, and the logit that comes nearest to it among the others.
pub fn best(logits: &[f32]) -> Option<(usize, f32, f32)> {
    let (column, best) = logits.iter().enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other))?;
    let others = logits.iter().enumerate().filter(|(other, _)| *other != column).map(|(_, logit)| *logit);
    Some((column, *best, others.fold(f32::NEG_INFINITY, f32::max)))
}
