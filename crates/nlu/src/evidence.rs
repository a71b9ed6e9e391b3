//! What the cue lists found in one message, by label.

use std::collections::HashMap;

use crate::cues::Hit;

/// Scores of labels and where they were first heard.
#[derive(Debug, Default)]
pub struct Evidence<'a> {
    scores: HashMap<&'a str, Score>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Score {
    best: f32,
    against: f32,
    first: usize,
}

impl<'a> Evidence<'a> {
    /// Of cues for a label only the heaviest counts (they overlap); those against it add up.
    pub fn weigh(hits: &[Hit<'a>]) -> Self {
        let mut evidence = Self::default();
        for hit in hits {
            let score = evidence.scores.entry(hit.label).or_insert(Score { first: hit.start, ..Score::default() });
            if hit.weight > 0.0 {
                score.best = score.best.max(hit.weight);
                score.first = score.first.min(hit.start);
            } else {
                score.against += hit.weight;
            }
        }
        evidence
    }

    /// The score of a label; 0 when nothing was heard.
    pub fn score(&self, label: &str) -> f32 {
        self.scores.get(label).map_or(0.0, |score| score.best + score.against)
    }

    /// Every label with a score of at least `least`, by name.
    pub fn heard(&self, least: f32) -> Vec<(&'a str, f32)> {
        let scores = self.scores.iter().map(|(label, score)| (*label, score.best + score.against));
        let mut heard: Vec<(&'a str, f32)> = scores.filter(|(_, score)| *score >= least).collect();
        heard.sort_by_key(|(label, _)| *label);
        heard
    }

    /// Labels that begin so with a score of at least `least`: the name after the colon, the score,
    /// the place.
    pub fn under(&self, family: &str, least: f32) -> Vec<(&'a str, f32, usize)> {
        let mut found: Vec<(&'a str, f32, usize)> = self
            .scores
            .iter()
            .filter_map(|(label, score)| {
                let name = label.strip_prefix(family)?;
                let total = score.best + score.against;
                (total >= least).then_some((name, total, score.first))
            })
            .collect();
        found.sort_by(|left, right| left.2.cmp(&right.2).then(left.0.cmp(right.0)));
        found
    }
}
