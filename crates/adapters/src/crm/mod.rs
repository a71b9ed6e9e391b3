//! The list of CRMs. Adding one: a module with `KIND` and `open`, and its name below.

mod steps;

use std::sync::Arc;

use nochnik_core::business::CrmEntry;

use crate::http::Wire;
use crate::ports::{Crm, Grants, Kind};
use crate::settings::{Settings, SettingsProblem};

/// The kind that says: no CRM, the leads stay in Nochnik.
const NONE: &str = "none";

/// What a CRM is given besides its entry.
#[derive(Clone, Default)]
pub struct OpenContext {
    /// Where an access by consent is kept; without it there is only the key of the entry.
    pub grants: Option<Arc<dyn Grants>>,
    /// Where the portal may tell us its news: an address with a secret path, if we have a public one.
    pub hook_url: Option<String>,
    /// Where a vendor sends an owner's browser back.
    pub back_url: String,
    /// Whoever wrote the entry does not keep this machine: an address of their own leads to public ones alone.
    pub is_public_only: bool,
    /// In place of sockets; only simulators have one.
    pub wire: Option<Arc<dyn Wire>>,
}

macro_rules! crms {
    ($($name:ident),+) => {
        $(pub mod $name;)+

        /// Lists every kind of CRM, in the order consoles show them.
        pub fn kinds() -> Vec<&'static Kind> {
            vec![$(&$name::KIND),+]
        }

        /// Opens the CRM of a business; `None` when it has none. Nothing is sent yet.
        pub fn open(entry: Option<&CrmEntry>, context: &OpenContext) -> Result<Option<Arc<dyn Crm>>, SettingsProblem> {
            let Some(entry) = entry.filter(|entry| entry.kind != NONE) else { return Ok(None) };
            $(if entry.kind == $name::KIND.name {
                return $name::open(&Settings::read(&$name::KIND, &entry.fields)?.over(context.wire.clone()), context).map(Some);
            })+
            Err(unknown_kind(&entry.kind))
        }
    };
}

crms! { bitrix24, amocrm, webhook, memory }

fn unknown_kind(name: &str) -> SettingsProblem {
    let known: Vec<&str> = kinds().iter().map(|kind| kind.name).chain([NONE]).collect();
    let text_ru = format!("CRM «{name}» нет. Известные: {}", known.join(", "));
    SettingsProblem { field: "kind".to_owned(), text_ru }
}
