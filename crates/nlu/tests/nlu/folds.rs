//! The honest figure: every labelled message is read by a model that learned from none of its family.

use crate::{
    common,
    labelled::{self, fold_of, word},
};
use std::{collections::HashMap, sync::Arc};

use nochnik_nlu::{Lexicon, WishModel, label, train_shipped};
use serde_json::Value;

const FOLDS: u32 = 5;
/// Share of the messages that need a person which call one, and of those that call one which need it.
const RECALL_FLOOR: f64 = 0.98;
const PRECISION_FLOOR: f64 = 0.94;
/// Share of primary intents that must be right; only ever raised.
const FLOOR: f64 = 0.96;

#[test]
fn unknown_families_stay_understood() {
    let golds = labelled::golds();
    let mut counts: HashMap<String, (u32, u32)> = HashMap::new();
    let mut wrong = String::new();
    // Calls of a person: needed and made, needed, made.
    let mut calls = [0_u32; 3];
    for fold in 0..FOLDS {
        let model = Arc::new(train_shipped(|family| fold_of(family, FOLDS) == fold));
        let mut lexicons: HashMap<String, Lexicon> = HashMap::new();
        for gold in golds.iter().filter(|gold| fold_of(&word(gold, "family"), FOLDS) == fold) {
            let lexicon = lexicons.entry(word(gold, "business")).or_insert_with(|| lexicon(gold, &model));
            let heard = heard(gold, lexicon);
            let accepted = gold["accept"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let is_right = accepted.chain(gold["intent"].as_str()).any(|intent| heard["intent"] == intent);
            let (is_needed, is_made) = (gold["expect_human"] == true, heard["expect_human"] == true);
            for (call, is_so) in calls.iter_mut().zip([is_needed && is_made, is_needed, is_made]) {
                *call += u32::from(is_so);
            }
            let set: String = word(gold, "id").split('-').next().unwrap_or_default().to_owned();
            let count = counts.entry(set).or_default();
            count.0 += u32::from(is_right);
            count.1 += 1;
            if is_needed && !is_made {
                wrong += &format!("{} {:?}: nobody is called\n", word(gold, "id"), word(gold, "text"));
            }
            if !is_right {
                wrong += &format!(
                    "{} {:?}: {} -> {}\n",
                    word(gold, "id"),
                    word(gold, "text"),
                    word(gold, "intent"),
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

fn lexicon(gold: &Value, model: &Arc<WishModel>) -> Lexicon {
    common::lexicon(&word(gold, "business")).with_model(Arc::clone(model))
}

/// What a message is read as, in the form of the labels.
fn heard(gold: &Value, lexicon: &Lexicon) -> Value {
    label(&labelled::heard(gold, lexicon), labelled::context(gold), labelled::moment(gold))
}
