//! A calendar that only remembers, until the process ends: for the demo and for tests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::OpenContext;
use crate::failure::{Failure, codes};
use crate::ports::{Calendar, Changed, Changes, EventRef, EventState, Kind, Limits, Pace, Span, Taken, Visit};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "memory",
    title: "Память (для знакомства)",
    fields: &[],
    limits: Limits { text_chars_max: usize::MAX, buttons_max: 0, label_chars_max: 0 },
    can_poll: true,
    has_hook: false,
    is_for_staff: false,
    notice: Some("События исчезнут при перезапуске: это не настоящий календарь."),
};

pub(super) fn open(_: &Settings<'_>, _: &OpenContext) -> Result<Arc<dyn Calendar>, SettingsProblem> {
    Ok(Arc::new(Memory::default()))
}

/// The events by id, each with the moment of its last change on the calendar's own count.
#[derive(Default)]
pub struct Memory {
    events: Mutex<BTreeMap<String, (u64, EventState)>>,
    decides: bool,
    /// The next puts are refused with this code.
    refusal: Mutex<Option<&'static str>>,
}

impl Memory {
    /// One that has the last word about visits.
    pub fn deciding() -> Self {
        Self { decides: true, ..Self::default() }
    }

    /// Refuses visits with this code, until told otherwise.
    pub fn refuse(&self, code: Option<&'static str>) {
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = code;
    }

    /// What a person does in the calendar: puts an event there, changes or deletes one.
    pub fn write(&self, id: &str, state: EventState) -> EventRef {
        let mut events = self.lock();
        let change = events.values().map(|(change, _)| *change).max().unwrap_or_default() + 1;
        events.insert(id.to_owned(), (change, state));
        EventRef { id: id.to_owned(), version: change.to_string() }
    }

    /// Lists what stands there, by id.
    pub fn events(&self) -> Vec<(String, EventState)> {
        let events = self.lock();
        let stands = events.iter().filter(|(_, (_, state))| *state != EventState::Gone);
        stands.map(|(id, (_, state))| (id.clone(), state.clone())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, (u64, EventState)>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn version(&self, id: &str) -> Option<String> {
        self.lock().get(id).filter(|(_, state)| *state != EventState::Gone).map(|(change, _)| change.to_string())
    }
}

fn changed() -> Failure {
    Failure::Refused { code: codes::CHANGED.to_owned(), why: "the event was changed".to_owned() }
}

#[async_trait]
impl Calendar for Memory {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn destination(&self) -> String {
        "calendar:memory".to_owned()
    }

    fn pace(&self) -> Pace {
        Pace { burst: 10_000, per_s: 10_000.0, parallel: 64, requests: 1 }
    }

    fn decides(&self) -> bool {
        self.decides
    }

    async fn changes(&self, cursor: Option<&str>, _: Span) -> Result<Changes, Failure> {
        let since: u64 = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or_default();
        let events = self.lock();
        let news = events.iter().filter(|(_, (change, _))| *change > since);
        Ok(Changes {
            events: news
                .map(|(id, (change, state))| Changed {
                    event: EventRef { id: id.clone(), version: change.to_string() },
                    state: state.clone(),
                })
                .collect(),
            cursor: Some(events.values().map(|(change, _)| *change).max().unwrap_or_default().to_string()),
            is_whole: cursor.is_none(),
        })
    }

    async fn put(&self, visit: &Visit, known: Option<&EventRef>) -> Result<EventRef, Failure> {
        if let Some(code) = *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) {
            return Err(Failure::Refused { code: code.to_owned(), why: "as it was told".to_owned() });
        }
        let id = known.map_or(visit.booking.as_str(), |event| &event.id);
        if known.is_some_and(|event| self.version(id).as_ref() != Some(&event.version)) {
            return Err(changed());
        }
        let time = Taken { specialist: Some(visit.specialist.clone()), span: visit.span };
        Ok(self.write(id, EventState::Visit { booking: visit.booking.clone(), time }))
    }

    async fn remove(&self, known: &EventRef) -> Result<(), Failure> {
        match self.version(&known.id) {
            Some(version) if version != known.version => Err(changed()),
            Some(_) => {
                self.write(&known.id, EventState::Gone);
                Ok(())
            }
            None => Ok(()),
        }
    }

    async fn check(&self) -> Result<Vec<String>, Failure> {
        Ok(vec!["События хранятся в памяти и исчезнут при перезапуске.".to_owned()])
    }
}
