//! Visits on their way into the calendar and out of it. Every write is bound to a version; what a person changed
//! meanwhile is never written over.

use reqwest::Method;
use serde_json::Value;

use super::Google;
use super::call::{Miss, Request, Said};
use super::event::{Written, time_mark};
use super::read::{Event, FIELDS};
use crate::failure::{Failure, Scope, codes};
use crate::ports::{EventRef, Visit};

/// Nobody is sent a mail: there are no guests.
const QUIET: (&str, &str) = ("sendUpdates", "none");
const WRITE: [(&str, &str); 2] = [QUIET, ("fields", FIELDS)];
const READ: [(&str, &str); 1] = [("fields", FIELDS)];

impl Google {
    /// Makes the event under the name that is its own for ever.
    pub async fn create(&self, visit: &Visit) -> Result<EventRef, Failure> {
        let written = self.written(visit, "");
        let body = written.whole();
        let said = self.write(Method::POST, None, None, Some(&body)).await?;
        match said.status {
            409 => self.settle(visit, &written).await,
            _ => self.stands(&said, written.id()),
        }
    }

    /// The name is taken: by an earlier call whose answer was lost, or by a visit that was taken away.
    async fn settle(&self, visit: &Visit, written: &Written) -> Result<EventRef, Failure> {
        let Some(event) = self.look(written.id()).await? else {
            let why = "the event's name is taken, and nothing stands under it".to_owned();
            return Err(Failure::Later { after: None, scope: Scope::Row, why });
        };
        let version = &event.event.version;
        if version.is_empty() {
            return Err(Failure::Unknown { why: "Google Calendar tells no version of an event".to_owned() });
        }
        if event.is_cancelled {
            return self.restore(&event, written).await;
        }
        let Some((own, time)) = event.own.as_ref().zip(event.time) else { return Err(changed()) };
        let is_unmoved = own.time == time_mark(time);
        if is_unmoved && own.revision == written.revision {
            return Ok(event.event);
        }
        // The visit was changed here after the answer was lost.
        if is_unmoved { self.change(visit, &event.event).await } else { Err(changed()) }
    }

    /// Brings a deleted event back, whole, so that nothing of its former life remains. Google keeps the name of a
    /// deleted event for as long as it likes: another name each time would have to be remembered by somebody.
    async fn restore(&self, event: &Event, written: &Written) -> Result<EventRef, Failure> {
        let mut body = written.whole();
        // One below the event's own is refused.
        if let Some(sequence) = event.sequence {
            body["sequence"] = sequence.into();
        }
        let said = self.write(Method::PUT, Some(written.id()), Some(&event.event.version), Some(&body)).await?;
        if said.is_gone() || matches!(said.status, 409 | 412) {
            return Err(changed());
        }
        self.stands(&said, written.id())
    }

    /// Changes the event that `known` tells of.
    pub async fn change(&self, visit: &Visit, known: &EventRef) -> Result<EventRef, Failure> {
        if known.version.is_empty() {
            return Err(changed());
        }
        let written = self.written(visit, &known.version);
        let body = written.patch();
        let said = self.write(Method::PATCH, Some(&known.id), Some(&known.version), Some(&body)).await?;
        if matches!(said.status, 409 | 412) {
            return self.found(&known.id, &written).await;
        }
        if said.is_gone() || said.status == 200 && said.body["status"] == "cancelled" {
            return Err(changed());
        }
        self.stands(&said, &known.id)
    }

    /// Another version stands there: ours, written by an earlier call whose answer was lost, or a person's.
    async fn found(&self, id: &str, written: &Written) -> Result<EventRef, Failure> {
        let Some(event) = self.look(id).await?.filter(|event| !event.is_cancelled) else {
            return Err(changed());
        };
        let is_ours = |time| {
            event.own.as_ref().is_some_and(|own| own.revision == written.revision && own.time == time_mark(time))
        };
        if event.time.is_some_and(is_ours) && !event.event.version.is_empty() { Ok(event.event) } else { Err(changed()) }
    }

    pub async fn take_away(&self, known: &EventRef) -> Result<(), Failure> {
        if known.version.is_empty() {
            return Err(changed());
        }
        let said = self.write(Method::DELETE, Some(&known.id), Some(&known.version), None).await?;
        match said.status {
            204 => Ok(()),
            _ if said.is_gone() => Ok(()),
            // An event that was deleted has another version, too.
            409 | 412 => match self.look(&known.id).await? {
                Some(event) if !event.is_cancelled => Err(changed()),
                _ => Ok(()),
            },
            _ => Err(said.refusal_of_write()),
        }
    }

    /// What stands under `id`, deleted or not; `None`: nothing does.
    async fn look(&self, id: &str) -> Result<Option<Event>, Failure> {
        let said = self.door.call(Request::get(Some(id), &READ)).await.map_err(Miss::of_read)?;
        if said.is_gone() {
            return Ok(None);
        }
        let event = Event::read(&said.body, &self.tz).filter(|event| said.status == 200 && event.event.id == id);
        event.map(Some).ok_or_else(|| said.refusal_of_read())
    }

    async fn write(
        &self,
        method: Method,
        event: Option<&str>,
        version: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Said, Failure> {
        // The answer to a deletion is empty: there are no fields to choose from.
        let query = if method == Method::DELETE { &WRITE[..1] } else { &WRITE };
        let request = Request { method, body, version, ..Request::get(event, query) };
        self.door.call(request).await.map_err(Miss::of_write)
    }

    /// The event that a write made, in its new version.
    fn stands(&self, said: &Said, id: &str) -> Result<EventRef, Failure> {
        let event = Event::read(&said.body, &self.tz).map(|event| event.event);
        let event = event.filter(|event| said.status == 200 && event.id == id && !event.version.is_empty());
        event.ok_or_else(|| said.refusal_of_write())
    }
}

fn changed() -> Failure {
    Failure::Refused { code: codes::CHANGED.to_owned(), why: "the event was changed or deleted by somebody".to_owned() }
}
