//! The world of one bot: people, chats, messages, updates on their way.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{ledger::Button, pace::Pace, refusal::Refusal, updates::Queue, webhook::Webhook};

/// Telegram's number of the bot, and the first numbers of messages and updates; any would do.
pub(super) const BOT_ID: i64 = 7_123_456_789;
const FIRST_MESSAGE_ID: i64 = 412;

pub(super) struct State {
    pub(super) token: String,
    pub(super) is_strict: bool,
    pub(super) people: BTreeMap<i64, Person>,
    pub(super) chats: BTreeMap<i64, Chat>,
    pub(super) queue: Queue,
    pub(super) presses: BTreeMap<String, Press>,
    pub(super) webhook: Option<Webhook>,
    /// When `setWebhook` was last called: it takes about one call a second.
    pub(super) webhook_set_at_ms: Option<i64>,
    /// Where webhooks really go: the public host of the registered address is replaced by this one.
    pub(super) route: Option<String>,
    pub(super) pace: Option<Pace>,
    pub(super) failures: Vec<String>,
    pub(super) calls: BTreeMap<String, u64>,
    /// Bytes of what people sent, by `file_id`.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    next_message_id: i64,
    next_press: u64,
}

pub(super) struct Person {
    pub(super) user: Value,
    /// Wrote to the bot or pressed Start; before that the bot may not write.
    pub(super) has_started: bool,
    pub(super) has_blocked: bool,
    pub(super) is_deactivated: bool,
}

pub(super) struct Chat {
    pub(super) chat: Value,
    pub(super) is_group: bool,
    pub(super) migrated_to: Option<i64>,
    pub(super) messages: BTreeMap<i64, Message>,
}

pub(super) struct Message {
    pub(super) is_from_bot: bool,
    pub(super) text: String,
    pub(super) buttons: Vec<Vec<Button>>,
    pub(super) markup: Option<Value>,
    /// Every `callback_data` the message ever showed: a phone that was offline may press an old one.
    pub(super) ever_shown: BTreeSet<String>,
    pub(super) edits: u32,
    pub(super) is_deleted: bool,
    pub(super) has_picture: bool,
    pub(super) at_ms: i64,
    /// The message as it stands in answers and updates.
    pub(super) json: Value,
}

pub(super) struct Press {
    pub(super) at_ms: i64,
    pub(super) answered: Option<String>,
}

impl State {
    pub(super) fn new(token: &str, is_strict: bool) -> Self {
        Self {
            token: token.to_owned(),
            is_strict,
            people: BTreeMap::new(),
            chats: BTreeMap::new(),
            queue: Queue::default(),
            presses: BTreeMap::new(),
            webhook: None,
            webhook_set_at_ms: None,
            route: None,
            pace: is_strict.then(Pace::default),
            failures: Vec::new(),
            calls: BTreeMap::new(),
            files: BTreeMap::new(),
            next_message_id: FIRST_MESSAGE_ID,
            next_press: 1,
        }
    }

    pub(super) fn me(&self) -> Value {
        json!({
            "id": BOT_ID, "is_bot": true, "first_name": "Салон Лотос", "username": "lotos_rostov_bot",
            "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false,
        })
    }

    pub(super) fn bot_user(&self) -> Value {
        json!({ "id": BOT_ID, "is_bot": true, "first_name": "Салон Лотос", "username": "lotos_rostov_bot" })
    }

    pub(super) fn new_message_id(&mut self) -> i64 {
        self.next_message_id += 1;
        self.next_message_id - 1
    }

    pub(super) fn new_press_id(&mut self) -> String {
        self.next_press += 1;
        format!("2152785430{:010}", self.next_press - 1)
    }

    /// A person the bot has heard of; a private chat comes with them.
    pub(super) fn person(&mut self, user: i64) -> &mut Person {
        self.chats.entry(user).or_insert_with(|| Chat {
            chat: json!({ "id": user, "type": "private", "first_name": "Анна" }),
            is_group: false,
            migrated_to: None,
            messages: BTreeMap::new(),
        });
        self.people.entry(user).or_insert_with(|| Person {
            user: json!({ "id": user, "is_bot": false, "first_name": "Анна", "language_code": "ru" }),
            has_started: false,
            has_blocked: false,
            is_deactivated: false,
        })
    }

    /// The chat a request names, if the bot may act in it.
    pub(super) fn open_chat(&self, body: &Value) -> Result<i64, Refusal> {
        let named = &body["chat_id"];
        let id = named.as_i64().or_else(|| named.as_str().and_then(|text| text.parse().ok()));
        let (id, chat) =
            id.and_then(|id| Some((id, self.chats.get(&id)?))).ok_or_else(|| Refusal::bad("chat not found"))?;
        if let Some(to_chat) = chat.migrated_to {
            return Err(Refusal::migrated(to_chat));
        }
        match self.people.get(&id) {
            Some(person) if person.is_deactivated => Err(Refusal::forbidden("user is deactivated")),
            Some(person) if person.has_blocked => Err(Refusal::forbidden("bot was blocked by the user")),
            Some(person) if !person.has_started => {
                Err(Refusal::forbidden("bot can't initiate conversation with a user"))
            }
            _ => Ok(id),
        }
    }

    pub(super) fn message_mut(&mut self, chat: i64, message_id: i64) -> Option<&mut Message> {
        self.chats.get_mut(&chat)?.messages.get_mut(&message_id).filter(|message| !message.is_deleted)
    }
}
