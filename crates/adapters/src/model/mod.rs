//! The list of language models. Adding one: a module with `KIND` and `open`, and its name below.
//!
//! A model gets texts without personal data and returns JSON of a given shape; what it means is
//! not known here.

mod answer;
mod chat;
mod fields;
mod refusal;
mod schema;
mod structured;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::http::Wire;
use crate::ports::{Kind, Model};
use crate::settings::{Settings, SettingsProblem};

/// What a model is given besides its entry.
#[derive(Clone)]
pub struct OpenContext {
    /// Tells the moment: access tokens are renewed by it.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// In place of sockets; only simulators have one.
    pub wire: Option<Arc<dyn Wire>>,
}

macro_rules! models {
    ($($name:ident),+) => {
        $(pub mod $name;)+

        /// Lists every kind of model, in the order consoles show them.
        pub fn kinds() -> Vec<&'static Kind> {
            vec![$(&$name::KIND),+]
        }

        /// Opens the model `kind` with the `fields` of its entry; nothing is sent yet.
        pub fn open(
            kind: &str,
            fields: &BTreeMap<String, Value>,
            context: &OpenContext,
        ) -> Result<Arc<dyn Model>, SettingsProblem> {
            $(if kind == $name::KIND.name {
                return $name::open(&Settings::read(&$name::KIND, fields)?.over(context.wire.clone()), context);
            })+
            Err(unknown_kind(kind))
        }
    };
}

models! { yandex, gigachat, openai }

fn unknown_kind(name: &str) -> SettingsProblem {
    let known: Vec<&str> = kinds().iter().map(|kind| kind.name).collect();
    let text_ru = format!("Модели «{name}» нет. Известные: {}", known.join(", "));
    SettingsProblem { field: "kind".to_owned(), text_ru }
}
