//! The list of means to reach a person outside the messengers: SMS, calls, e-mail, web push. Adding
//! one: a module with `KIND` and `open`, and its name below.
//!
//! Who is reached, when and how often is decided elsewhere; a means only hands over and reports.

mod door;
mod fields;
mod sms;
mod speech;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::http::Wire;
use crate::ports::{Kind, Notifier};
use crate::settings::{Settings, SettingsProblem};

/// What a means is given besides its entry.
#[derive(Clone)]
pub struct OpenContext {
    /// Tells the moment: signatures and letters are dated by it.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Where the vendor may push its reports: an address with a secret path, if we have a public one.
    pub hook_url: Option<String>,
    /// In place of sockets; only simulators have one.
    pub wire: Option<Arc<dyn Wire>>,
}

macro_rules! means {
    ($($name:ident),+) => {
        $(pub mod $name;)+

        /// Lists every kind of means, in the order consoles show them.
        pub fn kinds() -> Vec<&'static Kind> {
            vec![$(&$name::KIND),+]
        }

        /// Opens the means `kind` with the `fields` of its entry; nothing is sent yet.
        pub fn open(
            kind: &str,
            fields: &BTreeMap<String, Value>,
            context: &OpenContext,
        ) -> Result<Arc<dyn Notifier>, SettingsProblem> {
            $(if kind == $name::KIND.name {
                return $name::open(&Settings::read(&$name::KIND, fields)?.over(context.wire.clone()), context);
            })+
            Err(unknown_kind(kind))
        }
    };
}

means! { smsru, smsc, smsaero, exolve, zvonok, smsc_call, bitrix24_call, email, webpush }

/// The key pair of web push: the private one for the entry, the public one for browsers.
pub use webpush::{new_key as new_push_key, public_key as public_push_key};

fn unknown_kind(name: &str) -> SettingsProblem {
    let known: Vec<&str> = kinds().iter().map(|kind| kind.name).collect();
    let text_ru = format!("Способа связи «{name}» нет. Известные: {}", known.join(", "));
    SettingsProblem { field: "kind".to_owned(), text_ru }
}
