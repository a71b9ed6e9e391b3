//! What the people saw and what we acknowledged: the truth to compare the store with.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Double, state::Message};

/// One bubble of a chat as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub message_id: i64,
    pub is_from_bot: bool,
    /// After entity parsing, in its last edition.
    pub text: String,
    /// Inline buttons or the reply keyboard, row by row.
    pub buttons: Vec<Vec<Button>>,
    pub edits: u32,
    pub is_deleted: bool,
    /// The text stands under a picture.
    pub has_picture: bool,
    pub at_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    pub text: String,
    /// `callback_data`; none on a reply keyboard or a link.
    pub data: Option<String>,
    pub asks_contact: bool,
}

impl Seen {
    /// The `callback_data` of the first button whose label contains `part`.
    pub fn data_of(&self, part: &str) -> Option<&str> {
        let mut buttons = self.buttons.iter().flatten();
        buttons.find(|button| button.text.contains(part)).and_then(|button| button.data.as_deref())
    }
}

impl Double {
    /// Everything in a chat, oldest first; empty for an unknown one.
    pub fn seen_in(&self, chat: i64) -> Vec<Seen> {
        let state = self.state();
        let messages = state.chats.get(&chat).into_iter().flat_map(|chat| &chat.messages);
        messages.map(|(id, message)| message.seen(*id)).collect()
    }

    /// What the bot wrote into a chat and did not delete, oldest first.
    pub fn sent_to(&self, chat: i64) -> Vec<Seen> {
        self.seen_in(chat).into_iter().filter(|seen| seen.is_from_bot && !seen.is_deleted).collect()
    }

    /// The bot's last message in a chat.
    pub fn last_to(&self, chat: i64) -> Option<Seen> {
        self.sent_to(chat).pop()
    }

    /// Numbers of the updates we confirmed: by a later offset or by a 2xx.
    pub fn acknowledged(&self) -> BTreeSet<i64> {
        self.state().queue.acknowledged.clone()
    }

    /// Numbers of the updates that grew too old before anybody took them.
    pub fn expired(&self) -> BTreeSet<i64> {
        self.state().queue.expired.clone()
    }

    /// How many updates wait.
    pub fn pending(&self) -> usize {
        self.state().queue.waiting.len()
    }

    /// The text a press was answered with; none while the client's spinner still turns.
    pub fn answer_to_press(&self, query_id: &str) -> Option<String> {
        self.state().presses.get(query_id).and_then(|press| press.answered.clone())
    }

    /// Counts for `/_ledger`: calls by method, messages by chat, updates. No text, no name, no phone.
    pub fn ledger(&self) -> Value {
        let state = self.state();
        let chats = state.chats.iter().map(|(id, chat)| {
            let from_bot = chat.messages.values().filter(|message| message.is_from_bot).count();
            (id.to_string(), json!({ "fromBot": from_bot, "fromClient": chat.messages.len() - from_bot }))
        });
        let unanswered = state.presses.values().filter(|press| press.answered.is_none()).count();
        json!({
            "calls": state.calls,
            "chats": chats.collect::<serde_json::Map<_, _>>(),
            "updates": {
                "pending": state.queue.waiting.len(),
                "acknowledged": state.queue.acknowledged.len(),
                "expired": state.queue.expired.len(),
            },
            "presses": { "all": state.presses.len(), "unanswered": unanswered },
            "failures": state.failures,
        })
    }
}

impl Message {
    fn seen(&self, message_id: i64) -> Seen {
        Seen {
            message_id,
            is_from_bot: self.is_from_bot,
            text: self.text.clone(),
            buttons: self.buttons.clone(),
            edits: self.edits,
            is_deleted: self.is_deleted,
            has_picture: self.has_picture,
            at_ms: self.at_ms,
        }
    }
}
