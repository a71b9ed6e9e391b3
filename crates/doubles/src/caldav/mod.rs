//! A CalDAV server with one account, strict about requests, and with the oddities that Yandex and Nextcloud are known for.
//!
//! Written from RFC 4791, 4918, 6578 and the sheet of calendars of 2026-11-22 (its sections 2, 4 and 7). The happy way is
//! proved against a real Radicale; this one is for what no test can ask of a real server. A range returns all events of
//! the calendar: whoever asks must sort out series itself anyway. Not played: locks, sharing, expansion, MKCALENDAR.

mod ask;
mod rules;
mod say;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use self::ask::Ask;
use self::say::Page;
use crate::{Request, lock};

/// The host is the test's own affair; paths are these.
pub const HOST: &str = "dav.example";
pub const CONTEXT: &str = "/dav/";
pub const PRINCIPAL: &str = "/dav/principals/anna@salon.example/";
pub const HOME: &str = "/dav/calendars/anna@salon.example/";
pub const LOGIN: &str = "anna@salon.example";
pub const PASSWORD: &str = "app-pass";

/// How this server differs from the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Habits {
    /// Offers `sync-collection`.
    pub can_sync: bool,
    /// Tells the state of the whole calendar.
    pub has_ctag: bool,
    pub hrefs: Hrefs,
    /// Strange prefixes instead of the usual ones.
    pub is_prefixed: bool,
    pub tags: Tags,
    /// A deleted event lies in a bin and keeps its name.
    pub keeps_names: bool,
    /// Where `/.well-known/caldav` leads; empty: nowhere.
    pub well_known: String,
    /// Answers a sync report in parts of so many.
    pub part: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hrefs {
    /// `/a@b/c.ics`
    Plain,
    /// `/a%40b/c.ics`
    Escaped,
    /// `https://dav.example/a%40b/c.ics`
    Absolute,
}

/// How versions are told in headers; in properties they always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tags {
    Strong,
    /// Packed on the way by a proxy.
    Weak,
    None,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            can_sync: true,
            has_ctag: true,
            hrefs: Hrefs::Escaped,
            is_prefixed: false,
            tags: Tags::Strong,
            keeps_names: false,
            well_known: CONTEXT.to_owned(),
            part: usize::MAX,
        }
    }
}

/// What the next write meets, if it breaks no rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// 504 after the work was done.
    LateGateway,
    /// 504 and nothing done.
    Gateway,
    /// Success, and nothing stored.
    Pretends,
    /// This status, asking to wait for so many seconds, naming this condition of CalDAV's.
    Status(u16, Option<u32>, &'static str),
    Drops,
}

/// One answer, byte for byte.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub etag: Option<String>,
    pub location: Option<String>,
    pub retry_after_s: Option<u32>,
    pub body: Vec<u8>,
}

impl Reply {
    fn of(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
}

/// A calendar of the account.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    title: String,
    component: String,
    is_read_only: bool,
    events: BTreeMap<String, Event>,
    /// Names deleted, each with the count of that moment.
    deleted: BTreeMap<String, u64>,
}

impl Folder {
    /// `component`: `VEVENT`, `VTODO`…
    pub fn new(title: &str, component: &str) -> Self {
        Self { title: title.to_owned(), component: component.to_owned(), ..Self::default() }
    }

    /// Says yes to every write and keeps nothing.
    pub fn read_only(self) -> Self {
        Self { is_read_only: true, ..self }
    }
}

#[derive(Debug, Clone)]
struct Event {
    text: Vec<u8>,
    /// The count of its last change.
    tag: u64,
}

/// The server. Clones are handles to the same one.
#[derive(Clone)]
pub struct Double {
    state: Arc<Mutex<State>>,
}

struct State {
    habits: Habits,
    folders: BTreeMap<String, Folder>,
    count: u64,
    /// Sync tokens made before are worth nothing.
    generation: u64,
    modes: VecDeque<Mode>,
    failures: Vec<String>,
}

