//! What the people saw and what we took: the truth to compare the store with.

use serde_json::{Value, json};

use super::{Double, state::Message};

/// One bubble of a dialog as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub message_id: i64,
    /// `conversation_message_id`.
    pub cmid: i64,
    pub is_from_group: bool,
    /// The administrator who wrote it in VK itself.
    pub admin: Option<i64>,
    pub text: String,
    /// Row by row, of an inline keyboard or of the regular one that came with the message.
    pub buttons: Vec<Vec<Button>>,
    pub edits: u32,
    pub is_deleted: bool,
    pub at_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    pub label: String,
    /// `text`, `callback`, `open_link`…
    pub kind: String,
    /// JSON text.
    pub payload: Option<String>,
}

impl Seen {
    /// The payload of the first button whose label contains `part`.
    pub fn payload_of(&self, part: &str) -> Option<&str> {
        let mut buttons = self.buttons.iter().flatten();
        buttons.find(|button| button.label.contains(part)).and_then(|button| button.payload.as_deref())
    }
}

impl Double {
    /// Everything in a dialog, oldest first; empty for an unknown one.
    pub fn seen_by(&self, user: i64) -> Vec<Seen> {
        let state = self.state();
        let messages = state.people.get(&user).into_iter().flat_map(|person| &person.messages);
        messages.map(|(cmid, message)| message.seen(*cmid)).collect()
    }

    /// What the program wrote to a person and did not delete, oldest first; an administrator's words are not among it.
    pub fn sent_to(&self, user: i64) -> Vec<Seen> {
        let is_ours = |seen: &Seen| seen.is_from_group && seen.admin.is_none() && !seen.is_deleted;
        self.seen_by(user).into_iter().filter(is_ours).collect()
    }

    /// The last of [`Double::sent_to`].
    pub fn last_to(&self, user: i64) -> Option<Seen> {
        self.sent_to(user).pop()
    }

    /// `event_data` a press was answered with, null when there was none in the answer; none while the spinner turns.
    pub fn answer_to_press(&self, event_id: &str) -> Option<Value> {
        self.state().presses.get(event_id).and_then(|press| press.answered.clone())
    }

    /// How many events the callback servers have not taken.
    pub fn undelivered(&self) -> usize {
        self.state().callbacks.undelivered()
    }

    /// Counts for `/_ledger`: calls by method, messages by dialog, events. No text, no name, no phone.
    pub fn ledger(&self) -> Value {
        let state = self.state();
        let dialogs = state.people.iter().map(|(user, person)| {
            let from_group = person.messages.values().filter(|message| message.is_out).count();
            (user.to_string(), json!({ "fromGroup": from_group, "fromClient": person.messages.len() - from_group }))
        });
        let unanswered = state.presses.values().filter(|press| press.answered.is_none()).count();
        json!({
            "calls": state.calls,
            "dialogs": dialogs.collect::<serde_json::Map<_, _>>(),
            "callbacks": { "undelivered": state.callbacks.undelivered(), "taken": state.callbacks.taken },
            "presses": { "all": state.presses.len(), "unanswered": unanswered },
            "failures": state.failures,
        })
    }
}

impl Message {
    fn seen(&self, cmid: i64) -> Seen {
        Seen {
            message_id: self.id,
            cmid,
            is_from_group: self.is_out,
            admin: self.json["admin_author_id"].as_i64(),
            text: self.json["text"].as_str().unwrap_or_default().to_owned(),
            buttons: self.buttons.clone(),
            edits: self.edits,
            is_deleted: self.is_deleted,
            at_ms: self.at_ms,
        }
    }
}
