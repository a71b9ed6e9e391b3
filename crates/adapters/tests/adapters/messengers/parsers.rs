//! What every parser keeps to, whatever it is handed.

use std::sync::Arc;

use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::ports::{Channel, IncomingWhat};
use nochnik_core::business::ChannelEntry;
use nochnik_core::event::InputKind;
use serde_json::Value;

use super::desk::{contract, example, expected};
use super::mutate::Mutator;

/// A parser and the updates that its vendor published.
pub struct Parser {
    channel: Arc<dyn Channel>,
    examples: Vec<Value>,
}

pub const KINDS: [&str; 5] = ["telegram", "max", "vk", "whatsapp", "instagram"];

impl Parser {
    pub fn open(kind: &'static str) -> Self {
        let (fields, prefix) = if kind == "telegram" {
            ([("token".to_owned(), Value::from("7123456789:AAfuzz"))].into(), "update.".to_owned())
        } else {
            let expected = expected(kind);
            (expected.fields, expected.examples)
        };
        let entry = ChannelEntry { kind: kind.to_owned(), id: None, fields };
        let channel = channels::open(&entry, &OpenContext::default()).unwrap();
        let index = contract(kind, "examples/_index.json");
        let names = index.as_object().unwrap().keys().filter(|name| name.starts_with(&prefix));
        let examples = names.map(|name| example(kind, name)).collect();
        Self { channel, examples }
    }

    /// Reads the broken update of this seed; says what is wrong with what was made of it.
    pub fn read(&self, seed: u64) -> Result<(), String> {
        let body = self.body(seed);
        let Ok(read) = self.channel.parse(&body) else { return Ok(()) };
        for incoming in &read {
            if incoming.dedupe_key.is_empty() {
                return Err("no key".to_owned());
            }
            let is_empty = |what: &InputKind| matches!(what, InputKind::Text { text } if text.trim().is_empty());
            if matches!(&incoming.what, IncomingWhat::Input { input, .. } if is_empty(&input.what)) {
                return Err("an empty text".to_owned());
            }
        }
        if self.channel.parse(&body) != Ok(read) {
            return Err("read otherwise the second time".to_owned());
        }
        Ok(())
    }

    pub fn body(&self, seed: u64) -> Vec<u8> {
        let at = usize::try_from(seed).unwrap_or(0) % self.examples.len();
        Mutator::new(seed).body(&self.examples[at])
    }
}
