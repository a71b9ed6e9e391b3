//! Bodies of requests. Source: RFC 4791, 6578. No `DAV:limit`: Nextcloud cuts its answer short and loses changes; no
//! `time-range` outside VEVENT: servers built on SabreDAV answer 400.

use jiff::Timestamp;
use jiff::tz::Offset;

use crate::ports::Span;

const SPACES: &str =
    r#"xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/""#;

/// Whom we are, and whether the address is a calendar already.
pub const WHO: &[&str] = &["d:resourcetype", "d:current-user-principal", "c:calendar-home-set"];
/// What tells one calendar from another, and what it can do.
pub const CALENDAR: &[&str] = &[
    "d:resourcetype",
    "d:displayname",
    "c:supported-calendar-component-set",
    "d:current-user-privilege-set",
    "d:sync-token",
    "d:supported-report-set",
    "cs:getctag",
];

pub fn propfind(props: &[&str]) -> String {
    format!("{}<d:propfind {SPACES}><d:prop>{}</d:prop></d:propfind>", HEAD, elements(props))
}

/// Resources with an event that touches `span`; only their names and states.
pub fn touching(span: Span) -> String {
    let (from, to) = (utc(span.from), utc(span.to));
    format!(
        "{HEAD}<c:calendar-query {SPACES}><d:prop><d:getetag/></d:prop><c:filter><c:comp-filter name=\"VCALENDAR\">\
         <c:comp-filter name=\"VEVENT\"><c:time-range start=\"{from}\" end=\"{to}\"/></c:comp-filter></c:comp-filter>\
         </c:filter></c:calendar-query>"
    )
}

pub fn changed_since(token: &str) -> String {
    format!(
        "{HEAD}<d:sync-collection {SPACES}><d:sync-token>{}</d:sync-token><d:sync-level>1</d:sync-level>\
         <d:prop><d:getetag/></d:prop></d:sync-collection>",
        escape(token)
    )
}

pub fn several<'a>(paths: impl IntoIterator<Item = &'a str>) -> String {
    let hrefs: String = paths.into_iter().map(|path| format!("<d:href>{}</d:href>", escape(path))).collect();
    format!("{HEAD}<c:calendar-multiget {SPACES}><d:prop><d:getetag/><c:calendar-data/></d:prop>{hrefs}</c:calendar-multiget>")
}

const HEAD: &str = r#"<?xml version="1.0" encoding="utf-8"?>"#;

fn elements(props: &[&str]) -> String {
    props.iter().map(|prop| format!("<{prop}/>")).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// `20261124T000000Z`, the only form a filter takes; a part of a second belongs to what is asked for.
fn utc(moment: Timestamp) -> String {
    Offset::UTC.to_datetime(moment).strftime("%Y%m%dT%H%M%SZ").to_string()
}
