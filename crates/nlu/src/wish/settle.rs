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
/// And only if it is nearly as likely as the likeliest.
const ALSO_SHARE_MIN: f32 = 0.6;
/// What the rules heard for certain is meant from here on.
const ALSO_SURE_MIN: f32 = 0.2;
const SURE: f32 = 0.85;
/// Below this the model has never met such words.
const UNSURE: f32 = 0.25;

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
    chosen(&model.probabilities(&features(&scene, Sides::All)), &rules)
}

/// Whether the rules alone decide: another language, or no words at all.
pub(super) fn is_certain(reading: &Reading) -> bool {
    reading.language == Language::Other || reading.findings.sign.is_some()
}

/// The likeliest intent and those beside it, in the order of the labelled set.
///
/// What the rules heard for certain needs less of the model's agreement to stand beside another
/// wish; where the model knows nothing, the rules decide.
pub(super) fn chosen(chances: &[f32; COLUMNS], rules: &[(Intent, f32)]) -> Vec<(Intent, f32)> {
    let known = Intent::ALL.into_iter().zip(*chances).filter(|(intent, _)| *intent != Intent::OtherLang);
    let likeliest = known.fold((Intent::Smalltalk, 0.0), |best, next| if next.1 > best.1 { next } else { best });
    if likeliest.1 < UNSURE && !rules.is_empty() {
        return rules.iter().map(|(intent, sure)| (*intent, sure.min(0.5))).collect();
    }
    if !joins_others(likeliest.0) {
        return vec![likeliest];
    }
    let is_sure = |intent: Intent| rules.iter().any(|(heard, sure)| *heard == intent && *sure >= SURE);
    let is_meant = |intent: Intent, chance: f32| {
        let least = if is_sure(intent) { ALSO_SURE_MIN } else { ALSO_MIN.max(likeliest.1 * ALSO_SHARE_MIN) };
        intent == likeliest.0 || (joins_others(intent) && joins(intent, likeliest.0) && chance >= least)
    };
    let mut found: Vec<(Intent, f32)> =
        Intent::ALL.into_iter().zip(*chances).filter(|(intent, chance)| is_meant(*intent, *chance)).collect();
    found.sort_by_key(|(intent, _)| *intent);
    found.truncate(INTENTS_MAX);
    found
}

/// Whether a wish can stand beside another one at all.
const fn joins_others(intent: Intent) -> bool {
    !intent.is_outside() && !matches!(intent, Intent::Smalltalk | Intent::Inform)
}

/// Whether two wishes can stand side by side: not a yes and a no, not a move and its opposite.
fn joins(left: Intent, right: Intent) -> bool {
    let is_pair = |one: Intent, other: Intent| (left, right) == (one, other) || (left, right) == (other, one);
    !is_pair(Intent::Confirm, Intent::Decline) && !is_pair(Intent::Feedback, Intent::Complaint)
}
