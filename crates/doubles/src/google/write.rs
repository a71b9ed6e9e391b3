//! Events made, read one by one, changed and deleted.
//!
//! Source: `events.*` and `Event` in the discovery document; the vendor's page on versions of resources. Not confirmed:
//! the limits of extended properties, a second deletion (410), a sequence that goes back (400), which of two refusals
//! comes first.

use serde_json::{Map, Value, json};

use super::Reply;
use super::refusal::Refusal;
use super::state::{State, stamp};

const KEY_CHARS_MAX: usize = 44;
const VALUE_CHARS_MAX: usize = 1_024;
const PROPERTIES_MAX: usize = 300;

impl State {
    pub(super) fn get(&self, id: &str) -> Reply {
        self.events.get(id).map(|entry| entry.resource.clone()).ok_or_else(Refusal::not_found)
    }

    pub(super) fn insert(&mut self, body: &Value, now_ms: i64) -> Reply {
        let id = match body["id"].as_str() {
            Some(id) if !is_id(id) => return Err(Refusal::about(400, "invalid", "resource.id")),
            Some(_) if body.get("iCalUID").is_some() => return Err(Refusal::about(400, "invalid", "resource.iCalUID")),
            Some(id) => id.to_owned(),
            None => format!("made{}", self.change),
        };
        if self.events.contains_key(&id) {
            return Err(Refusal::new(409, "duplicate"));
        }
        self.check_event(body)?;
        let event = self.with_own_fields(&id, body.clone(), now_ms);
        Ok(self.store(&id, event, now_ms).resource.clone())
    }

    pub(super) fn patch(&mut self, id: &str, version: Option<&str>, body: &Value, now_ms: i64) -> Reply {
        let old = self.version_of(id, version)?;
        let mut event = old.clone();
        merge(&mut event, body);
        self.replace(id, &old, event, now_ms)
    }

    pub(super) fn update(&mut self, id: &str, version: Option<&str>, body: &Value, now_ms: i64) -> Reply {
        let old = self.version_of(id, version)?;
        if body["sequence"].as_i64().unwrap_or(0) < old["sequence"].as_i64().unwrap_or(0) {
            return Err(Refusal::about(400, "invalid", "resource.sequence"));
        }
        let mut event = self.with_own_fields(id, body.clone(), now_ms);
        event["created"] = old["created"].clone();
        event["sequence"] = old["sequence"].clone();
        self.replace(id, &old, event, now_ms)
    }

    pub(super) fn delete(&mut self, id: &str, version: Option<&str>, now_ms: i64) -> Reply {
        let entry = self.events.get(id).ok_or_else(Refusal::not_found)?;
        if entry.is_cancelled() {
            return Err(Refusal::new(410, "deleted"));
        }
        let mut event = self.version_of(id, version)?;
        event["status"] = json!("cancelled");
        self.store(id, event, now_ms);
        Ok(Value::Null)
    }

    fn version_of(&self, id: &str, version: Option<&str>) -> Reply {
        let entry = self.events.get(id).ok_or_else(Refusal::not_found)?;
        if version.is_some_and(|version| version != entry.etag()) {
            return Err(Refusal::header(412, "conditionNotMet", "If-Match"));
        }
        Ok(entry.resource.clone())
    }

    fn replace(&mut self, id: &str, old: &Value, mut event: Value, now_ms: i64) -> Reply {
        if event["id"] != id {
            return Err(Refusal::about(400, "invalid", "resource.id"));
        }
        if event["eventType"] != old["eventType"] {
            return Err(Refusal::about(400, "eventTypeRestriction", "resource.eventType"));
        }
        self.check_event(&event)?;
        if event["start"] != old["start"] || event["end"] != old["end"] {
            event["sequence"] = json!(event["sequence"].as_i64().unwrap_or(0) + 1);
        }
        Ok(self.store(id, event, now_ms).resource.clone())
    }

    /// What Google adds of its own; a body that names the same keeps its word.
    fn with_own_fields(&self, id: &str, body: Value, now_ms: i64) -> Value {
        let mut event = json!({
            "kind": "calendar#event",
            "id": id,
            "status": "confirmed",
            "htmlLink": "https://www.google.com/calendar/event?eid=example",
            "created": stamp(now_ms),
            "creator": { "email": self.settings.robot },
            "organizer": { "email": self.settings.calendar, "displayName": self.settings.calendar_name, "self": true },
            "iCalUID": format!("{id}@google.com"),
            "sequence": 0,
            "reminders": { "useDefault": true },
            "eventType": "default",
        });
        merge(&mut event, &body);
        event
    }

    fn check_event(&self, event: &Value) -> Result<(), Refusal> {
        let Some((start, end)) = self.span_of(event) else {
            return Err(Refusal::about(400, "invalid", "resource.start"));
        };
        let is_day = |side: &str| event[side].get("date").is_some_and(|date| !date.is_null());
        if is_day("start") != is_day("end") {
            return Err(Refusal::about(400, "invalid", "resource.end"));
        }
        if start >= end {
            return Err(Refusal::new(400, "timeRangeEmpty"));
        }
        let status = event["status"].as_str().unwrap_or("confirmed");
        if !matches!(status, "confirmed" | "tentative" | "cancelled") {
            return Err(Refusal::about(400, "invalid", "resource.status"));
        }
        if event["attendees"].as_array().is_some_and(|guests| !guests.is_empty()) {
            return Err(Refusal::new(403, "forbiddenForServiceAccounts"));
        }
        let marks = event["extendedProperties"]["private"].as_object().cloned().unwrap_or_default();
        let is_long = |(key, value): (&String, &Value)| {
            key.chars().count() > KEY_CHARS_MAX || value.as_str().unwrap_or_default().chars().count() > VALUE_CHARS_MAX
        };
        if marks.len() > PROPERTIES_MAX || marks.iter().any(is_long) {
            return Err(Refusal::about(400, "invalid", "resource.extendedProperties"));
        }
        Ok(())
    }
}

/// Base32hex in small letters, 5 to 1024 of them.
fn is_id(id: &str) -> bool {
    (5..=1_024).contains(&id.len()) && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'v'))
}

/// Objects are laid over each other, null takes a field away, everything else replaces.
pub(super) fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(own), Value::Object(new)) => {
            for (name, value) in new {
                if value.is_null() {
                    own.remove(name);
                } else {
                    merge(own.entry(name.clone()).or_insert(Value::Object(Map::new())), value);
                }
            }
        }
        (own, new) => *own = new.clone(),
    }
}
