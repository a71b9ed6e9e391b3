//! What changed in the calendar, or all of it.
//!
//! A series is expanded within the span of the call in which it was read, and is not read again while nobody changes it:
//! whoever keeps the answers must ask for all (no cursor) once a day, so that new days of old series appear.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use reqwest::Url;

use super::call::{Talk, many, refusal, strange};
use super::cursor::{self, Place};
use super::discovery::Found;
use super::ical::{self, What};
use super::multistatus::{Multistatus, names};
use super::queries::{changed_since, propfind, several, touching};
use super::xml::Space;
use super::href;
use crate::failure::{Failure, Scope};
use crate::http::{Answer, Lost, TOO_LONG};
use crate::ports::{Changed, Changes, EventRef, EventState, Span, Taken};

/// Events asked for at once.
const BATCH: usize = 50;
/// Events of one calendar; a business has a tenth of it within a year.
const EVENTS_MAX: usize = 20_000;
/// Parts of one sync report.
const PARTS_MAX: usize = 50;

const TOO_MANY: &str = "В календаре слишком много событий. Заведите для записей отдельный календарь и впишите его в поле \
    calendar.";

pub struct Reader<'a> {
    pub talk: &'a Talk,
    pub found: &'a Found,
    /// Of times without a zone and of whole days.
    pub zone: &'a TimeZone,
}

/// Why there is no answer.
pub enum Trouble {
    Failed(Failure),
    /// The calendar is not there any more.
    Gone,
}

impl<T: Into<Failure>> From<T> for Trouble {
    fn from(failure: T) -> Self {
        Self::Failed(failure.into())
    }
}

/// A sync report, all its parts together.
struct News {
    changed: BTreeMap<String, u16>,
    token: String,
}

/// What was read, with the number of events that could not be.
#[derive(Default)]
pub struct Harvest {
    pub changes: Changes,
    pub unreadable: usize,
}

