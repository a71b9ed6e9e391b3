//! The businesses of the labelled set as lexicons.

use std::{fs, path::Path};

use nochnik_nlu::{Lexicon, ServiceWords, SpecialistWords};
use serde_json::Value;

/// The lexicon of a business of `tests/data/businesses`.
pub fn lexicon(business: &str) -> Lexicon {
    let (services, staff, opens_early) = names(business);
    Lexicon::new(&services, &staff, opens_early)
}

/// The same with its people only.
#[allow(dead_code, reason = "each test and example uses its own part")]
pub fn lexicon_without_services(business: &str) -> Lexicon {
    let (_, staff, opens_early) = names(business);
    Lexicon::new(&[], &staff, opens_early)
}

/// Its services as the owner names them.
#[allow(dead_code, reason = "each test and example uses its own part")]
pub fn services(business: &str) -> Vec<ServiceWords> {
    names(business).0
}

fn names(business: &str) -> (Vec<ServiceWords>, Vec<SpecialistWords>, bool) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/businesses").join(format!("{business}.json"));
    let business: Value =
        serde_json::from_str(&fs::read_to_string(path).expect("the business file is there")).expect("it is JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let texts = |value: &Value| value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
    let list = |key: &str| business[key].as_array().cloned().unwrap_or_default();
    let services: Vec<ServiceWords> = list("services")
        .iter()
        .map(|it| ServiceWords { id: text(&it["id"]), name: text(&it["name"]), synonyms: texts(&it["synonyms"]) })
        .collect();
    let staff: Vec<SpecialistWords> = list("staff")
        .iter()
        .map(|it| SpecialistWords {
            id: text(&it["id"]),
            name: text(&it["name"]),
            aliases: texts(&it["aliases"]),
            role: text(&it["role"]),
        })
        .collect();
    let hours = business["hours"].as_object().cloned().unwrap_or_default();
    let opens_early = hours.values().any(|day| day[0].as_str().is_some_and(|at| at <= "08:00"));
    (services, staff, opens_early)
}
