//! Choosing a language model, changing its settings and leaving it, as a version of the business's document.

use std::sync::Arc;

use nochnik_adapters::model::{self, OpenContext};
use nochnik_adapters::ports::Kind;
use nochnik_core::business::ModelEntry;
use nochnik_engine::Clock;
use nochnik_store::{Store, StoreError};

use crate::document_change::{self, By, Deed, Objection};
use crate::kind_setup::{Typed, asked, fields_of, number, shaped};

/// The inputs that are the same for every kind.
pub const ASK_UNDER: &str = "ask_under";
pub const TOKENS_PER_DAY: &str = "tokens_per_day";
pub const PHRASE: &str = "phrase";

/// A kind by its name in documents.
pub fn kind(name: &str) -> Option<&'static Kind> {
    kinds().into_iter().find(|kind| kind.name == name)
}

pub fn kinds() -> Vec<&'static Kind> {
    model::kinds()
}

/// A model whose settings hold.
pub struct Checked {
    pub entry: ModelEntry,
    /// What the check said.
    pub told: String,
}

/// Reads the form as an entry and asks the server who it is. `base` is what stands in the document.
pub async fn check(kind: &'static Kind, typed: &Typed, base: Option<&ModelEntry>) -> Result<Checked, Objection> {
    let kept = base.filter(|base| base.kind == kind.name).map(|base| &base.fields);
    let mut typed = typed.clone();
    let own = [ASK_UNDER, TOKENS_PER_DAY, PHRASE].map(|name| typed.texts.remove(name).unwrap_or_default());
    let [ask_under, tokens_per_day, phrase] = own.each_ref().map(|text| text.trim());
    let percent: u8 = number(ask_under, ASK_UNDER)?;
    if percent > 100 {
        return Err(Objection::new(ASK_UNDER, "От 0 до 100"));
    }
    let tokens_per_day = number(tokens_per_day, TOKENS_PER_DAY)?;
    let context = OpenContext { now: Arc::new(|| Clock::System.now()), wire: None };
    let open = |fields: &_| model::open(kind.name, fields, &context);
    let (fields, model) = shaped(fields_of(kind, &typed, kept)?, open)?;
    let told = asked(kind, model.check()).await?;
    let (ask_under, phrase) = (f64::from(percent) / 100.0, !phrase.is_empty());
    let entry = ModelEntry { kind: kind.name.to_owned(), ask_under, phrase, tokens_per_day, fields };
    Ok(Checked { entry, told })
}

/// Saves the entry in place of what is there, or none; returns the number of the new version.
pub async fn save(store: &Store, by: By<'_>, entry: Option<ModelEntry>) -> Result<Result<i64, Objection>, StoreError> {
    let action = if entry.is_some() { "language_model_on" } else { "language_model_off" };
    let deed = Deed { action, subject: entry.as_ref().map_or_else(String::new, |entry| entry.kind.clone()) };
    let saved = document_change::save(store, by, deed, move |document| {
        document.model.clone_from(&entry);
        Ok(())
    });
    Ok(saved.await?.map_err(|objection| objection.beside(&[ASK_UNDER, TOKENS_PER_DAY])))
}
