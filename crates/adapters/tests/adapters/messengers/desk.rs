//! One vendor: its published files, what is expected of it, and the adapter over a line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::ports::{Channel, Outgoing};
use nochnik_core::business::ChannelEntry;
use serde::Deserialize;
use serde_json::Value;

use crate::wire::Line;

pub const SECRET: &str = "k3Jx9_abcDEF-0123456789";
pub const KINDS: [&str; 4] = ["max", "vk", "whatsapp", "instagram"];

#[derive(Deserialize)]
pub struct Expected {
    pub kind: String,
    /// What the names of examples of incoming updates begin with.
    pub examples: String,
    pub fields: BTreeMap<String, Value>,
    pub readings: BTreeMap<String, Vec<String>>,
    pub errors: BTreeMap<String, Trouble>,
    pub requests: Requests,
}

#[derive(Deserialize)]
pub struct Trouble {
    pub status: u16,
    pub means: String,
}

#[derive(Deserialize)]
pub struct Requests {
    pub peer: String,
    pub vendor_id: String,
    pub press: Option<String>,
    pub hook: String,
    /// Method and path to the definitions of body and query; an empty one is not looked at.
    pub fits: BTreeMap<String, (String, String)>,
}

pub fn expected(kind: &str) -> Expected {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/adapters/messengers/{kind}.toml"));
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub fn contract(kind: &str, file: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../contracts").join(kind).join(file);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub fn example(kind: &str, name: &str) -> Value {
    contract(kind, &format!("examples/{name}.json"))
}

pub fn examples(kind: &str, prefix: &str) -> BTreeSet<String> {
    let index: BTreeMap<String, String> = serde_json::from_value(contract(kind, "examples/_index.json")).unwrap();
    index.into_keys().filter(|name| name.starts_with(prefix)).collect()
}

impl Expected {
    pub fn open(&self, line: &Line) -> Arc<dyn Channel> {
        let entry = ChannelEntry { kind: self.kind.clone(), id: None, fields: self.fields.clone() };
        channels::open(&entry, &OpenContext { hook_secret: SECRET.to_owned(), grants: None, wire: line.wire() })
            .unwrap()
    }
}

pub fn message(text: &str) -> Outgoing {
    Outgoing { text: text.to_owned(), ..Outgoing::default() }
}
