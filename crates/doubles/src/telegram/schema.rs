//! The published schemas, compiled once: requests are held to the strict one, our own updates to the open one.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::lock;

const OUTBOUND: &str = include_str!("../../../../contracts/telegram/outbound.schema.json");
const INBOUND: &str = include_str!("../../../../contracts/telegram/inbound.schema.json");

static REQUESTS: LazyLock<Book> = LazyLock::new(|| Book::open(OUTBOUND));
static UPDATES: LazyLock<Book> = LazyLock::new(|| Book::open(INBOUND));

/// Checks the body of one method. The error names the place and the rule, never a value; a method that the schema
/// does not know passes, the dispatcher refuses it.
pub(super) fn check_request(method: &str, body: &Value) -> Result<(), String> {
    REQUESTS.check(&format!("method.{method}"), body)
}

/// Checks an update that this double is about to hand out.
pub(super) fn check_update(update: &Value) -> Result<(), String> {
    UPDATES.check("Update", update)
}

/// One schema document and the validators made of its definitions so far.
struct Book {
    definitions: Value,
    compiled: Mutex<HashMap<String, &'static Validator>>,
}

impl Book {
    fn open(text: &str) -> Self {
        let document = serde_json::from_str::<Value>(text).expect("a published schema is JSON");
        Self { definitions: document["$defs"].clone(), compiled: Mutex::default() }
    }

    fn check(&self, definition: &str, body: &Value) -> Result<(), String> {
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
