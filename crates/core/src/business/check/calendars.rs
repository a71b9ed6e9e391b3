//! Calendars outside.

use std::collections::HashSet;

use super::findings::Findings;
use crate::business::Document;

/// One for each specialist of a large business.
const CALENDARS_MAX: usize = 60;

pub(super) fn check(document: &Document, findings: &mut Findings) {
    findings.count("calendars", document.calendars.len(), CALENDARS_MAX, "календарей");
    let known: HashSet<&str> = document.specialists.iter().map(|specialist| specialist.id.as_str()).collect();
    let mut seen = HashSet::new();
    for (place, entry) in document.calendars.iter().enumerate() {
        if entry.kind.trim().is_empty() {
            findings.add(format!("calendars[{place}].kind"), "не указан вид календаря; напишите, например, caldav");
        }
        if !seen.insert(entry.account()) {
            let text = format!("календарь «{}» уже есть выше; дайте этому другой id", entry.account());
            findings.add(format!("calendars[{place}].id"), text);
        }
        for own in entry.specialists.iter().filter(|own| !known.contains(own.as_str())) {
            let text = format!("мастера «{own}» нет в specialists; проверьте его id");
            findings.add(format!("calendars[{place}].specialists"), text);
        }
    }
}
