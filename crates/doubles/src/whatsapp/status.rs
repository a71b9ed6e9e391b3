//! The fate of our messages as webhooks: sent, delivered, read, failed.

use serde_json::{Value, json};

use super::{Double, State, ledger::Status, refusal::status_error};

/// How long after its acceptance a message is sent, fails or arrives; Meta promises no time.
const SENT_AFTER_MS: i64 = 300;
const FAILED_AFTER_MS: i64 = 600;
const DELIVERED_AFTER_MS: i64 = 900;

impl Double {
    /// The person reads everything that arrived; a person who hides receipts tells nobody.
    pub fn client_reads(&self, person: &str, now_ms: i64) {
        self.act(|state| state.read_all(person, now_ms));
    }

    /// Puts a phone off the net, or on again: without it our messages stay at `sent`, then they arrive.
    pub fn client_is_online(&self, person: &str, is_online: bool, now_ms: i64) {
        self.act(|state| {
            let person = state.person(person);
            state.people[person].is_online = is_online;
            if is_online {
                state.advance_all(person, Status::Sent, Status::Delivered, now_ms);
            }
        });
    }

    /// Tells a status again, as Meta does by mistake; false when the message never had one.
    pub fn repeat_status(&self, wamid: &str, now_ms: i64) -> bool {
        self.act(|state| {
            let Some(status) = state.messages.get(wamid).map(|message| message.status) else { return false };
            let has_status = status != Status::Accepted;
            if has_status {
                state.tell(wamid, status, now_ms);
            }
            has_status
        })
    }
}

impl State {
    /// Plans the statuses of a message just accepted.
    pub(super) fn schedule(&mut self, wamid: &str, verdict: Option<u32>, now_ms: i64) {
        if let Some(code) = verdict {
            self.tell(wamid, Status::Failed(code), now_ms + FAILED_AFTER_MS);
            return;
        }
        self.tell(wamid, Status::Sent, now_ms + SENT_AFTER_MS);
        if self.people[self.messages[wamid].person].is_online {
            self.tell(wamid, Status::Delivered, now_ms + DELIVERED_AFTER_MS);
        }
    }

    pub(super) fn read_all(&mut self, person: &str, now_ms: i64) {
        let person = self.person(person);
        if self.people[person].shows_reads {
            self.advance_all(person, Status::Delivered, Status::Read, now_ms);
        }
    }

    fn advance_all(&mut self, person: usize, from: Status, to: Status, now_ms: i64) {
        let ours = self.messages.iter().filter(|(_, message)| message.is_ours && message.person == person);
        let moved = ours.filter(|(_, message)| message.status == from).map(|(wamid, _)| wamid.clone());
        for wamid in moved.collect::<Vec<_>>() {
            // The status before may still be on its way.
            let arrived_ms = self.messages[&wamid].at_ms + DELIVERED_AFTER_MS;
            self.tell(&wamid, to, now_ms.max(arrived_ms));
        }
    }

    /// Sets a status and sends it at `at_ms`.
    fn tell(&mut self, wamid: &str, status: Status, at_ms: i64) {
        let Some(message) = self.messages.get_mut(wamid) else { return };
        message.status = status;
        let person = &self.people[message.person];
        let mut told = json!({
            "id": wamid, "status": status.name(), "timestamp": (at_ms / 1000).to_string(),
            "recipient_user_id": person.user_id,
        });
        if let Some(wa_id) = person.wa_id.as_ref().filter(|_| !person.hides_number) {
            told["recipient_id"] = json!(wa_id);
        }
        if let Some(opaque) = &message.opaque {
            told["biz_opaque_callback_data"] = json!(opaque);
        }
        match status {
            Status::Failed(code) => told["errors"] = json!([status_error(code)]),
            _ => told["pricing"] = message.pricing.clone(),
        }
        let mut value = self.value();
        value["statuses"] = Value::Array(vec![told]);
        self.emit("messages", value, at_ms);
    }
}
