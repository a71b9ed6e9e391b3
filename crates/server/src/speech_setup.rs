//! Choosing who turns voice messages into words, changing its settings and leaving it, as a version of the document.

use nochnik_adapters::ports::Kind;
use nochnik_adapters::speech;
use nochnik_core::business::SpeechEntry;
use nochnik_store::{Store, StoreError};

use crate::document_change::{self, By, Deed, Objection};
use crate::kind_setup::{Typed, asked, fields_of, number, shaped};

/// The input that is the same for every kind.
pub const PER_DAY: &str = "per_day";

/// A kind by its name in documents.
pub fn kind(name: &str) -> Option<&'static Kind> {
    kinds().into_iter().find(|kind| kind.name == name)
}

pub fn kinds() -> Vec<&'static Kind> {
    speech::kinds()
}

/// Reads the form as an entry and asks the server who it is; what it said comes along. `base` is what stands in the
/// document.
pub async fn check(
    kind: &'static Kind,
    typed: &Typed,
    base: Option<&SpeechEntry>,
) -> Result<(SpeechEntry, String), Objection> {
    let kept = base.filter(|base| base.kind == kind.name).map(|base| &base.fields);
    let mut typed = typed.clone();
    let per_day = number(&typed.texts.remove(PER_DAY).unwrap_or_default(), PER_DAY)?;
    let open = |fields: &_| speech::open(kind.name, fields, None);
    let (fields, speech) = shaped(fields_of(kind, &typed, kept)?, open)?;
    let told = asked(kind, speech.check()).await?;
    Ok((SpeechEntry { kind: kind.name.to_owned(), per_day, fields }, told))
}

/// Saves the entry in place of what is there, or none; returns the number of the new version.
pub async fn save(store: &Store, by: By<'_>, entry: Option<SpeechEntry>) -> Result<Result<i64, Objection>, StoreError> {
    let action = if entry.is_some() { "speech_on" } else { "speech_off" };
    let deed = Deed { action, subject: entry.as_ref().map_or_else(String::new, |entry| entry.kind.clone()) };
    let saved = document_change::save(store, by, deed, move |document| {
        document.speech.clone_from(&entry);
        Ok(())
    });
    Ok(saved.await?.map_err(|objection| objection.beside(&[PER_DAY])))
}
