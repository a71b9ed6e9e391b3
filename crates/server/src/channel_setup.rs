//! Switching channels on, changing them, and off again: what the command line and the console have in common.
//!
//! A channel is asked who it is before it is saved, so that what stands in the document has worked once. Each change
//! is a version of the business's document and a line of the journal; secrets go into the document alone.

use std::sync::Arc;

use nochnik_adapters::SettingsProblem;
use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::ports::{Channel, Kind};
use nochnik_core::business::{ChannelEntry, Document};
use nochnik_core::wall;
use nochnik_engine::grants::Keeper;
use nochnik_engine::{Clock, Keys};
use nochnik_store::{Store, StoreError};

use crate::document_change::{self, By, Deed, Objection};
use crate::key::Key;
use crate::kind_setup::{self, Fields, Typed, account_of};
use crate::opener::book;

/// What somebody wrote into the form of a kind.
pub struct Wish {
    pub kind: &'static Kind,
    /// The business's own name for the account; empty takes the next free one.
    pub account: String,
    pub typed: Typed,
}

/// A channel that has answered.
pub struct Checked {
    pub entry: ChannelEntry,
    /// What the vendor calls us: «Салон Лотос (@lotos_bot)».
    pub name: String,
}

/// One change of a document's channels.
pub enum Change {
    On(ChannelEntry),
    /// In place of the entry with the same account.
    Renew(ChannelEntry),
    /// The account.
    Off(String),
}

/// What the owner enters in the vendor's own cabinet.
pub struct ByHand {
    pub address: String,
    /// Proves the address; a secret.
    pub word: String,
    /// Where to click, in order.
    pub steps: &'static [&'static str],
}

/// What this installation gives every channel: secrets of its webhooks and the address they lead to.
pub struct Installation {
    keys: Keys,
    /// Without a slash at the end.
    public_url: String,
    /// The book of accesses that owners gave.
    grants: Option<Keeper>,
}

impl Installation {
    pub fn new(key: &Key, public_url: String) -> Self {
        Self { keys: engine_keys(key), public_url, grants: None }
    }

    /// With the accesses that owners gave and this store keeps.
    pub fn with_grants_of(self, store: &Store) -> Self {
        let node = uuid::Uuid::now_v7().to_string();
        Self { grants: Some(Keeper::new(store.clone(), Clock::System, &node)), ..self }
    }

