//! Choosing a CRM, changing its settings and leaving it, as a version of the business's document.

use std::sync::Arc;

use nochnik_adapters::SettingsProblem;
use nochnik_adapters::crm::{self, OpenContext};
use nochnik_adapters::ports::{Crm, Kind};
use nochnik_core::business::{CrmEntry, Document};
use nochnik_store::{Store, StoreError};

use crate::document_change::{self, By, Deed, Objection};
use crate::kind_setup::{Fields, Typed, asked, fields_of, shaped};

/// A kind by its name in documents, of those an owner may choose.
pub fn kind(name: &str) -> Option<&'static Kind> {
    kinds().find(|kind| kind.name == name)
}

/// The kinds an owner may choose: one without fields is for demos.
pub fn kinds() -> impl Iterator<Item = &'static Kind> {
    crm::kinds().into_iter().filter(|kind| !kind.fields.is_empty())
}

/// Whether a CRM of the owner's own is connected: a demo's makes room for one by itself.
pub fn has_own(document: &Document) -> bool {
    document.crm.as_ref().is_some_and(|crm| kind(&crm.kind).is_some())
}

/// The name of a kind for people; a kind we do not know is called as the document calls it.
pub fn title(name: &str) -> &str {
    crm::kinds().into_iter().find(|kind| kind.name == name).map_or(name, |kind| kind.title)
}

/// A CRM whose settings hold.
pub struct Checked {
    pub entry: CrmEntry,
    /// What the check said; empty where the owner's consent comes first.
    pub told: Vec<String>,
}

/// Reads the form as an entry and asks the CRM, where a key is enough to. `base` is what stands in the document.
pub async fn check(kind: &'static Kind, typed: &Typed, base: Option<&CrmEntry>) -> Result<Checked, Objection> {
    let kept = base.filter(|base| base.kind == kind.name).map(|base| &base.fields);
    let (fields, crm) = shaped(fields_of(kind, typed, kept)?, |fields| open(kind, fields))?;
    let told = match crm {
        Some(crm) if crm.authorization().is_none() => asked(kind, crm.check()).await?,
        _ => Vec::new(),
    };
    Ok(Checked { entry: CrmEntry { kind: kind.name.to_owned(), fields }, told })
}

fn open(kind: &Kind, fields: &Fields) -> Result<Option<Arc<dyn Crm>>, SettingsProblem> {
    let entry = CrmEntry { kind: kind.name.to_owned(), fields: fields.clone() };
    crm::open(Some(&entry), &OpenContext { is_public_only: true, ..OpenContext::default() })
}

/// Saves the entry in place of what is there, or none; returns the number of the new version.
pub async fn save(store: &Store, by: By<'_>, entry: Option<CrmEntry>) -> Result<Result<i64, Objection>, StoreError> {
    let action = if entry.is_some() { "crm_on" } else { "crm_off" };
    let deed = Deed { action, subject: entry.as_ref().map_or_else(String::new, |entry| entry.kind.clone()) };
    document_change::save(store, by, deed, move |document| {
        document.crm.clone_from(&entry);
        Ok(())
    })
    .await
}
