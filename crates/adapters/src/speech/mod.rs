//! The list of speech servers. Adding one: a module with `KIND` and `open`, and its name below.
//!
//! A server gets somebody's voice and returns words, perhaps wrong ones; what they mean is not known here.

mod refusal;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::http::Wire;
use crate::ports::{Kind, Speech};
use crate::settings::{Settings, SettingsProblem};

macro_rules! speeches {
    ($($name:ident),+) => {
        $(pub mod $name;)+

        /// Lists every kind of speech server, in the order consoles show them.
        pub fn kinds() -> Vec<&'static Kind> {
            vec![$(&$name::KIND),+]
        }

        /// Opens the server `kind` with the `fields` of its entry; nothing is sent yet. Only simulators have a `wire`.
        pub fn open(
            kind: &str,
            fields: &BTreeMap<String, Value>,
            wire: Option<Arc<dyn Wire>>,
        ) -> Result<Arc<dyn Speech>, SettingsProblem> {
            $(if kind == $name::KIND.name {
                return $name::open(&Settings::read(&$name::KIND, fields)?.over(wire));
            })+
            Err(unknown_kind(kind))
        }
    };
}

speeches! { openai }

fn unknown_kind(name: &str) -> SettingsProblem {
    let known: Vec<&str> = kinds().iter().map(|kind| kind.name).collect();
    let text_ru = format!("Распознавания «{name}» нет. Известные: {}", known.join(", "));
    SettingsProblem { field: "kind".to_owned(), text_ru }
}
