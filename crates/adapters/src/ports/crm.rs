//! The door to a CRM: cards put into it, and what its people make of them.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use nochnik_core::crm::{Card, CrmRefs};
use nochnik_core::values::Phone;

use super::{Authorization, Kind, OpenLine, Pace};
use crate::failure::Failure;

/// What happened to earlier tries of the same card.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Attempt {
    pub now: Timestamp,
    /// Since when nobody knows whether a try has done its work: when the last one that sent something
    /// ended as [`Failure::Unknown`], none having succeeded since. [`Failure::Later`] sent nothing and
    /// leaves the doubt as old as it was. A try that nobody saw end (the process died) counts as
    /// unknown from the moment its end was missed.
    pub unknown_since: Option<Timestamp>,
    /// This very card has been tried before and not brought whole: parts of it may stand there.
    pub is_repeat: bool,
}

/// What a put came to.
#[derive(Debug)]
pub struct Put {
    pub done: Result<CrmRefs, Failure>,
    /// Requests it took, of which the [`Pace`] is told.
    pub requests: u32,
}

/// A CRM, one portal of it.
#[async_trait]
pub trait Crm: Send + Sync {
    fn kind(&self) -> &'static Kind;

    /// Cards of all businesses on one portal share this name, and with it the pace.
    fn destination(&self) -> String;

    fn pace(&self) -> Pace;

    /// Makes the CRM agree with the card. `refs` is what earlier puts of the same origin returned.
    async fn put(&self, card: &Card, refs: &CrmRefs, attempt: Attempt) -> Put;

    /// Explains plan, rights and mode in Russian; mends what it can (fields, source).
    async fn check(&self) -> Result<Vec<String>, Failure>;

    /// How the cards behind `refs` stand, in their order. All open where a CRM cannot be asked.
    async fn states(&self, refs: &[CrmRefs], _now: Timestamp) -> Result<Vec<CardReport>, Failure> {
        Ok(vec![CardState::Open.into(); refs.len()])
    }

    /// How the owner lets us in by a browser; `None` where a key in the settings is enough.
    fn authorization(&self) -> Option<Arc<dyn Authorization>> {
        None
    }

    /// Where its people answer clients; `None`: there is no such place, or its owner names none.
    fn line(&self) -> Option<Arc<dyn OpenLine>> {
        None
    }

    /// Who works there now; `None`: this CRM keeps no such list.
    async fn staff(&self) -> Result<Option<Vec<Colleague>>, Failure> {
        Ok(None)
    }
}

/// What the people who work on a card have said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardReport {
    pub state: CardState,
    /// Whether the client came, where the stage says so.
    pub has_come: Option<bool>,
}

impl From<CardState> for CardReport {
    fn from(state: CardState) -> Self {
        Self { state, has_come: None }
    }
}

/// How a card stands with the people who work on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardState {
    Open,
    Won,
    Lost,
    /// Deleted, or no longer for us to see.
    Gone,
}

/// Somebody of the staff as the CRM knows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Colleague {
    /// The CRM's own number.
    pub id: i64,
    /// May be empty.
    pub name: String,
    pub phone: Option<Phone>,
}

/// Shows the number alone: names and phones do not belong into logs.
impl fmt::Debug for Colleague {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Colleague").field("id", &self.id).finish_non_exhaustive()
    }
}