    /// Opens an entry of a document; nothing is sent.
    pub fn open(&self, business: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, SettingsProblem> {
        let hook_secret = self.keys.hook_secret(business, entry.account());
        let grants = self.grants.as_ref().map(|grants| book(grants, business));
        channels::open(entry, &OpenContext { hook_secret, grants, wire: None })
    }

    /// Reads the form as an entry, opens it and asks the vendor who we are. `base` is the entry that is changed.
    pub async fn check(
        &self,
        document: &Document,
        wish: &Wish,
        base: Option<&ChannelEntry>,
    ) -> Result<Checked, Objection> {
        let entry = entry_of(document, wish, base)?;
        let (entry, channel) = self.shaped(&document.id, entry)?;
        let twin = document.channels.iter().find(|other| base.is_none() && is_same(wish.kind, other, &entry));
        if let Some(twin) = twin {
            return Err(Objection::new("", format!("С этими данными уже включён канал «{}»", twin.account())));
        }
        if !self.can_be_reached() && is_pushed(&*channel) {
            return Err(no_address(wish.kind));
        }
        let name = ask(&*channel).await?;
        Ok(Checked { entry, name })
    }

    /// Asks an entry of the document who we are.
    pub async fn ask(&self, business: &str, entry: &ChannelEntry) -> Result<String, Objection> {
        ask(&*self.open(business, entry)?).await
    }

    /// What is left for the owner's own hands; `None`: nothing.
    pub fn by_hand(&self, business: &str, entry: &ChannelEntry) -> Option<ByHand> {
        let steps = self.open(business, entry).ok()?.hook_by_hand()?;
        let account = entry.account();
        let path = self.keys.hook_path(business, account);
        Some(ByHand {
            address: format!("{}/hook/{business}/{account}/{path}", self.public_url),
            word: self.keys.hook_secret(business, account),
            steps,
        })
    }

    /// Vendors push to HTTPS only.
    pub fn can_be_reached(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Opens an entry whose fields are texts.
    fn shaped(&self, business: &str, entry: ChannelEntry) -> Result<(ChannelEntry, Arc<dyn Channel>), SettingsProblem> {
        let with = |fields: &Fields| ChannelEntry { fields: fields.clone(), ..entry.clone() };
        let (fields, channel) = kind_setup::shaped(entry.fields.clone(), |fields| self.open(business, &with(fields)))?;
        Ok((with(&fields), channel))
    }
}

/// The keys of the engine, from which webhooks and tokens follow.
pub fn engine_keys(key: &Key) -> Keys {
    Keys::new(key.sign("engine", b"").to_vec())
}

/// A kind by its name in documents.
pub fn kind(name: &str) -> Option<&'static Kind> {
    channels::kinds().into_iter().find(|kind| kind.name == name)
}

/// Nothing comes from this kind without a public address.
pub fn needs_address(kind: &Kind) -> bool {
    kind.has_hook && !kind.can_poll
}

/// The account's entry in the document.
pub fn entry<'a>(document: &'a Document, account: &str) -> Option<&'a ChannelEntry> {
    document.channels.iter().find(|entry| entry.account() == account)
}

/// Saves a change of a document's channels and returns the number of the new version.
///
/// The change is made to the document as it is then; what does not fit it any more comes back as an objection.
pub async fn save(
    store: &Store,
    business: &str,
    change: Change,
    actor: &str,
    now_ms: i64,
) -> Result<Result<i64, Objection>, StoreError> {
    let (action, subject) = match &change {
        Change::On(entry) => ("channel_on", entry.account()),
        Change::Renew(entry) => ("channel_renew", entry.account()),
        Change::Off(account) => ("channel_off", account.as_str()),
    };
    let deed = Deed { action, subject: subject.to_owned() };
    let by = By { business, actor, seen: None, now_ms };
    let saved = document_change::save(store, by, deed, move |document| apply(document, &change)).await?;
    // The form of a channel has no inputs for the rest of the document: its problems are told with their place.
    let placed = |one: Objection| match one.field.as_str() {
        "" => one,
        path => Objection::new("", format!("{path}: {}", one.text)),
    };
    Ok(saved.map_err(|objection| objection.each(placed)))
}

fn apply(document: &mut Document, change: &Change) -> Result<(), Objection> {
    match change {
        Change::On(entry) => document.channels.push(entry.clone()),
        Change::Renew(entry) => *place(document, entry.account())? = entry.clone(),
        Change::Off(account) => {
            place(document, account)?;
            is_nobodys_means(document, account)?;
            document.channels.retain(|entry| entry.account() != account);
        }
    }
    Ok(())
}

fn place<'a>(document: &'a mut Document, account: &str) -> Result<&'a mut ChannelEntry, Objection> {
    let found = document.channels.iter_mut().find(|entry| entry.account() == account);
    found.ok_or_else(|| Objection::new("", format!("Канала «{account}» нет")))
}

/// People who are called by a channel must not be left without it unnoticed.
fn is_nobodys_means(document: &Document, account: &str) -> Result<(), Objection> {
    let names = called_by(document, account);
    if names.is_empty() {
        return Ok(());
    }
    let text = format!(
        "Этим каналом ночью зовут: {}. Сначала дайте им другой способ связи в документе бизнеса (people)",
        wall::list(&names)
    );
    Err(Objection::new("", text))
}

