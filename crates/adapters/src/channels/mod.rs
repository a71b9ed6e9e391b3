//! The list of channels. Adding one: a module with `KIND` and `open`, and its name below.

mod meta;
mod parts;
mod proof;
mod read;
mod rest;

use std::sync::Arc;

use nochnik_core::business::ChannelEntry;

use crate::http::Wire;
use crate::ports::{Channel, Field, Grants, Kind};
use crate::settings::{Settings, SettingsProblem};

/// A page of the business's book, by the vendor's name there.
pub type GrantsOf = dyn Fn(&str) -> Arc<dyn Grants> + Send + Sync;

/// What a channel is given besides its entry.
#[derive(Clone, Default)]
pub struct OpenContext {
    /// Shared with the vendor, so that its deliveries can be told from forged ones: 1 to 256 of
    /// `A–Z a–z 0–9 _ -`. Empty: no delivery is believed.
    pub hook_secret: String,
    /// Opens a vendor's page in the book of accesses that owners gave; without it there is only the key of the entry.
    pub grants: Option<Arc<GrantsOf>>,
    /// In place of sockets; only simulators have one.
    pub wire: Option<Arc<dyn Wire>>,
}

/// A field of a kind. Which ones are secret follows from their names; a proxy's address may hold a password.
const fn field(name: &'static str, title: &'static str, help: &'static str, is_required: bool) -> Field {
    let is_secret = matches!(name.as_bytes(), b"token" | b"app_secret" | b"webhook_url" | b"client_secret" | b"proxy");
    let is_address = matches!(name.as_bytes(), b"base_url" | b"file_base_url" | b"webhook_url" | b"portal" | b"proxy");
    Field { name, title, help, is_required, is_secret, is_address }
}

macro_rules! channels {
    ($($name:ident),+) => {
        $(pub mod $name;)+

        /// Lists every kind of channel, in the order consoles show them.
        pub fn kinds() -> Vec<&'static Kind> {
            vec![$(&$name::KIND),+]
        }

        /// Opens one channel of a business; nothing is sent yet.
        pub fn open(entry: &ChannelEntry, context: &OpenContext) -> Result<Arc<dyn Channel>, SettingsProblem> {
            $(if entry.kind == $name::KIND.name {
                return $name::open(&Settings::read(&$name::KIND, &entry.fields)?.over(context.wire.clone()), context);
            })+
            Err(unknown_kind(&entry.kind))
        }
    };
}

channels! { widget, max, vk, telegram, whatsapp, instagram, bitrix24_bot, terminal }

fn unknown_kind(name: &str) -> SettingsProblem {
    let known: Vec<&str> = kinds().iter().map(|kind| kind.name).collect();
    let text_ru = format!("Канала «{name}» нет. Известные: {}", known.join(", "));
    SettingsProblem { field: "kind".to_owned(), text_ru }
}
