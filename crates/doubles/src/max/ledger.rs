//! What the people saw and what we took: the truth to compare the store with.

use serde_json::{Value, json};

use super::{Double, state::Message};

/// One bubble of a chat as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub mid: String,
    pub is_from_bot: bool,
    pub text: String,
    /// Row by row.
    pub buttons: Vec<Vec<Button>>,
    pub edits: u32,
    pub is_deleted: bool,
    pub has_picture: bool,
    pub at_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    pub text: String,
    /// `callback`, `link`, `request_contact`…
    pub kind: String,
    pub payload: Option<String>,
}

impl Seen {
    /// The payload of the first button whose label contains `part`.
    pub fn payload_of(&self, part: &str) -> Option<&str> {
        let mut buttons = self.buttons.iter().flatten();
        buttons.find(|button| button.text.contains(part)).and_then(|button| button.payload.as_deref())
    }
}

impl Double {
    /// Everything in a chat, oldest first; empty for an unknown one.
    pub fn seen_in(&self, chat: i64) -> Vec<Seen> {
        let state = self.state();
        let messages = state.chats.get(&chat).into_iter().flat_map(|chat| &chat.messages);
        messages.map(|(mid, message)| message.seen(mid)).collect()
    }

    /// What the bot wrote to a person and did not delete, oldest first.
    pub fn sent_to(&self, user: i64) -> Vec<Seen> {
        self.sent_in(self.dialog_of(user))
    }

    /// What the bot wrote into a chat and did not delete, oldest first.
    pub fn sent_in(&self, chat: i64) -> Vec<Seen> {
        self.seen_in(chat).into_iter().filter(|seen| seen.is_from_bot && !seen.is_deleted).collect()
    }

    /// The bot's last message to a person.
    pub fn last_to(&self, user: i64) -> Option<Seen> {
        self.sent_to(user).pop()
    }

    /// The notification a press was answered with, empty when its message was replaced; none while nobody answered.
    pub fn answer_to_press(&self, callback_id: &str) -> Option<String> {
        self.state().presses.get(callback_id).and_then(|press| press.answered.clone())
    }

    /// How many updates wait, for a poll or for a webhook.
    pub fn pending(&self) -> usize {
        let state = self.state();
        state.queue.waiting.len() + state.webhooks.undelivered()
    }

    /// How many updates we took: by a marker or by a 200.
    pub fn taken(&self) -> u64 {
        self.state().queue.taken
    }

    /// How many updates nobody took: older than 24 hours, or given up after ten repeats.
    pub fn lost(&self) -> u64 {
        self.state().queue.lost
    }

    /// Counts for `/_ledger`: calls, messages by chat, updates. No text, no name, no phone.
    pub fn ledger(&self) -> Value {
        let pending = self.pending();
        let state = self.state();
        let chats = state.chats.iter().map(|(id, chat)| {
            let from_bot = chat.messages.values().filter(|message| message.is_from_bot).count();
            (id.to_string(), json!({ "fromBot": from_bot, "fromClient": chat.messages.len() - from_bot }))
        });
        let unanswered = state.presses.values().filter(|press| press.answered.is_none()).count();
        json!({
            "calls": state.calls,
            "chats": chats.collect::<serde_json::Map<_, _>>(),
            "updates": { "pending": pending, "taken": state.queue.taken, "lost": state.queue.lost },
            "presses": { "all": state.presses.len(), "unanswered": unanswered },
            "failures": state.failures,
        })
    }
}

impl Message {
    fn has_picture(&self) -> bool {
        let attached = self.json["body"]["attachments"].as_array();
        attached.is_some_and(|all| all.iter().any(|each| each["type"] == "image"))
    }

    fn seen(&self, mid: &str) -> Seen {
        Seen {
            mid: mid.to_owned(),
            is_from_bot: self.is_from_bot,
            text: self.json["body"]["text"].as_str().unwrap_or_default().to_owned(),
            buttons: self.buttons.clone(),
            edits: self.edits,
            is_deleted: self.is_deleted,
            has_picture: self.has_picture(),
            at_ms: self.at_ms,
        }
    }
}
