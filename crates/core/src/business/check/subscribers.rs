//! Programs that are told news.

use std::collections::HashSet;

use super::findings::Findings;
use crate::business::Document;

/// Each is a delivery more for every piece of news.
const SUBSCRIBERS_MAX: usize = 5;

pub(super) fn check(document: &Document, findings: &mut Findings) {
    findings.count("subscribers", document.subscribers.len(), SUBSCRIBERS_MAX, "вебхуков");
    let mut seen = HashSet::new();
    for (place, entry) in document.subscribers.iter().enumerate() {
        if entry.id.trim().is_empty() || !seen.insert(entry.id.as_str()) {
            let text = "у вебхука должен быть свой id, какого нет у других";
            findings.add(format!("subscribers[{place}].id"), text);
        }
        if !entry.url.starts_with("https://") {
            findings.add(format!("subscribers[{place}].url"), "адрес вебхука начинается с https://");
        }
        if entry.events.is_empty() {
            findings.add(format!("subscribers[{place}].events"), "не указано ни одного события");
        }
    }
}