impl Double {
    /// One calendar «Мастер Анна» at `{HOME}events-1/`.
    pub fn new(habits: Habits) -> Self {
        let folder =
            Folder { title: "Мастер Анна".to_owned(), component: "VEVENT".to_owned(), ..Folder::default() };
        let folders = BTreeMap::from([("events-1".to_owned(), folder)]);
        let state = State { habits, folders, count: 1, generation: 1, modes: VecDeque::new(), failures: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    pub fn add(&self, name: &str, folder: Folder) {
        self.state().folders.insert(name.to_owned(), folder);
    }

    /// The calendar moves to another address, with all that is in it.
    pub fn rename(&self, from: &str, to: &str) {
        let mut state = self.state();
        let folder = state.folders.remove(from).expect("a calendar of this name");
        state.folders.insert(to.to_owned(), folder);
    }

    pub fn meets(&self, modes: impl IntoIterator<Item = Mode>) {
        self.state().modes.extend(modes);
    }

    /// A person writes an event, well-formed or not.
    pub fn write(&self, name: &str, text: &[u8]) {
        self.state().store("events-1", name, text.to_vec());
    }

    /// A person deletes an event.
    pub fn delete(&self, name: &str) {
        self.state().remove("events-1", name);
    }

    pub fn events(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.state();
        state.folders["events-1"].events.iter().map(|(name, event)| (name.clone(), event.text.clone())).collect()
    }

    /// Every sync token given out so far is forgotten.
    pub fn forget_tokens(&self) {
        self.state().generation += 1;
    }

    pub fn change(&self, habits: Habits) {
        self.state().habits = habits;
    }

    /// What was wrong with our calls so far.
    pub fn take_failures(&self) -> Vec<String> {
        std::mem::take(&mut self.state().failures)
    }

    /// # Panics
    /// When a call broke the contract.
    pub fn assert_clean(&self) {
        let failures = self.take_failures();
        assert!(failures.is_empty(), "calls to the calendar broke the contract: {failures:#?}");
    }

    /// One call; `None`: the connection closed without an answer. The path is decoded.
    pub fn request(&self, request: &Request<'_>) -> Option<Reply> {
        self.state().answer(request)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn header<'a>(request: &Request<'a>, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

impl State {
    fn answer(&mut self, request: &Request<'_>) -> Option<Reply> {
        if request.path == "/.well-known/caldav" {
            let location = Some(self.habits.well_known.clone()).filter(|place| !place.is_empty());
            return Some(Reply { status: if location.is_some() { 301 } else { 404 }, location, ..Reply::default() });
        }
        let basic = format!("Basic {}", STANDARD.encode(format!("{LOGIN}:{PASSWORD}")));
        if header(request, "authorization") != Some(&basic) {
            return Some(Reply::of(401));
        }
        match request.method {
            "PROPFIND" => Some(self.propfind(request)),
            "REPORT" => Some(self.report(request)),
            "GET" => Some(self.get(request.path)),
            "PUT" | "DELETE" => self.change_event(request),
            _ => Some(self.wrong(405, "an unknown method")),
        }
    }

    /// Our caller's fault.
    fn wrong(&mut self, status: u16, why: &str) -> Reply {
        self.failures.push(why.to_owned());
        Reply::of(status)
    }

    fn propfind(&mut self, request: &Request<'_>) -> Reply {
        let depth = header(request, "depth");
        let ask = match Ask::read(request.body) {
            Ok(ask) if ask.is("propfind") => ask,
            Ok(_) => return self.wrong(400, "a PROPFIND without propfind"),
            Err(why) => return self.wrong(400, why),
        };
        if !matches!(depth, Some("0" | "1")) {
            return self.wrong(403, "a PROPFIND without Depth 0 or 1");
        }
        let mut page = Page::new(&self.habits);
        match (request.path, depth) {
            (CONTEXT | PRINCIPAL, _) => page.person(request.path, &ask),
            (HOME, _) => {
                page.folder_of(HOME, &ask);
                let here = if depth == Some("1") { self.folders.iter().collect() } else { Vec::new() };
                for (name, folder) in here {
                    page.calendar(&format!("{HOME}{name}/"), folder, &ask, &self.token(), self.count);
                }
            }
            _ => match self.place(request.path) {
                Some((name, None)) => {
                    let folder = &self.folders[&name];
                    page.calendar(&format!("{HOME}{name}/"), folder, &ask, &self.token(), self.count);
                    let events = if depth == Some("1") { folder.events.iter().collect() } else { Vec::new() };
                    for (event, stored) in events {
                        page.event(&format!("{HOME}{name}/{event}"), stored.tag, None);
                    }
                }
                Some((name, Some(event))) if self.folders[&name].events.contains_key(&event) => {
                    page.event(request.path, self.folders[&name].events[&event].tag, None);
                }
                _ => return Reply::of(404),
            },
        }
        page.done(None)
    }

    fn report(&mut self, request: &Request<'_>) -> Reply {
        let ask = match Ask::read(request.body) {
            Ok(ask) => ask,
            Err(why) => return self.wrong(400, why),
        };
        let Some((name, None)) = self.place(request.path) else { return Reply::of(404) };
        let depth = if ask.is("sync-collection") { Some("0") } else { Some("1").filter(|_| ask.is("calendar-query")) };
        if header(request, "depth") != depth {
            return self.wrong(400, "a report of another Depth");
        }
        if let Err(why) = rules::check_report(&ask) {
            return self.wrong(400, why);
        }
        if ask.is("sync-collection") {
            return self.sync(&name, &ask);
        }
        let folder = &self.folders[&name];
        let mut page = Page::new(&self.habits);
        let with_data = ask.names("calendar-data");
        let place = |event: &str| format!("{HOME}{name}/{event}");
        if ask.is("calendar-multiget") {
            for href in ask.hrefs() {
                let event = href.strip_prefix(&place("")).unwrap_or_default();
                match folder.events.get(event) {
                    Some(stored) => page.event(&href, stored.tag, with_data.then_some(&stored.text)),
                    None => page.missing(&href, 404),
                }
            }
        } else {
            // The order of answers means nothing.
            for (event, stored) in folder.events.iter().rev() {
                page.event(&place(event), stored.tag, with_data.then_some(&stored.text));
            }
        }
        page.done(None)
    }

    fn sync(&mut self, name: &str, ask: &Ask) -> Reply {
        if !self.habits.can_sync {
            return self.wrong(403, "a sync report that was not offered");
        }
        let since = match ask.text("sync-token") {
            "" => Some(0),
            token => token.strip_prefix(&self.token_prefix()).and_then(|count| count.parse::<u64>().ok()),
        };
        let Some(since) = since else { return Page::new(&self.habits).error(403, "DAV:", "valid-sync-token") };
        let folder = &self.folders[name];
        let mut news: BTreeSet<(u64, &str)> =
            folder.events.iter().map(|(name, event)| (event.tag, name.as_str())).collect();
        if since > 0 {
            news.extend(folder.deleted.iter().map(|(name, count)| (*count, name.as_str())));
        }
        news.retain(|(count, _)| *count > since);
        let is_cut = news.len() > self.habits.part;
        let mut page = Page::new(&self.habits);
        let mut last = self.count;
        for (count, event) in news.into_iter().take(self.habits.part) {
            let place = format!("{HOME}{name}/{event}");
            match folder.events.get(event) {
                Some(stored) => page.event(&place, stored.tag, None),
                None => page.missing(&place, 404),
            }
            if is_cut {
                last = count;
            }
        }
        if is_cut {
            page.missing(&format!("{HOME}{name}/"), 507);
        }
        page.done(Some(&format!("{}{last}", self.token_prefix())))
    }

    fn get(&mut self, path: &str) -> Reply {
        let Some((name, Some(event))) = self.place(path) else { return Reply::of(404) };
        match self.folders[&name].events.get(&event) {
            Some(stored) => {
                Reply { status: 200, etag: self.tag_header(stored.tag), body: stored.text.clone(), ..Reply::default() }
            }
            None => Reply::of(404),
        }
    }

    fn change_event(&mut self, request: &Request<'_>) -> Option<Reply> {
        let Some((folder, Some(event))) = self.place(request.path) else { return Some(Reply::of(409)) };
        let is_put = request.method == "PUT";
        if let Err(why) = rules::check_write(request, is_put) {
            return Some(self.wrong(400, why));
        }
        let stored = self.folders[&folder].events.get(&event).map(|stored| stored.tag);
        let refusal = match (header(request, "if-none-match"), header(request, "if-match")) {
            (Some("*"), None) if is_put => {
                let is_kept = self.habits.keeps_names && self.folders[&folder].deleted.contains_key(&event);
                (stored.is_some() || is_kept).then_some(412)
            }
            (None, Some(tag)) => match stored {
                None => Some(if is_put { 412 } else { 404 }),
                // A weak one never fits (RFC 9110, 13.1.1).
                Some(count) => (tag != format!("\"{count}\"")).then_some(412),
            },
            _ => return Some(self.wrong(428, "a write without its condition")),
        };
        if let Some(status) = refusal {
            return Some(Reply::of(status));
        }
        let is_hollow = self.folders[&folder].is_read_only;
        let mode = self.modes.pop_front();
        let does = !is_hollow && matches!(mode, None | Some(Mode::LateGateway | Mode::Drops));
        if does && is_put {
            self.store(&folder, &event, request.body.to_vec());
        } else if does {
            self.remove(&folder, &event);
        }
        match mode {
            Some(Mode::LateGateway | Mode::Gateway) => Some(Reply::of(504)),
            Some(Mode::Drops) => None,
            Some(Mode::Status(status, retry_after_s, condition)) => {
                let said = Page::new(&self.habits).error(status, "urn:ietf:params:xml:ns:caldav", condition);
                Some(Reply { retry_after_s, ..said })
            }
            Some(Mode::Pretends) | None => {
                let etag = self.tag_header(self.count).filter(|_| is_put && does);
                Some(Reply { status: if stored.is_some() { 204 } else { 201 }, etag, ..Reply::default() })
            }
        }
    }

    fn store(&mut self, folder: &str, event: &str, text: Vec<u8>) {
        self.count += 1;
        let stored = Event { text, tag: self.count };
        let folder = self.folders.get_mut(folder).expect("a calendar of this name");
        folder.deleted.remove(event);
        folder.events.insert(event.to_owned(), stored);
    }

    fn remove(&mut self, folder: &str, event: &str) {
        self.count += 1;
        let folder = self.folders.get_mut(folder).expect("a calendar of this name");
        if folder.events.remove(event).is_some() {
            folder.deleted.insert(event.to_owned(), self.count);
        }
    }

    fn tag_header(&self, count: u64) -> Option<String> {
        match self.habits.tags {
            Tags::Strong => Some(format!("\"{count}\"")),
            Tags::Weak => Some(format!("W/\"{count}\"")),
            Tags::None => None,
        }
    }

    fn token_prefix(&self) -> String {
        format!("http://{HOST}/ns/sync/{}?", self.generation)
    }

    fn token(&self) -> String {
        format!("{}{}", self.token_prefix(), self.count)
    }

    /// A calendar that there is, and the event's name if the path goes on.
    fn place(&self, path: &str) -> Option<(String, Option<String>)> {
        let (folder, event) = path.strip_prefix(HOME)?.split_once('/')?;
        self.folders
            .contains_key(folder)
            .then(|| (folder.to_owned(), Some(event.to_owned()).filter(|event| !event.is_empty())))
    }
}
