//! What the people saw: the truth to compare the store with.

use serde_json::{Value, json};

use super::{Double, State, state::Message};

/// One bubble of a chat as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub mid: String,
    pub is_from_account: bool,
    /// Written by a human in the app.
    pub is_by_human: bool,
    pub text: String,
    pub buttons: Vec<Button>,
    /// Offers to fill in the person's own phone.
    pub asks_phone: bool,
    pub is_deleted: bool,
    pub is_read: bool,
    pub at_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    pub payload: String,
    pub title: String,
    /// A quick reply; otherwise a postback button.
    pub is_quick_reply: bool,
}

impl Double {
    /// Everything in a chat, oldest first; empty for an unknown person.
    pub fn seen_by(&self, person: &str) -> Vec<Seen> {
        let state = self.state();
        let mut chat = state.messages.iter().filter(|(_, message)| message.person == person).collect::<Vec<_>>();
        chat.sort_by_key(|(_, message)| message.number);
        chat.into_iter().map(|(mid, message)| message.seen(mid)).collect()
    }

    /// What we wrote to a person by the API, oldest first.
    pub fn sent_to(&self, person: &str) -> Vec<Seen> {
        let mut seen = self.seen_by(person);
        seen.retain(|seen| seen.is_from_account && !seen.is_by_human);
        seen
    }

    /// Our last message to a person.
    pub fn last_to(&self, person: &str) -> Option<Seen> {
        self.sent_to(person).pop()
    }

    /// Whether the person sees us typing.
    pub fn shows_typing(&self, person: &str) -> bool {
        self.state().people.get(person).is_some_and(|person| person.typing_seen)
    }

    /// How many messages went out as a human agent's: the bot must write none.
    pub fn human_agent_sends(&self) -> u64 {
        self.state().human_agent_sends
    }
}

impl Message {
    fn seen(&self, mid: &str) -> Seen {
        Seen {
            mid: mid.to_owned(),
            is_from_account: self.is_from_account,
            is_by_human: self.is_by_human,
            text: self.text.clone(),
            buttons: self.buttons.clone(),
            asks_phone: self.asks_phone,
            is_deleted: self.is_deleted,
            is_read: self.is_read,
            at_ms: self.at_ms,
        }
    }
}

impl State {
    pub(super) fn counts(&self) -> Value {
        let mut counts = self.app.ledger();
        let by_account = self.messages.values().filter(|message| message.is_from_account);
        let by_human = by_account.clone().filter(|message| message.is_by_human).count();
        let by_account = by_account.count();
        counts["messages"] = json!({
            "ours": by_account - by_human, "byHuman": by_human, "theirs": self.messages.len() - by_account,
            "humanAgent": self.human_agent_sends,
        });
        counts
    }
}
