//! The honest figure: every labelled message is read by a model that learned from none of its family.

use crate::{common, labelled};
use std::{collections::HashMap, sync::Arc};

use nochnik_nlu::{Expecting, Lexicon, WishModel, label, train_shipped, understand};
use serde_json::Value;

const FOLDS: u32 = 5;
/// Share of the messages that need a person which call one, and of those that call one which need it.
const RECALL_FLOOR: f64 = 0.98;
const PRECISION_FLOOR: f64 = 0.94;
/// Share of primary intents that must be right; only ever raised.
const FLOOR: f64 = 0.96;

#[test]
fn unknown_families_stay_understood() {
    let golds: Vec<Value> = ["dev", "unseen"]
        .into_iter()
        .flat_map(labelled::lines)
        .map(|line| serde_json::from_str(&line).expect("a line is JSON"))
        .collect();
    let mut counts: HashMap<String, (u32, u32)> = HashMap::new();
    let mut wrong = String::new();
    // Calls of a person: needed and made, needed, made.
    let mut calls = [0_u32; 3];
    for fold in 0..FOLDS {
        let model = Arc::new(train_shipped(|family| fold_of(family) == fold));
        let mut lexicons: HashMap<String, Lexicon> = HashMap::new();
        for gold in golds.iter().filter(|gold| fold_of(&text(gold, "family")) == fold) {
            let lexicon = lexicons.entry(text(gold, "business")).or_insert_with(|| lexicon(gold, &model));
            let heard = heard(gold, lexicon);
            let accepted = gold["accept"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let is_right = accepted.chain(gold["intent"].as_str()).any(|intent| heard["intent"] == intent);
            let (is_needed, is_made) = (gold["expect_human"] == true, heard["expect_human"] == true);
            for (call, is_so) in calls.iter_mut().zip([is_needed && is_made, is_needed, is_made]) {
                *call += u32::from(is_so);
            }
            let set: String = text(gold, "id").split('-').next().unwrap_or_default().to_owned();
            let count = counts.entry(set).or_default();
            count.0 += u32::from(is_right);
            count.1 += 1;
            if is_needed && !is_made {
                wrong += &format!("{} {:?}: nobody is called\n", text(gold, "id"), text(gold, "text"));
            }
            if !is_right {
                wrong += &format!(
                    "{} {:?}: {} -> {}\n",
                    text(gold, "id"),
                    text(gold, "text"),
                    text(gold, "intent"),
                    heard["intent"]
                );
            }
        }
    }
    let (right, all) = counts.values().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    let share = f64::from(right) / f64::from(all);
    let [met, needed, made] = calls.map(f64::from);
    let (recall, precision) = (met / needed, met / made);
    let said = format!("{share:.3} of {all}, calls {recall:.3} and {precision:.3}; by set {counts:?}; wrong:\n{wrong}");
    assert!(share >= FLOOR && recall >= RECALL_FLOOR && precision >= PRECISION_FLOOR, "{said}");
}

fn text(gold: &Value, key: &str) -> String {
    gold[key].as_str().unwrap_or_default().to_owned()
}

fn lexicon(gold: &Value, model: &Arc<WishModel>) -> Lexicon {
    common::lexicon(&text(gold, "business")).with_model(Arc::clone(model))
}

/// What a message is read as, in the form of the labels.
fn heard(gold: &Value, lexicon: &Lexicon) -> Value {
    let expecting: Option<Expecting> = serde_json::from_value(gold["context"].clone()).expect("a known context");
    let now = text(gold, "now").get(..19).expect("a moment").parse().expect("a civil time");
    label(&understand(&text(gold, "text"), expecting, lexicon, now), expecting, now)
}

/// The fold of a family: a sum of its letters.
fn fold_of(family: &str) -> u32 {
    family.chars().fold(0_u32, |sum, letter| sum.wrapping_mul(31).wrapping_add(u32::from(letter))) % FOLDS
}
