//! Our own events: written whole the first time, changed line by line afterwards.
//!
//! Times go out in UTC: a single visit needs no zone, and no server has to believe a drawn one. Nobody is invited and
//! no phone rings by it: ATTENDEE, ORGANIZER and VALARM are not written.

use jiff::Timestamp;
use jiff::tz::Offset;

use super::event::BOOKING;
use super::lines::{Line, escape, fold, unescape, unfold};
use crate::ports::{Span, Visit};

const PRODUCT: &str = "-//Nochnik//CalDAV//RU";
/// What everybody may see who sees the calendar.
const BUSY: &str = "Занято (Ночник)";
/// Beginnings of the lines of the description that are ours.
const LABELS: [&str; 3] = ["Запись: ", "Клиент: ", "Телефон: "];
/// Properties that say when and what; all others stay as people left them.
const OURS: [&str; 9] =
    ["DTSTART", "DTEND", "DURATION", "SUMMARY", "DESCRIPTION", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "TRANSP"];

/// A visit in the words of an event.
pub struct Draft {
    booking: String,
    uid: String,
    span: Span,
    summary: String,
    description: String,
}

impl Draft {
    /// With `show_clients` the client's name and phone stand there too.
    pub fn of(visit: &Visit, show_clients: bool) -> Self {
        let plain = |text: &str| text.split(char::is_control).collect::<Vec<_>>().join(" ");
        let mut lines = Vec::new();
        if show_clients {
            lines.extend(Some(&visit.client_name).filter(|name| !name.is_empty()).map(|name| (1, plain(name))));
            lines.extend(visit.client_phone.as_ref().map(|phone| (2, phone.pretty())));
        }
        lines.push((0, visit.booking.clone()));
        let lines: Vec<String> = lines.into_iter().map(|(label, text)| format!("{}{text}", LABELS[label])).collect();
        Self {
            booking: visit.booking.clone(),
            uid: format!("{}@{}", visit.booking, visit.business),
            // iCalendar has no parts of a second.
            span: Span { from: whole(visit.span.from), to: whole(visit.span.to) },
            summary: if show_clients { plain(&visit.title) } else { BUSY.to_owned() },
            description: lines.join("\n"),
        }
    }

    pub fn booking(&self) -> &str {
        &self.booking
    }

    pub fn span(&self) -> Span {
        self.span
    }

    fn lines(&self, sequence: u64, kept: &str, now: Timestamp) -> Vec<String> {
        let description = if kept.is_empty() { self.description.clone() } else { format!("{}\n{kept}", self.description) };
        vec![
            format!("DTSTAMP:{}", utc(now)),
            format!("LAST-MODIFIED:{}", utc(now)),
            format!("DTSTART:{}", utc(self.span.from)),
            format!("DTEND:{}", utc(self.span.to)),
            format!("SUMMARY:{}", escape(&self.summary)),
            format!("DESCRIPTION:{}", escape(&description)),
            format!("SEQUENCE:{sequence}"),
            "TRANSP:OPAQUE".to_owned(),
        ]
    }
}

fn whole(moment: Timestamp) -> Timestamp {
    Timestamp::from_second(moment.as_second()).unwrap_or(moment)
}

fn utc(moment: Timestamp) -> String {
    Offset::UTC.to_datetime(moment).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The whole object, for the first time.
pub fn compose(draft: &Draft, now: Timestamp) -> String {
    let mut lines: Vec<String> = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        format!("PRODID:{PRODUCT}"),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}", escape(&draft.uid)),
        format!("{BOOKING}:{}", escape(&draft.booking)),
    ];
    lines.extend(draft.lines(0, "", now));
    lines.extend(["END:VEVENT".to_owned(), "END:VCALENDAR".to_owned()]);
    fold(lines.iter().map(String::as_str))
}

/// The stored object with the visit as it should stand, and all that people added to it. `None` when our event is not
/// in it.
pub fn edit(stored: &[u8], draft: &Draft, now: Timestamp) -> Option<String> {
    let lines = unfold(stored);
    let (begin, end) = place(&lines, draft)?;
    let mut depth = 0_usize;
    let mut kept = Vec::new();
    let mut old = Vec::new();
    for text in &lines[begin + 1..end] {
        match Line::parse(text) {
            Some(line) if depth == 0 && (OURS.contains(&line.name.as_str()) || line.is("STATUS", "CANCELLED")) => old.push(line),
            line => {
                match line.as_ref().map(|line| line.name.as_str()) {
                    Some("BEGIN") => depth += 1,
                    Some("END") => depth = depth.saturating_sub(1),
                    _ => {}
                }
                kept.push(text.clone());
            }
        }
    }
    let sequence = value(&old, "SEQUENCE").and_then(|value| value.trim().parse::<u64>().ok()).unwrap_or_default();
    let notes = notes(&unescape(value(&old, "DESCRIPTION").unwrap_or_default()));
    let mut out = lines[..=begin].to_vec();
    out.extend(draft.lines(sequence.saturating_add(1), &notes, now));
    out.extend(kept);
    out.extend_from_slice(&lines[end..]);
    Some(fold(out.iter().map(String::as_str)))
}

/// The object says all that the draft says.
pub fn stands(stored: &[u8], draft: &Draft) -> bool {
    let lines = unfold(stored);
    let Some((begin, end)) = place(&lines, draft) else { return false };
    let read: Vec<Line> = lines[begin + 1..end].iter().filter_map(|text| Line::parse(text)).collect();
    let text = |name| unescape(value(&read, name).unwrap_or_default());
    text("SUMMARY") == draft.summary && text("DESCRIPTION").starts_with(&draft.description)
}

/// Where our event begins and ends: the one with the booking that stands in place of no other.
fn place(lines: &[String], draft: &Draft) -> Option<(usize, usize)> {
    let parsed: Vec<Option<Line>> = lines.iter().map(|text| Line::parse(text)).collect();
    let says = |line: &Option<Line>, name: &str, value: &str| line.as_ref().is_some_and(|line| line.is(name, value));
    let mut from = 0;
    while let Some(begin) = (from..parsed.len()).find(|at| says(&parsed[*at], "BEGIN", "VEVENT")) {
        let end = (begin..parsed.len()).find(|at| says(&parsed[*at], "END", "VEVENT"))?;
        let within: Vec<&Line> = parsed[begin..end].iter().flatten().collect();
        let is_ours = within.iter().any(|line| line.name == BOOKING && unescape(line.value.trim()) == draft.booking);
        if is_ours && !within.iter().any(|line| line.name == "RECURRENCE-ID") {
            return Some((begin, end));
        }
        from = end + 1;
    }
    None
}

fn value<'a>(lines: &'a [Line], name: &str) -> Option<&'a str> {
    lines.iter().find(|line| line.name == name).map(|line| line.value.as_str())
}

/// What people wrote below our own lines.
fn notes(description: &str) -> String {
    let theirs = |line: &&str| !LABELS.iter().any(|label| line.starts_with(label));
    description.lines().filter(theirs).collect::<Vec<_>>().join("\n").trim().to_owned()
}
