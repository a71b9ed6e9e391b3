//! From the address that the owner typed to the one calendar: principal, home, calendars. Source: RFC 6764, 5397, 4791.
//!
//! Whatever a server says about itself, requests go to the host of the entry alone: the password leads nowhere else.

use reqwest::Url;
use tokio::sync::Mutex;

use super::call::{Talk, many, refusal, strange};
use super::multistatus::Response;
use super::queries::{CALENDAR, WHO, propfind};
use super::xml::Space;
use super::{hosts, href};
use crate::failure::Failure;
use crate::http::{Answer, Lost};

const HOPS_MAX: usize = 5;
const HOMES_MAX: usize = 5;
/// Calendars of one account that are looked at.
const CALENDARS_MAX: usize = 500;
const WELL_KNOWN: &str = "/.well-known/caldav";

const AWAY: &str = "Сервер календаря отсылает на другой адрес. Впишите в поле url тот адрес, который показывает сам \
    календарь: туда уйдёт и пароль.";
const NO_HOME: &str = "Сервер не говорит, где календари этой учётной записи. Впишите в поле url адрес самого календаря.";
const NONE: &str = "В этой учётной записи нет ни одного календаря: создайте его на сервере и повторите.";
const SEVERAL: &str = "Календарей в учётной записи несколько. Впишите в поле calendar название или адрес одного из них; \
    какие есть, покажет проверка календаря.";
const NO_SUCH: &str = "Календаря с таким названием или адресом в учётной записи нет. Исправьте поле calendar; какие есть, \
    покажет проверка календаря.";

/// What the entry says about where to look.
pub struct Wish {
    pub url: Url,
    pub login: String,
    /// Name or address of one of several.
    pub calendar: Option<String>,
    pub found: Mutex<Option<Found>>,
}

/// A calendar that can hold visits.
#[derive(Clone, Debug)]
pub struct Found {
    /// Ends with a slash.
    pub url: Url,
    pub name: String,
    pub can_sync: bool,
    pub is_writable: bool,
}

/// Why there is not the one calendar.
pub enum Absence {
    Failed(Failure),
    /// These are there, and none of them is meant alone.
    Unclear { names: Vec<String>, hint: &'static str },
}

impl From<Failure> for Absence {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Absence> for Failure {
    fn from(absence: Absence) -> Self {
        match absence {
            Absence::Failed(failure) => failure,
            Absence::Unclear { hint, .. } => Self::Broken { why: "no one calendar is meant".to_owned(), hint },
        }
    }
}

impl Wish {
    /// The calendar, looked for once.
    pub async fn find(&self, talk: &Talk) -> Result<Found, Absence> {
        let mut known = self.found.lock().await;
        if let Some(found) = known.as_ref() {
            return Ok(found.clone());
        }
        let found = self.look(talk).await?;
        Ok(known.insert(found).clone())
    }

    /// The calendar is not where it was: the next call looks again.
    pub async fn forget(&self, lost: &Found) {
        let mut known = self.found.lock().await;
        if known.as_ref().is_some_and(|found| found.url == lost.url) {
            *known = None;
        }
    }

    async fn look(&self, talk: &Talk) -> Result<Found, Absence> {
        // An entry may name the calendar itself, and some accounts may read nothing above it.
        let at_door = if self.url.path() == "/" { None } else { self.ask(talk, &self.url, WHO).await? };
        if let Some((url, response)) = &at_door
            && is_calendar(response)
        {
            let found = self.ask(talk, url, CALENDAR).await?.and_then(|(url, response)| found(&url, &response));
            return found.ok_or_else(|| strange().into());
        }
        let homes = self.homes(talk, at_door).await?;
        let mut all = Vec::new();
        for home in homes.into_iter().take(HOMES_MAX) {
            let answer = talk.propfind(&home, "1", propfind(CALENDAR)).await.map_err(Lost::of_read)?;
            let listed = many(&answer)?.responses;
            all.extend(listed.iter().filter_map(|response| found(&href::resolve(&home, &response.href)?, response)));
            all.truncate(CALENDARS_MAX);
        }
        self.choose(all)
    }

    async fn homes(&self, talk: &Talk, at_door: Option<(Url, Response)>) -> Result<Vec<Url>, Failure> {
        let mut seen = at_door;
        for place in [WELL_KNOWN, "/"] {
            if seen.as_ref().is_some_and(|(_, response)| knows_way(response)) {
                break;
            }
            seen = self.ask(talk, &self.at(place), WHO).await?;
        }
        let mut homes = seen.as_ref().map(|(url, response)| homes_of(url, response)).unwrap_or_default();
        if homes.is_empty()
            && let Some((url, response)) = &seen
            && let Some(href) = response.href_in(Space::Dav, "current-user-principal")
        {
            let principal = href::resolve(url, href).ok_or_else(away)?;
            let asked = self.ask(talk, &principal, WHO).await?;
            homes = asked.as_ref().map(|(url, response)| homes_of(url, response)).unwrap_or_default();
        }
        // Where Yandex does not tell, its homes are known.
        if homes.is_empty() && hosts::is_yandex(&self.url) {
            homes.push(href::folder(&href::of_name(&self.at("/calendars/"), &self.login)));
        }
        if homes.is_empty() {
            return Err(Failure::Broken { why: "no calendar home".to_owned(), hint: NO_HOME });
        }
        Ok(homes)
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(path);
        url
    }

