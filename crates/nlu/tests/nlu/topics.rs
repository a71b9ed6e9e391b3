//! What questions are about: every labelled one is read by a model that learned from none of its family.

use std::{collections::HashMap, sync::Arc};

use nochnik_nlu::{Intent, Lexicon, shipped_topics, train_topics};
use serde_json::Value;

use crate::{
    common,
    labelled::{self, fold_of, word},
};

const FOLDS: u32 = 5;
/// The topic of everything that has no entry of its own.
const OTHER: &str = "service_info";
/// Of the labelled topics so many are found; only ever raised.
const SHARE_FLOOR: f64 = 0.945;
/// And of those found, other than [`OTHER`], so many are right: a wrong entry is worse than none.
const PRECISION_FLOOR: f64 = 0.97;

#[test]
fn training_again_gives_the_same_bytes() {
    assert!(train_topics(|_| false) == *shipped_topics(), "data/topics.model is out of date");
}

#[test]
fn unknown_questions_are_about_what_they_are() {
    let golds: Vec<Value> = labelled::golds().into_iter().filter(labelled::has_topic).collect();
    let [mut asked, mut right, mut named, mut rightly_named] = [0_u32; 4];
    let mut wrong = String::new();
    for fold in 0..FOLDS {
        let model = Arc::new(train_topics(|family| fold_of(family, FOLDS) == fold));
        let mut lexicons: HashMap<String, Lexicon> = HashMap::new();
        for gold in golds.iter().filter(|gold| fold_of(&word(gold, "family"), FOLDS) == fold) {
            let business = word(gold, "business");
            let lexicon = lexicons
                .entry(business.clone())
                .or_insert_with(|| common::lexicon(&business).with_topics(Arc::clone(&model)));
            let meaning = labelled::heard(gold, lexicon);
            if !meaning.has(Intent::Faq) && !meaning.has(Intent::Business) {
                continue;
            }
            let (heard, wanted) = (meaning.topic().unwrap_or(OTHER), word(gold, "topic"));
            let is_right = heard == wanted;
            asked += 1;
            right += u32::from(is_right);
            named += u32::from(heard != OTHER);
            rightly_named += u32::from(heard != OTHER && is_right);
            if !is_right {
                wrong += &format!("{} {:?}: {wanted} -> {heard}\n", word(gold, "id"), word(gold, "text"));
            }
        }
    }
    let share = f64::from(right) / f64::from(asked);
    let precision = f64::from(rightly_named) / f64::from(named);
    let said = format!("{share:.3} of {asked}, precision {precision:.3} of {named}; wrong:\n{wrong}");
    assert!(share >= SHARE_FLOOR && precision >= PRECISION_FLOOR, "{said}");
}
