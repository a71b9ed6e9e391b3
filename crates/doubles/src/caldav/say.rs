//! Writes the XML of answers.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::ask::Ask;
use super::{Folder, HOME, HOST, Habits, Hrefs, PRINCIPAL, Reply};

const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'/');
const REPORTS: [&str; 2] = ["calendar-query", "calendar-multiget"];

/// A multistatus in the making.
pub struct Page<'a> {
    habits: &'a Habits,
    /// Prefixes of WebDAV, CalDAV and Calendar Server, with their colons.
    d: &'static str,
    c: &'static str,
    cs: &'static str,
    body: Vec<u8>,
}

impl<'a> Page<'a> {
    pub fn new(habits: &'a Habits) -> Self {
        let (d, c, cs) = if habits.is_prefixed { ("x1:", "x0:", "zz:") } else { ("", "C:", "CS:") };
        Self { habits, d, c, cs, body: Vec::new() }
    }

    fn spaces(&self) -> String {
        let bind = |prefix: &str, space: &str| match prefix.trim_end_matches(':') {
            "" => format!(" xmlns=\"{space}\""),
            prefix => format!(" xmlns:{prefix}=\"{space}\""),
        };
        let own = bind(self.d, "DAV:") + &bind(self.c, "urn:ietf:params:xml:ns:caldav");
        own + &bind(self.cs, "http://calendarserver.org/ns/")
    }

    fn href(&self, path: &str) -> String {
        let escaped = utf8_percent_encode(path, PLAIN).to_string();
        let d = self.d;
        let text = match self.habits.hrefs {
            Hrefs::Plain => path.replace('&', "&amp;").replace(' ', "%20"),
            Hrefs::Escaped => escaped,
            Hrefs::Absolute => format!("https://{HOST}{escaped}"),
        };
        format!("<{d}href>{text}</{d}href>")
    }

    fn say(&mut self, text: &str) {
        self.body.extend_from_slice(text.as_bytes());
    }

    /// A response with what was found, and a 404 for one property that nobody knows.
    fn response(&mut self, path: &str, props: &str) {
        let (d, href) = (self.d, self.href(path));
        self.say(&format!(
            "<{d}response>{href}<{d}propstat><{d}prop>{props}</{d}prop><{d}status>HTTP/1.1 200 OK</{d}status></{d}propstat>\
             <{d}propstat><{d}prop><{d}quota/></{d}prop><{d}status>HTTP/1.1 404 Not Found</{d}status></{d}propstat></{d}response>\n"
        ));
    }

    pub fn person(&mut self, path: &str, ask: &Ask) {
        let (d, c) = (self.d, self.c);
        let mut props = format!("<{d}resourcetype><{d}collection/></{d}resourcetype>");
        if ask.names("current-user-principal") {
            props += &format!("<{d}current-user-principal>{}</{d}current-user-principal>", self.href(PRINCIPAL));
        }
        if path == PRINCIPAL && ask.names("calendar-home-set") {
            props += &format!("<{c}calendar-home-set>{}</{c}calendar-home-set>", self.href(HOME));
        }
        self.response(path, &props);
    }

    pub fn folder_of(&mut self, path: &str, _: &Ask) {
        let d = self.d;
        self.response(path, &format!("<{d}resourcetype><{d}collection/></{d}resourcetype>"));
    }

    pub fn calendar(&mut self, path: &str, folder: &Folder, ask: &Ask, token: &str, count: u64) {
        let (d, c, cs) = (self.d, self.c, self.cs);
        let mut props = format!(
            "<{d}resourcetype><{d}collection/><{c}calendar/></{d}resourcetype><{d}displayname>{}</{d}displayname>\
             <{c}supported-calendar-component-set><{c}comp name=\"{}\"/></{c}supported-calendar-component-set>",
            folder.title, folder.component
        );
        let rights: &[&str] = if folder.is_read_only { &["read"] } else { &["read", "write"] };
        let rights: String = rights.iter().map(|right| format!("<{d}privilege><{d}{right}/></{d}privilege>")).collect();
        props += &format!("<{d}current-user-privilege-set>{rights}</{d}current-user-privilege-set>");
        let mut reports: String = REPORTS
            .iter()
            .map(|name| format!("<{d}supported-report><{d}report><{c}{name}/></{d}report></{d}supported-report>"))
            .collect();
        if self.habits.can_sync {
            reports +=
                &format!("<{d}supported-report><{d}report><{d}sync-collection/></{d}report></{d}supported-report>");
            if ask.names("sync-token") {
                props += &format!("<{d}sync-token>{token}</{d}sync-token>");
            }
        }
        props += &format!("<{d}supported-report-set>{reports}</{d}supported-report-set>");
        if self.habits.has_ctag && ask.names("getctag") {
            props += &format!("<{cs}getctag>{count}</{cs}getctag>");
        }
        self.response(path, &props);
    }

    pub fn event(&mut self, path: &str, tag: u64, text: Option<&Vec<u8>>) {
        let (d, c, href) = (self.d, self.c, self.href(path));
        self.say(&format!("<{d}response>{href}<{d}propstat><{d}prop><{d}getetag>&quot;{tag}&quot;</{d}getetag>"));
        if let Some(text) = text {
            self.say(&format!("<{c}calendar-data>"));
            for byte in text {
                match byte {
                    b'<' => self.say("&lt;"),
                    b'>' => self.say("&gt;"),
                    b'&' => self.say("&amp;"),
                    b'\r' => self.say("&#13;"),
                    byte => self.body.push(*byte),
                }
            }
            self.say(&format!("</{c}calendar-data>"));
        }
        self.say(&format!("</{d}prop><{d}status>HTTP/1.1 200 OK</{d}status></{d}propstat></{d}response>\n"));
    }

    /// A resource with a status of its own: gone, or the calendar itself where the rest comes later.
    pub fn missing(&mut self, path: &str, status: u16) {
        let (d, href) = (self.d, self.href(path));
        self.say(&format!("<{d}response>{href}<{d}status>HTTP/1.1 {status} So It Is</{d}status></{d}response>\n"));
    }

    /// The token stands before the responses, as Radicale has it.
    pub fn done(self, token: Option<&str>) -> Reply {
        let d = self.d;
        let token = token.map(|token| format!("<{d}sync-token>{token}</{d}sync-token>\n")).unwrap_or_default();
        let head = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<{d}multistatus{}>{token}", self.spaces());
        let mut body = head.into_bytes();
        body.extend_from_slice(&self.body);
        body.extend_from_slice(format!("</{d}multistatus>").as_bytes());
        Reply { status: 207, body, ..Reply::default() }
    }

    pub fn error(&self, status: u16, space: &str, condition: &str) -> Reply {
        let d = self.d;
        let cause =
            if condition.is_empty() { String::new() } else { format!("<own:{condition} xmlns:own=\"{space}\"/>") };
        let body = format!("<{d}error{}>{cause}</{d}error>", self.spaces()).into_bytes();
        Reply { status, body, ..Reply::default() }
    }
}
