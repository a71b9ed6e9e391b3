//! Puts a visit into the calendar, moves it, takes it away. Every write names the state it means to change.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::call::{Only, Talk, changed, is_same_version, many, refusal, refusal_of_write, strange};
use super::discovery::Found;
use super::ical::{self, Draft, What};
use super::multistatus::{culprit, names};
use super::queries::propfind;
use super::sync::vanished;
use super::xml::Space;
use super::href;
use crate::failure::{Failure, codes};
use crate::http::{Answer, Lost};
use crate::ports::EventRef;

const READ_ONLY: &str = "Календарь принимает записи, но не хранит их: так бывает с календарями праздников, дней рождения и с \
    подписками. Выберите в поле calendar свой календарь.";
const IN_BIN: &str = "Запись удалили, и её место занято в корзине календаря: очистите корзину на сервере календаря и \
    повторите.";
const NO_VERSIONS: &str = "Сервер календаря не говорит, менялось ли событие, и записи в нём нельзя менять безопасно. \
    Выберите другой сервер.";

pub struct Writer<'a> {
    pub talk: &'a Talk,
    pub found: &'a Found,
    pub zone: &'a TimeZone,
    pub now: Timestamp,
}

/// An event as it is stored now.
struct Stored {
    version: String,
    text: Vec<u8>,
}

