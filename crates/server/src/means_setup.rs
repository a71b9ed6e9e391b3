//! Adding a means to reach people (SMS, call, letter), changing it, trying it and taking it off, as a version of the
//! business's document; and who is called by it.

use std::collections::BTreeMap;
use std::sync::Arc;

use nochnik_adapters::SettingsProblem;
use nochnik_adapters::means::{self, OpenContext};
use nochnik_adapters::ports::{Alert, Kind, Notifier};
use nochnik_core::business::{Document, Means, MeansEntry, PUSH, Person, Rest, Route};
use nochnik_core::wall;
use nochnik_engine::Clock;
use nochnik_store::{Store, StoreError};

use crate::document_change::{self, By, Deed, Objection};
use crate::kind_setup::{Fields, Typed, account_of, asked, fields_of, shaped};

/// The input of the address to which a trial goes.
pub const TO: &str = "to";

/// A kind by its name in documents, of those an owner may choose.
pub fn kind(name: &str) -> Option<&'static Kind> {
    kinds().find(|kind| kind.name == name)
}

/// The kinds an owner may choose: pushes of the console set themselves up.
pub fn kinds() -> impl Iterator<Item = &'static Kind> {
    means::kinds().into_iter().filter(|kind| kind.name != PUSH)
}

/// The name of a kind for people; a kind we do not know is called as the document calls it.
pub fn title(name: &str) -> &str {
    means::kinds().into_iter().find(|kind| kind.name == name).map_or(name, |kind| kind.title)
}

/// What somebody wrote into the form.
pub struct Wish {
    pub kind: &'static Kind,
    /// The business's own name for it; empty takes the next free one.
    pub account: String,
    pub typed: Typed,
}

/// The entry of this account in the document.
pub fn entry<'a>(document: &'a Document, account: &str) -> Option<&'a MeansEntry> {
    document.means.iter().find(|entry| entry.account() == account)
}

/// Reads the form as an entry and asks the vendor, which disturbs nobody; what it said comes along.
pub async fn check(
    document: &Document,
    wish: &Wish,
    base: Option<&MeansEntry>,
) -> Result<(MeansEntry, Vec<String>), Objection> {
    let kind = wish.kind;
    let id = match base {
        Some(base) => base.id.clone(),
        None => account_of(kind, &wish.account, |account| is_taken(document, account))?,
    };
    let fields = fields_of(kind, &wish.typed, base.map(|base| &base.fields))?;
    let (fields, means) = shaped(fields, |fields| open(kind.name, fields))?;
    let told = asked(kind, means.check()).await?;
    Ok((MeansEntry { kind: kind.name.to_owned(), id, fields }, told))
}

/// People are called by a channel and by a means under one kind of name.
fn is_taken(document: &Document, account: &str) -> bool {
    entry(document, account).is_some() || document.channels.iter().any(|channel| channel.account() == account)
}

/// Opens a means; nothing is sent.
pub fn open(kind: &str, fields: &Fields) -> Result<Arc<dyn Notifier>, SettingsProblem> {
    let context = OpenContext { now: Arc::new(|| Clock::System.now()), hook_url: None, wire: None };
    means::open(kind, fields, &context)
}

/// Sends one trial to an address of one's own. `key` is a new one for each.
pub async fn trial(
    kind: &'static Kind,
    entry: &MeansEntry,
    to: &str,
    business: &str,
    key: &str,
) -> Result<(), Objection> {
    let means = open(&entry.kind, &entry.fields)?;
    means.check_address(to).map_err(|why| Objection::new(TO, why))?;
    let alert = Alert {
        title: "Проба связи".to_owned(),
        text: format!("Ночник, {business}: проба связи. Отвечать не нужно."),
        link: None,
        picture: None,
    };
    asked(kind, means.send(to, &alert, key)).await.map(drop)
}

/// Puts the entry in place of the one with its name, or beside the others; returns the number of the new version.
pub async fn put(store: &Store, by: By<'_>, new: MeansEntry) -> Result<Result<i64, Objection>, StoreError> {
    let deed = Deed { action: "means_on", subject: new.account().to_owned() };
    document_change::save(store, by, deed, move |document| {
        match document.means.iter_mut().find(|entry| entry.account() == new.account()) {
            Some(place) => *place = new.clone(),
            None => document.means.push(new.clone()),
        }
        Ok(())
    })
    .await
}

/// Takes the entry off; returns the number of the new version.
pub async fn off(store: &Store, by: By<'_>, account: String) -> Result<Result<i64, Objection>, StoreError> {
    let deed = Deed { action: "means_off", subject: account.clone() };
    document_change::save(store, by, deed, move |document| {
        let names = called_by(document, &account);
        if !names.is_empty() {
            let text = format!("Этим способом зовут: {}. Сначала снимите их на странице способа", wall::list(&names));
            return Err(Objection::new("", text));
        }
        document.means.retain(|entry| entry.account() != account);
        Ok(())
    })
    .await
}

/// Names of those whom the document calls by this means.
pub fn called_by(document: &Document, account: &str) -> Vec<String> {
    let is_called = |person: &&Person| address_of(person, account).is_some();
    document.people.iter().filter(is_called).map(|person| person.name.clone()).collect()
}

/// Where a person is called by this means: an address of its own, or their phone, which is empty here; `None`: they
/// are not.
pub fn address_of<'a>(person: &'a Person, account: &str) -> Option<&'a str> {
    person.means.iter().find_map(|means| match &means.route {
        Route::Account { means, to } if means == account => Some(to.as_deref().unwrap_or_default()),
        _ => None,
    })
}

/// Calls these people by the means, each at an address or, where that is empty, by phone; all others no more. Returns
/// the number of the new version.
pub async fn call(
    store: &Store,
    by: By<'_>,
    account: String,
    people: BTreeMap<String, String>,
) -> Result<Result<i64, Objection>, StoreError> {
    let deed = Deed { action: "means_people", subject: account.clone() };
    document_change::save(store, by, deed, move |document| {
        for person in &mut document.people {
            let wanted = people.get(&person.id).map(String::as_str);
            if wanted == address_of(person, &account) {
                continue;
            }
            let is_it = |means: &Means| matches!(&means.route, Route::Account { means, .. } if *means == account);
            person.means.retain(|means| !is_it(means));
            person.means.extend(wanted.map(|to| {
                let to = Some(to.to_owned()).filter(|to| !to.is_empty());
                let route = Route::Account { means: account.clone(), to };
                Means { route, after_s: None, rest: Rest::default() }
            }));
        }
        Ok(())
    })
    .await
}