impl Reader<'_> {
    /// Everything after `cursor`, or everything within `span`.
    pub async fn read(&self, cursor: Option<&str>, span: Span) -> Result<Harvest, Trouble> {
        match cursor.and_then(|cursor| cursor::read(&self.found.url, cursor)) {
            Some(Place::Token(token)) if self.found.can_sync => match self.news(&token).await? {
                Some(news) => self.after(news, span).await,
                None => self.whole(span).await,
            },
            Some(Place::Tags { whole, each }) if !self.found.can_sync => self.differences(whole, each, span).await,
            _ => self.whole(span).await,
        }
    }

    async fn after(&self, news: News, span: Span) -> Result<Harvest, Trouble> {
        let gone = news.changed.iter().filter(|(_, status)| **status == 404).map(|(name, _)| name.clone());
        let mut harvest = Harvest::default();
        harvest.changes.events = gone.map(|name| state(name, "", EventState::Gone)).collect();
        let names: Vec<String> =
            news.changed.into_iter().filter(|(_, status)| *status != 404).map(|(name, _)| name).collect();
        self.fetch(&names, span, &mut harvest).await?;
        harvest.changes.cursor = cursor::write(&self.found.url, Place::Token(news.token));
        Ok(harvest)
    }

    /// The place is taken down before anything is read: what changes meanwhile comes again.
    async fn whole(&self, span: Span) -> Result<Harvest, Trouble> {
        let place = if self.found.can_sync { Place::Token(self.token().await?) } else { self.tags().await? };
        let answer = self.talk.query(&self.found.url, touching(span)).await.map_err(Lost::of_read)?;
        let names: Vec<String> = self.names(&many(self.present(&answer)?)?)?.into_keys().collect();
        let mut harvest = Harvest::default();
        self.fetch(&names, span, &mut harvest).await?;
        harvest.changes.events.retain(|event| event.state != EventState::Gone);
        harvest.changes.cursor = cursor::write(&self.found.url, place);
        harvest.changes.is_whole = true;
        Ok(harvest)
    }

    async fn token(&self) -> Result<String, Trouble> {
        let answer = self.propfind("0", &["d:sync-token"]).await?;
        let said = many(&answer)?.responses.into_iter().next();
        if let Some(token) = said.as_ref().and_then(|response| response.text(Space::Dav, "sync-token")) {
            return Ok(token.to_owned());
        }
        // A server that tells its token only in reports.
        self.news("").await?.map(|news| news.token).ok_or_else(|| strange().into())
    }

    /// `None` when the server does not know the token any more.
    async fn news(&self, token: &str) -> Result<Option<News>, Trouble> {
        let mut news = News { changed: BTreeMap::new(), token: token.to_owned() };
        for _ in 0..PARTS_MAX {
            let answer = self.talk.sync(&self.found.url, changed_since(&news.token)).await.map_err(Lost::of_read)?;
            if is_dead(&answer, &news.token) {
                return Ok(None);
            }
            let read = many(self.present(&answer)?)?;
            // The server says that this is not all (RFC 6578, 3.6).
            let is_cut = read.responses.iter().any(|response| response.status == 507);
            for response in read.responses.iter().filter(|response| response.status != 507) {
                if let Some(name) = href::name_in(&self.found.url, &response.href) {
                    news.changed.insert(name, response.status);
                }
            }
            if news.changed.len() > EVENTS_MAX {
                return Err(too_many().into());
            }
            let next = read.sync_token.ok_or_else(strange)?;
            let is_stuck = next == news.token;
            news.token = next;
            if !is_cut {
                return Ok(Some(news));
            }
            if is_stuck {
                break;
            }
        }
        Err(strange().into())
    }

    /// Without a sync report: the state of all, and what of it is another one now.
    async fn differences(
        &self,
        whole: Option<String>,
        old: BTreeMap<String, String>,
        span: Span,
    ) -> Result<Harvest, Trouble> {
        let mut harvest = Harvest::default();
        if whole.is_some() && self.ctag().await? == whole {
            harvest.changes.cursor = cursor::write(&self.found.url, Place::Tags { whole, each: old });
            return Ok(harvest);
        }
        let place = self.tags().await?;
        let Place::Tags { each, .. } = &place else { return Err(strange().into()) };
        let gone = old.keys().filter(|name| !each.contains_key(*name));
        harvest.changes.events = gone.map(|name| state(name.clone(), "", EventState::Gone)).collect();
        // An event without a state of its own may have changed.
        let is_news = |(name, tag): &(&String, &String)| tag.is_empty() || old.get(*name) != Some(*tag);
        let names: Vec<String> = each.iter().filter(is_news).map(|(name, _)| name.clone()).collect();
        self.fetch(&names, span, &mut harvest).await?;
        harvest.changes.cursor = cursor::write(&self.found.url, place);
        Ok(harvest)
    }

    async fn ctag(&self) -> Result<Option<String>, Trouble> {
        let answer = self.propfind("0", &["cs:getctag"]).await?;
        let said = many(&answer)?.responses.into_iter().next();
        Ok(said.and_then(|response| response.text(Space::CalendarServer, "getctag").map(str::to_owned)))
    }

    async fn tags(&self) -> Result<Place, Trouble> {
        let whole = self.ctag().await?;
        let answer = self.propfind("1", &["d:getetag"]).await?;
        Ok(Place::Tags { whole, each: self.names(&many(&answer)?)? })
    }

    /// Names of events with their states.
    fn names(&self, read: &Multistatus) -> Result<BTreeMap<String, String>, Trouble> {
        let here = read.responses.iter().filter(|response| response.status / 100 == 2);
        let named = here.filter_map(|response| {
            let name = href::name_in(&self.found.url, &response.href)?;
            Some((name, response.etag().unwrap_or_default().to_owned()))
        });
        let names: BTreeMap<String, String> = named.take(EVENTS_MAX + 1).collect();
        if names.len() > EVENTS_MAX { Err(too_many().into()) } else { Ok(names) }
    }

    /// Reads events by name. An answer that is too long is asked for in halves; a single event that is too long counts as
    /// unreadable.
    async fn fetch(&self, names: &[String], span: Span, harvest: &mut Harvest) -> Result<(), Trouble> {
        let mut waiting: Vec<&[String]> = names.chunks(BATCH).rev().collect();
        while let Some(batch) = waiting.pop() {
            let urls: Vec<Url> = batch.iter().map(|name| href::of_name(&self.found.url, name)).collect();
            let answer = match self.talk.several(&self.found.url, several(urls.iter().map(Url::path))).await {
                Err(Lost::Perhaps(why)) if why == TOO_LONG && batch.len() > 1 => {
                    let (first, second) = batch.split_at(batch.len() / 2);
                    waiting.extend([second, first]);
                    continue;
                }
                Err(Lost::Perhaps(why)) if why == TOO_LONG => {
                    harvest.unreadable += 1;
                    harvest.changes.events.push(state(batch[0].clone(), "", EventState::Gone));
                    continue;
                }
                answer => answer.map_err(Lost::of_read)?,
            };
            self.take(batch, &many(self.present(&answer)?)?, span, harvest).await?;
        }
        Ok(())
    }

    /// Takes what came of a batch, and asks singly for what did not: an event that is missing would look like free time,
    /// and one that the server cannot show among others must not hold them up.
    async fn take(
        &self,
        batch: &[String],
        read: &Multistatus,
        span: Span,
        harvest: &mut Harvest,
    ) -> Result<(), Trouble> {
        let mut missing: BTreeSet<&String> = batch.iter().collect();
        for response in &read.responses {
            let Some(name) = href::name_in(&self.found.url, &response.href) else { continue };
            let body = response.prop(Space::CalDav, "calendar-data");
            let now = match (response.status, body) {
                (404 | 410, _) => EventState::Gone,
                (200..=299, Some(body)) if missing.contains(&name) => {
                    self.state_of(&name, body.text.as_bytes(), span, &mut harvest.unreadable)
                }
                _ => continue,
            };
            if missing.remove(&name) {
                harvest.changes.events.push(state(name, response.etag().unwrap_or_default(), now));
            }
        }
        for name in missing {
            self.take_one(name, span, harvest).await?;
        }
        Ok(())
    }

    async fn take_one(&self, name: &str, span: Span, harvest: &mut Harvest) -> Result<(), Trouble> {
        let answer = self.talk.get(&href::of_name(&self.found.url, name)).await.map_err(Lost::of_read)?;
        let now = match answer.status {
            200 => self.state_of(name, &answer.body, span, &mut harvest.unreadable),
            404 | 410 => EventState::Gone,
            403 | 406 => {
                harvest.unreadable += 1;
                EventState::Gone
            }
            _ => return Err(refusal(&answer).into()),
        };
        harvest.changes.events.push(state(name.to_owned(), answer.etag.as_deref().unwrap_or_default(), now));
        Ok(())
    }

    /// An event that cannot be read takes nobody's time: where it would stand is written nowhere else. It is counted, and
    /// the owner hears the number.
    fn state_of(&self, name: &str, text: &[u8], span: Span, unreadable: &mut usize) -> EventState {
        let is_ours = |booking: &str, uid: &str| {
            href::file_of(booking) == name || uid.strip_prefix(booking).is_some_and(|rest| rest.starts_with('@'))
        };
        let Ok(content) = ical::read(text, span, self.zone, is_ours) else {
            *unreadable += 1;
            return EventState::Gone;
        };
        *unreadable += content.broken;
        let taken = |span| Taken { specialist: None, span };
        match content.what {
            What::Busy(times) => EventState::Busy(times.into_iter().map(taken).collect()),
            What::Visit(own) if own.stands => EventState::Visit { booking: own.booking, time: taken(own.span) },
            What::Visit(_) | What::Nothing => EventState::Gone,
        }
    }

    async fn propfind(&self, depth: &'static str, props: &[&str]) -> Result<Answer, Trouble> {
        let answer = self.talk.propfind(&self.found.url, depth, propfind(props)).await.map_err(Lost::of_read)?;
        self.present(&answer)?;
        Ok(answer)
    }

    fn present<'b>(&self, answer: &'b Answer) -> Result<&'b Answer, Trouble> {
        match answer.status {
            404 | 410 => Err(Trouble::Gone),
            207 => Ok(answer),
            _ => Err(refusal(answer).into()),
        }
    }
}

/// Not every server names the condition; what else may be wrong, reading all will show.
fn is_dead(answer: &Answer, token: &str) -> bool {
    names(&answer.body, Space::Dav, "valid-sync-token") || (!token.is_empty() && matches!(answer.status, 400 | 403 | 409 | 412))
}

fn too_many() -> Failure {
    Failure::Broken { why: "the calendar has too many events".to_owned(), hint: TOO_MANY }
}

fn state(id: String, version: &str, state: EventState) -> Changed {
    Changed { event: EventRef { id, version: version.to_owned() }, state }
}

/// Whoever comes next looks for the calendar again.
pub fn vanished() -> Failure {
    Failure::Later { after: None, scope: Scope::Row, why: "the calendar is not where it was".to_owned() }
}
