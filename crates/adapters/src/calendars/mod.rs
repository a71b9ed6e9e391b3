//! The list of calendars. Adding one: a module with `KIND` and `open`, and its name below.
//!
//! A calendar is a mirror and a source of busy time, not a lock: our own database decides who has a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::http::Wire;
use crate::ports::{Calendar, Kind};
use crate::settings::{Settings, SettingsProblem};

/// What a calendar is given besides its entry.
#[derive(Clone)]
pub struct OpenContext {
    /// Tells the moment: tokens are signed by it, events carry their last change, and some of it is too late.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// In place of sockets; only simulators have one.
    pub wire: Option<Arc<dyn Wire>>,
}

macro_rules! calendars {
    ($($name:ident),*) => {
        $(pub mod $name;)*

        /// Lists every kind of calendar, in the order consoles show them.
        pub fn kinds() -> Vec<&'static Kind> {
            vec![$(&$name::KIND),*]
        }

        /// Opens the calendar `kind` with the `fields` of its entry; nothing is sent yet.
        pub fn open(
            kind: &str,
            fields: &BTreeMap<String, Value>,
            context: &OpenContext,
        ) -> Result<Arc<dyn Calendar>, SettingsProblem> {
            $(if kind == $name::KIND.name {
                return $name::open(&Settings::read(&$name::KIND, fields)?.over(context.wire.clone()), context);
            })*
            Err(unknown_kind(kind))
        }
    };
}

calendars! { bitrix24, caldav, google, yclients, memory }

fn unknown_kind(name: &str) -> SettingsProblem {
    let known: Vec<&str> = kinds().iter().map(|kind| kind.name).collect();
    let text_ru = format!("Календаря «{name}» нет. Известные: {}", known.join(", "));
    SettingsProblem { field: "kind".to_owned(), text_ru }
}
