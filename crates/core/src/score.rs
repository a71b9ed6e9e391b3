//! The weights of a lead's score, refitted from how cases ended. Source: docs/decisions/0009-lead-score.md

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lead::{Lead, Sign};

/// Outcomes a business must have before its own weights are looked for.
pub const OUTCOMES_MIN: usize = 200;
/// The newest outcomes that are looked at: what clients were like years ago says little.
pub const OUTCOMES_MAX: usize = 3_000;
/// The newest share of the outcomes, which the fit never sees: one of so many.
const HELD_OUT: usize = 4;
/// How strongly a weight is drawn to the one set by hand: as if it had been seen in about so many outcomes.
const PRIOR: f64 = 10.0;
/// Steps of the descent: what is left of the way after them is below the third digit of a weight.
const STEPS: usize = 1_000;
const BINS: usize = 10;

/// What each sign adds to the logarithm of the odds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// Odds of somebody who has only said hello.
    pub bias: f64,
    pub signs: BTreeMap<Sign, f64>,
}

impl Default for Weights {
    /// Set by judgement.
    fn default() -> Self {
        Self { bias: Sign::BIAS, signs: Sign::ALL.iter().map(|sign| (*sign, sign.weight())).collect() }
    }
}

impl Weights {
    /// What this sign weighs; a sign that a later release brought has the weight set by hand.
    pub fn of(&self, sign: Sign) -> f64 {
        self.signs.get(&sign).copied().unwrap_or_else(|| sign.weight())
    }

    /// Probability of a deal, 0 to 1.
    pub fn probability(&self, signs: &[Sign]) -> f64 {
        let odds = self.bias + signs.iter().map(|sign| self.of(*sign)).sum::<f64>();
        1.0 / (1.0 + (-odds).exp())
    }

    /// Mean logarithmic loss over outcomes: less is better, 0.69 is a coin.
    fn loss(&self, outcomes: &[Outcome]) -> f64 {
        let loss = |outcome: &Outcome| {
            let probability = self.probability(&outcome.signs).clamp(1e-9, 1.0 - 1e-9);
            if outcome.is_won { -probability.ln() } else { -(1.0 - probability).ln() }
        };
        outcomes.iter().map(loss).sum::<f64>() / outcomes.len() as f64
    }
}

/// How a case that a person took ended, and what was known of the lead when it was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub signs: Vec<Sign>,
    pub is_won: bool,
}

impl Outcome {
    pub fn of(lead: &Lead, is_won: bool) -> Self {
        Self { signs: lead.reasons.iter().map(|reason| reason.sign).collect(), is_won }
    }
}

/// What came of a refit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refit {
    /// The fitted weights, whether they are used or not.
    pub weights: Weights,
    /// Not worse than the weights set by hand on the outcomes the fit has not seen.
    pub is_used: bool,
    pub outcomes: usize,
    pub held_out: usize,
    /// Mean logarithmic loss on the held-out part, by hand and fitted.
    pub loss_by_hand: f64,
    pub loss: f64,
    /// The held-out part by what the fitted weights foretold, a tenth a bin; empty bins are left out.
    pub calibration: Vec<Bin>,
}

/// One point of the calibration plot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Mean of what was foretold, 0 to 1.
    pub foretold: f64,
    /// Share that came true, 0 to 1.
    pub came_true: f64,
    pub count: usize,
}

/// Fits the weights to outcomes, the oldest first. `None` while there are fewer than [`OUTCOMES_MIN`], or while one of
/// the two parts knows only one end.
///
/// The weights stay near those set by hand unless the outcomes speak against them (a Gaussian prior around them); the
/// newest quarter is held out to judge by.
pub fn refit(outcomes: &[Outcome]) -> Option<Refit> {
    let outcomes = &outcomes[outcomes.len().saturating_sub(OUTCOMES_MAX)..];
    if outcomes.len() < OUTCOMES_MIN {
        return None;
    }
    let (seen, held_out) = outcomes.split_at(outcomes.len() - outcomes.len() / HELD_OUT);
    if !has_both(seen) || !has_both(held_out) {
        return None;
    }
    let (by_hand, weights) = (Weights::default(), fit(seen));
    let (loss_by_hand, loss) = (by_hand.loss(held_out), weights.loss(held_out));
    let calibration = calibration(&weights, held_out);
    let (outcomes, held_out) = (outcomes.len(), held_out.len());
    Some(Refit { weights, is_used: loss <= loss_by_hand, outcomes, held_out, loss_by_hand, loss, calibration })
}

fn has_both(outcomes: &[Outcome]) -> bool {
    let won = outcomes.iter().filter(|outcome| outcome.is_won).count();
    won > 0 && won < outcomes.len()
}

/// The bias and the signs.
const TERMS: usize = Sign::ALL.len() + 1;

/// Gradient descent with a step that can never overshoot: the curvature of the loss is at most a quarter of the
/// squared length of an outcome, and an outcome has at most all terms.
fn fit(outcomes: &[Outcome]) -> Weights {
    let rows: Vec<(Vec<usize>, f64)> = outcomes.iter().map(row).collect();
    let step = 1.0 / (rows.len() as f64 * TERMS as f64 / 4.0 + PRIOR);
    let by_hand = terms(&Weights::default());
    let mut weights = by_hand;
    for _ in 0..STEPS {
        let mut slope: [f64; TERMS] = std::array::from_fn(|term| PRIOR * (weights[term] - by_hand[term]));
        for (present, is_won) in &rows {
            let odds: f64 = present.iter().map(|term| weights[*term]).sum();
            let error = 1.0 / (1.0 + (-odds).exp()) - is_won;
            present.iter().for_each(|term| slope[*term] += error);
        }
        (0..TERMS).for_each(|term| weights[term] -= step * slope[term]);
    }
    Weights { bias: weights[0], signs: Sign::ALL.into_iter().zip(weights[1..].iter().copied()).collect() }
}

/// Numbers of the terms that are present, and 1 for a deal.
fn row(outcome: &Outcome) -> (Vec<usize>, f64) {
    let place = |sign: &Sign| Sign::ALL.iter().position(|known| known == sign).map(|place| place + 1);
    let present = std::iter::once(0).chain(outcome.signs.iter().filter_map(place)).collect();
    (present, f64::from(u8::from(outcome.is_won)))
}

fn terms(weights: &Weights) -> [f64; TERMS] {
    std::array::from_fn(|term| match term.checked_sub(1) {
        None => weights.bias,
        Some(sign) => weights.of(Sign::ALL[sign]),
    })
}

fn calibration(weights: &Weights, outcomes: &[Outcome]) -> Vec<Bin> {
    let mut bins = [(0.0, 0_usize, 0_usize); BINS];
    for outcome in outcomes {
        let foretold = weights.probability(&outcome.signs);
        let (sum, won, count) = &mut bins[((foretold * BINS as f64) as usize).min(BINS - 1)];
        *sum += foretold;
        *won += usize::from(outcome.is_won);
        *count += 1;
    }
    let bin = |(sum, won, count): (f64, usize, usize)| Bin {
        foretold: sum / count as f64,
        came_true: won as f64 / count as f64,
        count,
    };
    bins.into_iter().filter(|(.., count)| *count > 0).map(bin).collect()
}
