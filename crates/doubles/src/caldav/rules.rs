//! What a server refuses, and what our own events must never hold.

use super::ask::Ask;
use super::header;
use crate::Request;

/// Invitations and alarms are other people's: a server would send letters for them.
const NEVER: [&str; 3] = ["ATTENDEE", "ORGANIZER", "METHOD"];

pub fn check_report(ask: &Ask) -> Result<(), &'static str> {
    if ask.names("limit") {
        return Err("DAV:limit loses changes");
    }
    if ask.is("sync-collection") {
        return if ask.text("sync-level") == "1" && ask.names("sync-token") {
            Ok(())
        } else {
            Err("a bad sync report")
        };
    }
    if ask.is("calendar-multiget") {
        return if ask.hrefs().is_empty() { Err("a multiget of nothing") } else { Ok(()) };
    }
    if !ask.is("calendar-query") {
        return Err("an unknown report");
    }
    let wanted = ["calendar-query", "filter", "comp-filter", "comp-filter", "time-range"];
    let range = ask.elements.iter().find(|element| element.path.last().is_some_and(|own| own == "time-range"));
    let range = range.filter(|range| range.path == wanted).ok_or("a time-range outside VEVENT")?;
    let filters = ask.elements.iter().filter(|element| element.path.last().is_some_and(|own| own == "comp-filter"));
    let names: Vec<&str> = filters.flat_map(|filter| &filter.attributes).map(|(_, value)| value.as_str()).collect();
    if names != ["VCALENDAR", "VEVENT"] {
        return Err("a filter of other components");
    }
    let bounds: Vec<&str> = range.attributes.iter().map(|(_, value)| value.as_str()).collect();
    let is_utc = |text: &str| text.len() == 16 && text.ends_with('Z') && text.as_bytes()[8] == b'T';
    if bounds.len() == 2 && bounds.iter().all(|text| is_utc(text)) { Ok(()) } else { Err("a range that is no UTC") }
}

pub fn check_write(request: &Request<'_>, is_put: bool) -> Result<(), &'static str> {
    if header(request, "if-match").is_some_and(|tag| tag == "*" || !tag.starts_with('"') || !tag.ends_with('"')) {
        return Err("an If-Match that names no strong version");
    }
    if !is_put {
        return if request.body.is_empty() { Ok(()) } else { Err("a DELETE with a body") };
    }
    if header(request, "content-type") != Some("text/calendar; charset=utf-8") {
        return Err("a PUT of something else than a calendar");
    }
    let text = std::str::from_utf8(request.body).map_err(|_| "an event that is no UTF-8")?;
    check_calendar(text, header(request, "if-none-match").is_some())
}

fn check_calendar(text: &str, is_new: bool) -> Result<(), &'static str> {
    let lines: Vec<&str> = text.strip_suffix("\r\n").ok_or("a last line without its end")?.split("\r\n").collect();
    if lines.iter().any(|line| line.len() > 75 || line.is_empty() || line.contains(['\r', '\n'])) {
        return Err("a line that is too long, empty or ends wrongly");
    }
    let has = |beginning: &str| lines.iter().any(|line| line.starts_with(beginning));
    let needed = ["VERSION:2.0", "PRODID:", "UID:", "DTSTAMP:", "DTSTART", "X-NOCHNIK-BOOKING:", "SEQUENCE:"];
    if lines.first() != Some(&"BEGIN:VCALENDAR")
        || lines.last() != Some(&"END:VCALENDAR")
        || !needed.iter().all(|own| has(own))
    {
        return Err("an event without what every event has");
    }
    if has("DTEND") == has("DURATION") {
        return Err("an event with two ends, or with none");
    }
    if is_new && (NEVER.iter().any(|name| has(name)) || has("BEGIN:VALARM")) {
        return Err("an invitation or an alarm");
    }
    Ok(())
}