impl Writer<'_> {
    /// The first time, or again after a lost answer: then the event that is there already is ours, if it says the same.
    pub async fn create(&self, draft: &Draft) -> Result<EventRef, Failure> {
        let name = href::file_of(draft.booking());
        let url = href::of_name(&self.found.url, &name);
        let text = ical::compose(draft, self.now);
        let answer = self.talk.put(&url, text, Only::New).await.map_err(Lost::of_write)?;
        match answer.status {
            200 | 201 | 204 => self.read_back(&name, draft).await,
            412 => match self.stored(&name).await? {
                Some(stored) if self.has_time(&stored, draft) => Ok(event(name, stored)),
                Some(_) => Err(changed("another event stands there")),
                None => Err(Failure::Broken { why: "the name of a deleted event is kept".to_owned(), hint: IN_BIN }),
            },
            409 if names(&answer.body, Space::CalDav, "no-uid-conflict") => self.elsewhere(&answer, draft).await,
            404 | 409 | 410 => Err(vanished()),
            _ => Err(write_refusal(&answer)),
        }
    }

    /// Some calendars say yes and store nothing.
    async fn read_back(&self, name: &str, draft: &Draft) -> Result<EventRef, Failure> {
        let unclear = |failure| match failure {
            Failure::Later { why, .. } => Failure::Unknown { why },
            other => other,
        };
        match self.stored(name).await.map_err(unclear)? {
            Some(stored) if self.has_time(&stored, draft) => Ok(event(name.to_owned(), stored)),
            Some(_) => Err(changed("the stored event says something else")),
            None => Err(Failure::Broken { why: "the calendar stores nothing".to_owned(), hint: READ_ONLY }),
        }
    }

    /// The server has our event under another name, or a person moved it to another calendar of the account.
    async fn elsewhere(&self, answer: &Answer, draft: &Draft) -> Result<EventRef, Failure> {
        let href = culprit(&answer.body, Space::CalDav, "no-uid-conflict");
        let name = href.and_then(|href| href::name_in(&self.found.url, &href));
        if let Some(name) = name
            && let Some(stored) = self.stored(&name).await?
            && self.has_time(&stored, draft)
        {
            return Ok(event(name, stored));
        }
        Err(changed("the event stands under another name"))
    }

    /// Changes what the visit says and leaves all else that the event holds.
    pub async fn update(&self, draft: &Draft, known: &EventRef) -> Result<EventRef, Failure> {
        let Some(stored) = self.stored(&known.id).await? else {
            self.is_here().await?;
            return Err(changed("the event was deleted"));
        };
        // Also what a lost answer did, and what a person did the same way.
        if self.has_time(&stored, draft) && ical::stands(&stored.text, draft) {
            return Ok(event(known.id.clone(), stored));
        }
        if !known.version.is_empty() && !is_same_version(&known.version, &stored.version) {
            return Err(changed("the event was changed"));
        }
        if stored.version.is_empty() {
            return Err(Failure::Broken { why: "the calendar tells no versions".to_owned(), hint: NO_VERSIONS });
        }
        let text = ical::edit(&stored.text, draft, self.now).ok_or_else(|| changed("the event is no visit any more"))?;
        let url = href::of_name(&self.found.url, &known.id);
        let answer = self.talk.put(&url, text, Only::As(&stored.version)).await.map_err(Lost::of_write)?;
        match (answer.status, &answer.etag) {
            (200 | 201 | 204, Some(version)) => Ok(EventRef { id: known.id.clone(), version: version.clone() }),
            (200 | 201 | 204, None) => self.read_back(&known.id, draft).await,
            (404 | 409 | 410 | 412, _) => Err(changed("the event was changed")),
            _ => Err(write_refusal(&answer)),
        }
    }

    /// May be repeated without harm: what is gone stays gone.
    pub async fn remove(&self, known: &EventRef) -> Result<(), Failure> {
        let version = if known.version.is_empty() {
            let Some(stored) = self.stored(&known.id).await? else { return self.is_here().await };
            stored.version
        } else {
            known.version.clone()
        };
        if version.is_empty() {
            return Err(Failure::Broken { why: "the calendar tells no versions".to_owned(), hint: NO_VERSIONS });
        }
        let url = href::of_name(&self.found.url, &known.id);
        let answer = self.talk.delete(&url, &version).await.map_err(Lost::of_read)?;
        match answer.status {
            200 | 202 | 204 => Ok(()),
            404 | 410 => self.is_here().await,
            207 => many(&answer)?.responses.iter().all(|response| response.status / 100 == 2).then_some(()).ok_or_else(strange),
            412 => match self.stored(&known.id).await? {
                Some(_) => Err(changed("the event was changed")),
                None => Ok(()),
            },
            _ => Err(refusal(&answer)),
        }
    }

    /// Nothing stands under a name also where the whole calendar has moved.
    async fn is_here(&self) -> Result<(), Failure> {
        let asked = self.talk.propfind(&self.found.url, "0", propfind(&["d:resourcetype"])).await.map_err(Lost::of_read)?;
        match asked.status {
            207 => Ok(()),
            404 | 410 => Err(vanished()),
            _ => Err(refusal(&asked)),
        }
    }

    /// What stands under a name, with its version wherever the server tells it. `None`: nothing.
    async fn stored(&self, name: &str) -> Result<Option<Stored>, Failure> {
        let url = href::of_name(&self.found.url, name);
        let answer = self.talk.get(&url).await.map_err(Lost::of_read)?;
        match answer.status {
            200 => {}
            404 | 410 => return Ok(None),
            _ => return Err(refusal(&answer)),
        }
        let version = match answer.etag {
            Some(version) => version,
            None => {
                let asked = self.talk.propfind(&url, "0", propfind(&["d:getetag"])).await.map_err(Lost::of_read)?;
                let said = many(&asked)?.responses.into_iter().next();
                said.and_then(|response| response.etag().map(str::to_owned)).unwrap_or_default()
            }
        };
        Ok(Some(Stored { version, text: answer.body }))
    }

    /// Our event for this booking, where it should stand.
    fn has_time(&self, stored: &Stored, draft: &Draft) -> bool {
        let is_ours = |booking: &str, _: &str| booking == draft.booking();
        let read = ical::read(&stored.text, draft.span(), self.zone, is_ours);
        matches!(read.map(|content| content.what), Ok(What::Visit(own)) if own.stands && own.span == draft.span())
    }
}

fn event(id: String, stored: Stored) -> EventRef {
    EventRef { id, version: stored.version }
}

/// The server names what is wrong with the event itself, or with who writes it (RFC 4791, 5.3.2.1).
fn write_refusal(answer: &Answer) -> Failure {
    let faults = ["valid-calendar-data", "valid-calendar-object-resource", "supported-calendar-component", "max-resource-size"];
    if faults.iter().any(|fault| names(&answer.body, Space::CalDav, fault)) {
        return Failure::Refused {
            code: codes::MALFORMED.to_owned(),
            why: format!("the calendar answered {} to the event", answer.status),
        };
    }
    refusal_of_write(answer)
}
