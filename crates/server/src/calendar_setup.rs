//! Adding a calendar, changing it and taking it off, as a version of the business's document.

use std::sync::Arc;

use nochnik_adapters::SettingsProblem;
use nochnik_adapters::calendars::{self, OpenContext};
use nochnik_adapters::ports::{Calendar, Kind};
use nochnik_core::business::{CalendarEntry, Document};
use nochnik_engine::Clock;
use nochnik_store::{Store, StoreError};

use crate::document_change::{self, By, Deed, Objection};
use crate::kind_setup::{Fields, Typed, account_of, asked, fields_of, shaped};

/// A kind by its name in documents, of those an owner may choose.
pub fn kind(name: &str) -> Option<&'static Kind> {
    kinds().find(|kind| kind.name == name)
}

/// The kinds an owner may choose: one without fields is for demos.
pub fn kinds() -> impl Iterator<Item = &'static Kind> {
    calendars::kinds().into_iter().filter(|kind| !kind.fields.is_empty())
}

/// The name of a kind for people; a kind we do not know is called as the document calls it.
pub fn title(name: &str) -> &str {
    calendars::kinds().into_iter().find(|kind| kind.name == name).map_or(name, |kind| kind.title)
}

/// What somebody wrote into the form.
pub struct Wish {
    pub kind: &'static Kind,
    /// The business's own name for it; empty takes the next free one.
    pub account: String,
    /// Whose time it is; empty is everybody's.
    pub specialists: Vec<String>,
    pub typed: Typed,
}

/// The calendar's entry in the document.
pub fn entry<'a>(document: &'a Document, account: &str) -> Option<&'a CalendarEntry> {
    document.calendars.iter().find(|entry| entry.account() == account)
}

/// Reads the form as an entry and asks the calendar whether it lets us in; what it said comes along.
pub async fn check(
    document: &Document,
    wish: &Wish,
    base: Option<&CalendarEntry>,
) -> Result<(CalendarEntry, Vec<String>), Objection> {
    let kind = wish.kind;
    let id = match base {
        Some(base) => base.id.clone(),
        None => account_of(kind, &wish.account, |account| entry(document, account).is_some())?,
    };
    let fields = fields_of(kind, &wish.typed, base.map(|base| &base.fields))?;
    let (fields, calendar) = shaped(fields, |fields| open(kind.name, fields))?;
    let told = asked(kind, calendar.check()).await?;
    let specialists = wish.specialists.clone();
    Ok((CalendarEntry { kind: kind.name.to_owned(), id, specialists, fields }, told))
}

/// Opens a calendar; nothing is sent.
pub fn open(kind: &str, fields: &Fields) -> Result<Arc<dyn Calendar>, SettingsProblem> {
    calendars::open(kind, fields, &OpenContext { now: Arc::new(|| Clock::System.now()), wire: None })
}

/// Puts the entry in place of the one with its name, or beside the others; returns the number of the new version.
pub async fn put(store: &Store, by: By<'_>, new: CalendarEntry) -> Result<Result<i64, Objection>, StoreError> {
    let deed = Deed { action: "calendar_on", subject: new.account().to_owned() };
    document_change::save(store, by, deed, move |document| {
        match document.calendars.iter_mut().find(|entry| entry.account() == new.account()) {
            Some(place) => *place = new.clone(),
            None => document.calendars.push(new.clone()),
        }
        Ok(())
    })
    .await
}

/// Takes the entry off; returns the number of the new version.
pub async fn off(store: &Store, by: By<'_>, account: String) -> Result<Result<i64, Objection>, StoreError> {
    let deed = Deed { action: "calendar_off", subject: account.clone() };
    document_change::save(store, by, deed, move |document| {
        document.calendars.retain(|entry| entry.account() != account);
        Ok(())
    })
    .await
}