    /// What an address says of itself, and where it stands after its redirects. `None` where nothing is.
    async fn ask(&self, talk: &Talk, url: &Url, props: &[&str]) -> Result<Option<(Url, Response)>, Failure> {
        let mut url = url.clone();
        for _ in 0..HOPS_MAX {
            let answer = talk.propfind(&url, "0", propfind(props)).await.map_err(Lost::of_read)?;
            match answer.status {
                301 | 302 | 307 | 308 => url = moved(&url, &answer)?,
                207 => {
                    let read = many(&answer)?.responses;
                    // The server's own spelling: Yandex answers to `@ya.ru` and calls it `@yandex.ru`.
                    let own = |response: &Response| href::resolve(&url, &response.href).unwrap_or_else(|| url.clone());
                    return Ok(read.into_iter().next().map(|response| (own(&response), response)));
                }
                // No WebDAV here, which is no news about other addresses.
                200 | 400 | 403 | 404 | 405 | 410 | 501 => return Ok(None),
                _ => return Err(refusal(&answer)),
            }
        }
        Err(away())
    }

    fn choose(&self, mut all: Vec<Found>) -> Result<Found, Absence> {
        if all.is_empty() {
            return Err(Failure::Broken { why: "the account has no calendar".to_owned(), hint: NONE }.into());
        }
        let names = all.iter().map(|found| found.name.clone()).collect();
        let hint = if self.calendar.is_some() { NO_SUCH } else { SEVERAL };
        match &self.calendar {
            Some(wish) => all.retain(|found| self.is_meant(found, wish)),
            // Holidays and birthdays lie beside the one calendar that is meant.
            None if all.len() > 1 => all.retain(|found| found.is_writable),
            None => {}
        }
        let is_only = all.len() == 1;
        all.pop().filter(|_| is_only).ok_or(Absence::Unclear { names, hint })
    }

    fn is_meant(&self, found: &Found, wish: &str) -> bool {
        let by_address = || href::resolve(&self.url, wish).is_some_and(|url| href::is_same(&url, &found.url));
        let by_folder = || href::parts(&found.url).is_some_and(|parts| parts.last().is_some_and(|last| last == wish));
        found.name.trim().to_lowercase() == wish.to_lowercase() || (wish.contains('/') && by_address()) || by_folder()
    }
}

fn away() -> Failure {
    Failure::Broken { why: "the calendar leads to another server".to_owned(), hint: AWAY }
}

fn moved(url: &Url, answer: &Answer) -> Result<Url, Failure> {
    let location = answer.location.as_deref().ok_or_else(strange)?;
    href::resolve(url, location).ok_or_else(away)
}

fn knows_way(response: &Response) -> bool {
    response.href_in(Space::Dav, "current-user-principal").is_some()
        || response.href_in(Space::CalDav, "calendar-home-set").is_some()
}

fn homes_of(url: &Url, response: &Response) -> Vec<Url> {
    let hrefs = response.hrefs_in(Space::CalDav, "calendar-home-set");
    hrefs.filter_map(|href| href::resolve(url, href)).map(|url| href::folder(&url)).collect()
}

fn is_calendar(response: &Response) -> bool {
    response.prop(Space::Dav, "resourcetype").is_some_and(|kind| kind.has(Space::CalDav, "calendar"))
}

/// A calendar that may hold events; one that says nothing of components may hold all (RFC 4791, 5.2.3).
fn found(url: &Url, response: &Response) -> Option<Found> {
    let holds_events = response.prop(Space::CalDav, "supported-calendar-component-set").is_none_or(|set| {
        set.all(Space::CalDav, "comp").any(|comp| comp.named.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("VEVENT")))
    });
    if response.status / 100 != 2 || !is_calendar(response) || !holds_events {
        return None;
    }
    let url = href::folder(url);
    let folder = || href::parts(&url).and_then(|mut parts| parts.pop()).unwrap_or_default();
    let name = response.text(Space::Dav, "displayname").map_or_else(folder, str::to_owned);
    Some(Found { can_sync: can_sync(response), is_writable: is_writable(response), name, url })
}

fn can_sync(response: &Response) -> bool {
    let Some(set) = response.prop(Space::Dav, "supported-report-set") else { return false };
    let reports = set.all(Space::Dav, "supported-report").filter_map(|entry| entry.child(Space::Dav, "report"));
    reports.into_iter().any(|report| report.has(Space::Dav, "sync-collection"))
}

/// A server that does not tell is asked by writing.
fn is_writable(response: &Response) -> bool {
    let Some(set) = response.prop(Space::Dav, "current-user-privilege-set") else { return true };
    let mut granted = set.all(Space::Dav, "privilege").flat_map(|entry| &entry.children);
    granted.any(|right| ["all", "write", "write-content", "bind"].into_iter().any(|name| right.is(Space::Dav, name)))
}
