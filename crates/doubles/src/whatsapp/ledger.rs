//! What the people saw: the truth to compare the store with.

use serde_json::{Value, json};

use super::{Double, State, state::Message};

/// One bubble of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub wamid: String,
    pub is_ours: bool,
    /// `text`, `interactive`, `template`, `audio`…
    pub kind: String,
    /// A template's with its variables filled in.
    pub text: String,
    pub buttons: Vec<Button>,
    /// The message it answers.
    pub context: Option<String>,
    pub at_ms: i64,
    /// Of a person's own message: always [`Status::Accepted`].
    pub status: Status,
}

/// A reply button, a row of a list, or a quick reply of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What a press gives back: the id, or the payload of a template's button.
    pub id: String,
    pub title: String,
    pub description: Option<String>,
}

/// How far a message of ours has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Accepted,
    Sent,
    Delivered,
    Read,
    /// With the error's code.
    Failed(u32),
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed(_) => "failed",
        }
    }
}

impl Double {
    /// Everything in a chat that did not fail, oldest first; empty for an unknown person.
    pub fn seen_by(&self, person: &str) -> Vec<Seen> {
        let mut seen = self.messages_with(person);
        seen.retain(|seen| !matches!(seen.status, Status::Failed(_)));
        seen
    }

    /// What we wrote to a person and did not fail, oldest first.
    pub fn sent_to(&self, person: &str) -> Vec<Seen> {
        let mut seen = self.seen_by(person);
        seen.retain(|seen| seen.is_ours);
        seen
    }

    /// Our last message to a person.
    pub fn last_to(&self, person: &str) -> Option<Seen> {
        self.sent_to(person).pop()
    }

    /// How far a message of ours has come; none for an unknown one.
    pub fn status_of(&self, wamid: &str) -> Option<Status> {
        self.state().messages.get(wamid).filter(|message| message.is_ours).map(|message| message.status)
    }

    /// Whether we marked a person's message as read.
    pub fn is_marked_read(&self, wamid: &str) -> bool {
        self.state().messages.get(wamid).is_some_and(|message| message.is_read_by_us)
    }

    /// Whether the person sees us typing.
    pub fn shows_typing(&self, person: &str, now_ms: i64) -> bool {
        let state = self.state();
        let Some(person) = state.find(person) else { return false };
        state.messages.values().any(|message| message.person == person && now_ms < message.typing_until_ms)
    }

    fn messages_with(&self, person: &str) -> Vec<Seen> {
        let state = self.state();
        let Some(person) = state.find(person) else { return Vec::new() };
        let mut chat = state.messages.iter().filter(|(_, message)| message.person == person).collect::<Vec<_>>();
        chat.sort_by_key(|(_, message)| message.number);
        chat.into_iter().map(|(wamid, message)| message.seen(wamid)).collect()
    }
}

impl Message {
    fn seen(&self, wamid: &str) -> Seen {
        Seen {
            wamid: wamid.to_owned(),
            is_ours: self.is_ours,
            kind: self.kind.clone(),
            text: self.text.clone(),
            buttons: self.buttons.clone(),
            context: self.context.clone(),
            at_ms: self.at_ms,
            status: self.status,
        }
    }
}

impl State {
    pub(super) fn counts(&self) -> Value {
        let mut counts = self.app.ledger();
        let ours = self.messages.values().filter(|message| message.is_ours);
        let failed = ours.clone().filter(|message| matches!(message.status, Status::Failed(_))).count();
        let ours = ours.count();
        counts["messages"] = json!({ "ours": ours, "failed": failed, "theirs": self.messages.len() - ours });
        counts["templates"] = json!(self.templates.len());
        counts
    }
}
