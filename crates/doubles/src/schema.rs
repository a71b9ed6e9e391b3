//! A published JSON Schema document, its definitions compiled once.

use std::{collections::HashMap, sync::Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::lock;

/// One schema document and the validators made of its definitions so far.
pub(crate) struct Book {
    definitions: Value,
    compiled: Mutex<HashMap<String, &'static Validator>>,
}

impl Book {
    pub(crate) fn open(text: &str) -> Self {
        let document = serde_json::from_str::<Value>(text).expect("a published schema is JSON");
        Self { definitions: document["$defs"].clone(), compiled: Mutex::default() }
    }

    /// Checks a body against one definition; one that the document does not have passes. The error names the place and
    /// the rule, never a value.
    pub(crate) fn check(&self, definition: &str, body: &Value) -> Result<(), String> {
        if self.definitions.get(definition).is_none() {
            return Ok(());
        }
        let Some(broken) = self.validator(definition).iter_errors(body).next() else { return Ok(()) };
        Err(format!("breaks the schema at '{}', rule '{}'", broken.instance_path(), broken.schema_path()))
    }

    /// A validator lives as long as the program: there are fewer of them than methods.
    fn validator(&self, definition: &str) -> &'static Validator {
        lock(&self.compiled).entry(definition.to_owned()).or_insert_with(|| {
            let schema = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "$defs": self.definitions,
                "$ref": format!("#/$defs/{definition}"),
            });
            Box::leak(Box::new(jsonschema::validator_for(&schema).expect("a published schema compiles")))
        })
    }
}
