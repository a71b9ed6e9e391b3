//! The published examples fit the schemas that `_index.json` names for them.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::{Value, json};

const VENDORS: [&str; 6] = ["instagram", "max", "speech", "telegram", "vk", "whatsapp"];

fn read(vendor: &str, file: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../contracts").join(vendor).join(file);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn each_example_fits_its_schema() {
    for vendor in VENDORS {
        check_examples(vendor);
    }
}

fn check_examples(vendor: &str) {
    let index: BTreeMap<String, String> = serde_json::from_value(read(vendor, "examples/_index.json")).unwrap();
    assert!(!index.is_empty());
    let mut validators = BTreeMap::new();
    for (example, pointer) in index {
        let (file, definition) = pointer.split_once('#').unwrap();
        let validator = validators.entry(pointer.clone()).or_insert_with(|| {
            let schema = json!({ "$defs": read(vendor, file)["$defs"], "$ref": format!("#{definition}") });
            jsonschema::validator_for(&schema).unwrap()
        });
        let body = read(vendor, &format!("examples/{example}.json"));
        let broken = validator.iter_errors(&body).map(|error| error.to_string()).collect::<Vec<_>>();
        assert!(broken.is_empty(), "{vendor} {example}: {broken:?}");
    }
}
