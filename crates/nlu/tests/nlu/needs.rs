//! Needs where no service is named: every labelled message is read by a model that learned from none of its family.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use nochnik_nlu::{Lexicon, NeedModel, kinds_of, shipped_needs, train_needs, understand};
use serde_json::Value;

use crate::{
    common,
    labelled::{self, fold_of, word},
};

const FOLDS: u32 = 4;
const BUSINESSES: [&str; 6] = ["salon", "barber", "dental", "fitness", "auto", "tutor"];
/// Of the services that a model adds to messages without a named one so many are right; only ever raised.
const PRECISION_FLOOR: f64 = 0.8;
/// And so many messages that need none are left alone.
const LEFT_ALONE_FLOOR: f64 = 0.997;

/// Wishes whose services the judge does not count.
const UNCOUNTED: [&str; 9] =
    ["spam", "abuse", "injection", "offtopic", "business", "late", "complaint", "medical", "feedback"];

#[test]
fn training_again_gives_the_same_bytes() {
    assert!(train_needs(|_| false).to_bytes() == shipped_needs(), "data/needs.model is out of date");
}

/// Each service of the labelled catalogues is of a kind the model knows.
#[test]
fn every_service_is_of_a_kind() {
    for business in BUSINESSES {
        let lexicon = common::lexicon(business);
        let known: HashSet<String> = kinds_of(&lexicon).map(|(service, _)| service).collect();
        let all: HashSet<String> = common::services(business).into_iter().map(|service| service.id).collect();
        assert_eq!(known, all, "{business}");
    }
}

/// Said in no list, and not named: read by the shipped model.
#[test]
fn a_need_is_heard_without_its_name() {
    for (business, text, service) in [
        ("auto", "чтоб летом в машине не зажариться, хладагент долить", "ac"),
        ("barber", "ёжик на голове хочу, одной длиной", "buzz"),
        ("barber", "чтоб ёжик на голове", "buzz"),
        ("dental", "восьмой сверху слева вырвать сколько выйдет", "wisdom"),
        ("fitness", "хочю хадить на зунбу", "zumba"),
        ("salon", "на ноги сахаром", "sugar_legs"),
        ("tutor", "дроби и уравнения никак не идут, подтянуть надо", "math"),
    ] {
        let now = jiff::civil::date(2026, 11, 30).at(22, 0, 0, 0);
        let services = understand(text, None, &common::lexicon(business), now).services;
        let ids: Vec<&str> = services.iter().map(|found| found.value.as_str()).collect();
        assert_eq!(ids, [service], "{text}");
    }
}

#[test]
fn needs_of_unknown_families_are_seldom_wrong() {
    let golds = labelled::golds();
    // A model that learned nothing says nothing.
    let silent = Arc::new(train_needs(|_| true));
    let (mut added, mut right, mut alone, mut needless) = (0_u32, 0_u32, 0_u32, 0_u32);
    let mut wrong = String::new();
    for fold in 0..FOLDS {
        let model = Arc::new(train_needs(|family| fold_of(family, FOLDS) == fold));
        let mut lexicons: HashMap<String, [Lexicon; 2]> = HashMap::new();
        for gold in golds.iter().filter(|gold| fold_of(&word(gold, "family"), FOLDS) == fold && is_counted(gold)) {
            let [without, with] = lexicons.entry(word(gold, "business")).or_insert_with_key(|business| {
                [&silent, &model].map(|model: &Arc<NeedModel>| common::lexicon(business).with_needs(Arc::clone(model)))
            });
            if !services(gold, without).is_empty() {
                continue;
            }
            let found = services(gold, with);
            let is_needless = gold["services"].as_array().is_none_or(Vec::is_empty);
            needless += u32::from(is_needless);
            alone += u32::from(is_needless && found.is_empty());
            if let [service] = &found[..] {
                let is_right = accepted(gold).contains(&vec![service.clone()]);
                added += 1;
                right += u32::from(is_right);
                if !is_right {
                    wrong +=
                        &format!("{} {:?}: {} -> {service}\n", word(gold, "id"), word(gold, "text"), gold["services"]);
                }
            }
        }
    }
    let precision = f64::from(right) / f64::from(added);
    let left_alone = f64::from(alone) / f64::from(needless);
    let said = format!("{right} of {added} right; {alone} of {needless} left alone; wrong:\n{wrong}");
    assert!(precision >= PRECISION_FLOOR && left_alone >= LEFT_ALONE_FLOOR, "{said}");
}

fn is_counted(gold: &Value) -> bool {
    !UNCOUNTED.contains(&word(gold, "intent").as_str())
}

fn services(gold: &Value, lexicon: &Lexicon) -> Vec<String> {
    labelled::heard(gold, lexicon).services.into_iter().map(|found| found.value).collect()
}

/// The label, and what is right instead of it.
fn accepted(gold: &Value) -> Vec<Vec<String>> {
    let list = |value: &Value| serde_json::from_value(value.clone()).unwrap_or_default();
    let others = gold["services_alt"].as_array().into_iter().flatten();
    std::iter::once(&gold["services"]).chain(others).map(list).collect()
}