/// Names of those whom the document calls by this channel.
pub fn called_by(document: &Document, account: &str) -> Vec<String> {
    let is_called = |person: &&nochnik_core::business::Person| {
        person.means.iter().filter_map(|means| means.as_messenger()).any(|(channel, _)| channel == account)
    };
    document.people.iter().filter(is_called).map(|person| person.name.clone()).collect()
}

/// The form as an entry of the document.
fn entry_of(document: &Document, wish: &Wish, base: Option<&ChannelEntry>) -> Result<ChannelEntry, Objection> {
    let fields = kind_setup::fields_of(wish.kind, &wish.typed, base.map(|base| &base.fields))?;
    let id = match base {
        Some(base) => base.id.clone(),
        None => account_of(wish.kind, &wish.account, |account| entry(document, account).is_some())?,
    };
    Ok(ChannelEntry { kind: wish.kind.name.to_owned(), id, fields })
}

/// Two programs under one token take each other's messages away.
fn is_same(kind: &Kind, one: &ChannelEntry, other: &ChannelEntry) -> bool {
    let mut required = kind.fields.iter().filter(|field| field.is_required).peekable();
    one.kind == other.kind
        && required.peek().is_some()
        && required.all(|field| one.fields.get(field.name) == other.fields.get(field.name))
}

fn is_pushed(channel: &dyn Channel) -> bool {
    channel.kind().has_hook && !(channel.kind().can_poll && channel.polls())
}

pub fn no_address(kind: &Kind) -> Objection {
    let otherwise =
        if kind.can_poll { " Или оставьте polling: ему адрес не нужен." } else { "" };
    let text = format!(
        "{} приносит сообщения на адрес Ночника, а адреса с HTTPS у этой установки нет. Попросите того, кто держит \
         сервер, вписать его в base_url (nochnik.toml).{otherwise}",
        kind.title
    );
    Objection::new(if kind.can_poll { "mode" } else { "" }, text)
}

async fn ask(channel: &dyn Channel) -> Result<String, Objection> {
    kind_setup::asked(channel.kind(), channel.check()).await
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;

    fn installation() -> Installation {
        Installation::new(&Key::random().unwrap(), "http://127.0.0.1:8080".to_owned())
    }

    fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, Value> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect()
    }

    #[test]
    fn a_text_becomes_what_the_adapter_takes() {
        for (kind, field, text, kept) in [
            ("telegram", "per_s", "30", json!(30)),
            ("telegram", "per_s", "0,5", json!(0.5)),
            ("telegram", "mode", "webhook", json!("webhook")),
            ("vk", "group_id", "220033445", json!("220033445")),
            (
                "widget",
                "origins",
                "https://a.example, https://b.example",
                json!(["https://a.example", "https://b.example"]),
            ),
        ] {
            let mut fields = texts(&[(field, text)]);
            let known = super::kind(kind).unwrap();
            let required = known.fields.iter().filter(|needed| needed.is_required && needed.name != field);
            fields.extend(required.map(|needed| (needed.name.to_owned(), json!("7123456789:AAtest"))));
            let entry = ChannelEntry { kind: kind.to_owned(), id: None, fields };
            let (entry, _) = installation().shaped("lotos", entry).map_err(|problem| problem.to_string()).unwrap();
            assert_eq!(entry.fields[field], kept, "{kind}.{field}");
        }
    }

    #[test]
    fn what_no_reading_mends_is_told_in_the_adapters_words() {
        for (field, text, why) in [
            ("per_s", "быстро", "Здесь нужно число"),
            ("mode", "почта", "Возможные значения: polling, webhook"),
            ("base_url", "telegram", "не похоже на адрес"),
        ] {
            let fields = texts(&[("token", "7123456789:AAtest"), (field, text)]);
            let entry = ChannelEntry { kind: "telegram".to_owned(), id: None, fields };
            let problem = installation().shaped("lotos", entry).err().unwrap();
            assert_eq!(problem.field, field);
            assert!(problem.text_ru.contains(why), "{}", problem.text_ru);
        }
    }
}
