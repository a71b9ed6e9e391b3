//! What people do in the calendar by hand, past our line: same versions, same memory of changes.

use serde_json::{Value, json};

use super::Double;
use super::write::merge;

impl Double {
    /// Puts an event there; `more` is laid over a plain one of its time.
    pub fn person_adds(&self, id: &str, start: &Value, end: &Value, more: &Value, now_ms: i64) {
        let mut event = json!({
            "kind": "calendar#event",
            "id": id,
            "status": "confirmed",
            "summary": "Личное дело",
            "start": start,
            "end": end,
            "eventType": "default",
            "sequence": 0,
            "iCalUID": format!("{id}@google.com"),
        });
        merge(&mut event, more);
        self.state().store(id, event, now_ms);
    }

    /// Changes an event in the owner's own window.
    ///
    /// # Panics
    /// When there is no such event.
    pub fn person_changes(&self, id: &str, change: &Value, now_ms: i64) {
        let mut state = self.state();
        let mut event = state.events[id].resource.clone();
        merge(&mut event, change);
        event["sequence"] = json!(event["sequence"].as_i64().unwrap_or(0) + 1);
        state.store(id, event, now_ms);
    }

    /// Deletes an event: it stays, as cancelled.
    pub fn person_deletes(&self, id: &str, now_ms: i64) {
        self.person_changes(id, &json!({ "status": "cancelled" }), now_ms);
    }

    /// A deleted event is forgotten for good, as Google does some day.
    pub fn forgets(&self, id: &str) {
        self.state().events.remove(id);
    }

    /// Every token of a reading given out so far has ended: 410.
    pub fn forgets_readings(&self) {
        self.state().forget_syncs();
    }

    /// The whole event, deleted or not; `None`: there never was one.
    pub fn event(&self, id: &str) -> Option<Value> {
        self.state().events.get(id).map(|entry| entry.resource.clone())
    }

    /// All events that stand.
    pub fn events(&self) -> Vec<Value> {
        let state = self.state();
        state.events.values().filter(|entry| !entry.is_cancelled()).map(|entry| entry.resource.clone()).collect()
    }
}
