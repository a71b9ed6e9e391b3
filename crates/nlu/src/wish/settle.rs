//! Which intents a message has, from the rules and from the model.

use super::{
    features::{Scene, Sides, features},
    model::{COLUMNS, WishModel},
};
use crate::{
    evidence::Evidence,
    intent,
    meaning::{Expecting, INTENTS_MAX, Intent, Language},
    reading::Reading,
    words::Words,
};

/// Beside the likeliest intent another is meant from here on.
const ALSO_MIN: f32 = 0.5;

/// Lists the intents of a message, the primary one first, each with its probability.
pub fn settle(
    model: &WishModel,
    words: &Words,
    reading: &Reading,
    evidence: &Evidence<'_>,
    expecting: Option<Expecting>,
) -> Vec<(Intent, f32)> {
    let rules = intent::decide(evidence, &reading.findings, expecting, reading.language);
    let scene = Scene { words, findings: &reading.findings, evidence, expecting, rules: &rules };
    if is_certain(reading) {
        return rules;
    }
    chosen(&model.probabilities(&features(&scene, Sides::All)))
}

/// Whether the rules alone decide: another language, or no words at all.
pub(super) fn is_certain(reading: &Reading) -> bool {
    reading.language == Language::Other || reading.findings.sign.is_some()
}

/// The likeliest intent and those beside it, in the order of the labelled set.
pub(super) fn chosen(chances: &[f32; COLUMNS]) -> Vec<(Intent, f32)> {
    let known = Intent::ALL.into_iter().zip(*chances).filter(|(intent, _)| *intent != Intent::OtherLang);
    let likeliest = known.fold(
        (Intent::Smalltalk, 0.0),
        |best, (intent, chance)| {
            if chance > best.1 { (intent, chance) } else { best }
        },
    );
    if likeliest.0.is_outside() {
        return vec![likeliest];
    }
    let others =
        Intent::ALL.into_iter().zip(*chances).filter(|(intent, chance)| *chance >= ALSO_MIN && !intent.is_outside());
    let mut found: Vec<(Intent, f32)> = others.collect();
    if !found.contains(&likeliest) {
        found.push(likeliest);
    }
    found.sort_by_key(|(intent, _)| *intent);
    found.truncate(INTENTS_MAX);
    found
}
