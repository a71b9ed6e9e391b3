//! A CRM that only remembers, until the process ends: for the demo and for tests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use nochnik_core::crm::{Card, CrmRefs};

use super::OpenContext;
use crate::failure::Failure;
use crate::ports::{Attempt, CardReport, CardState, Crm, Kind, Limits, Pace, Put};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "memory",
    title: "Память (для знакомства)",
    fields: &[],
    limits: Limits { text_chars_max: usize::MAX, buttons_max: 0, label_chars_max: 0 },
    can_poll: false,
    has_hook: false,
    is_for_staff: false,
    notice: Some("Карточки исчезнут при перезапуске: это не настоящая CRM."),
};

pub(super) fn open(_: &Settings<'_>, _context: &OpenContext) -> Result<Arc<dyn Crm>, SettingsProblem> {
    Ok(Arc::new(Memory::default()))
}

/// The cards by origin.
#[derive(Debug, Default)]
pub struct Memory {
    cards: Mutex<BTreeMap<String, Card>>,
    said: Mutex<BTreeMap<String, CardReport>>,
}

impl Memory {
    /// Lists the cards as they stand, by origin.
    pub fn cards(&self) -> Vec<Card> {
        self.cards.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// A person says something of a request: ends it, opens it again, or judges its visit.
    pub fn say(&self, origin: &str, report: CardReport) {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).insert(origin.to_owned(), report);
    }
}

#[async_trait]
impl Crm for Memory {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn destination(&self) -> String {
        "crm:memory".to_owned()
    }

    fn pace(&self) -> Pace {
        Pace { burst: 10_000, per_s: 10_000.0, parallel: 64, requests: 1 }
    }

    async fn put(&self, card: &Card, _: &CrmRefs, _: Attempt) -> Put {
        self.cards.lock().unwrap_or_else(PoisonError::into_inner).insert(card.origin.clone(), card.clone());
        Put { done: Ok(CrmRefs::from([("card".to_owned(), card.origin.clone())])), requests: 0 }
    }

    async fn states(&self, refs: &[CrmRefs], _: Timestamp) -> Result<Vec<CardReport>, Failure> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let state = |refs: &CrmRefs| refs.get("card").and_then(|origin| said.get(origin)).copied();
        Ok(refs.iter().map(|refs| state(refs).unwrap_or(CardState::Open.into())).collect())
    }

    async fn check(&self) -> Result<Vec<String>, Failure> {
        Ok(vec!["Карточки хранятся в памяти и исчезнут при перезапуске.".to_owned()])
    }
}
