//! The world of one bot: people, chats, messages, updates on their way.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{ledger::Button, pace::Pace, refusal::Refusal, updates::Queue, webhook::Webhooks};

/// First numbers; any would do.
pub(super) const BOT_ID: i64 = 90_112_233;
const FIRST_DIALOG_ID: i64 = 193_847_561;

pub(super) struct State {
    pub(super) token: String,
    pub(super) me: Value,
    pub(super) people: BTreeMap<i64, Person>,
    pub(super) chats: BTreeMap<i64, Chat>,
    pub(super) presses: BTreeMap<String, Press>,
    pub(super) queue: Queue,
    pub(super) webhooks: Webhooks,
    pub(super) pace: Option<Pace>,
    /// Tokens of the images that were brought; none yet for an address that waits.
    pub(super) uploads: BTreeMap<u64, Option<String>>,
    pub(super) failures: Vec<String>,
    pub(super) calls: BTreeMap<String, u64>,
    next_dialog: i64,
    next_message: i64,
    next_press: u64,
}

pub(super) struct Person {
    pub(super) user: Value,
    pub(super) dialog: i64,
    pub(super) bond: Bond,
}

/// How a person stands to the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bond {
    /// Never pressed Start.
    None,
    Started,
    Stopped,
    /// Stopped the bot and removed the dialog.
    Removed,
}

pub(super) struct Chat {
    /// The person of a dialog; none in a group.
    pub(super) user: Option<i64>,
    /// By `mid`; within one chat these rise with time.
    pub(super) messages: BTreeMap<String, Message>,
}

pub(super) struct Message {
    pub(super) is_from_bot: bool,
    pub(super) buttons: Vec<Vec<Button>>,
    /// Every callback payload the message ever showed: a phone that was offline may press an old one.
    pub(super) ever_shown: BTreeSet<String>,
    pub(super) edits: u32,
    pub(super) is_deleted: bool,
    pub(super) at_ms: i64,
    /// The message as it stands in answers and updates.
    pub(super) json: Value,
}

pub(super) struct Press {
    pub(super) chat: i64,
    pub(super) mid: String,
    /// The notification; empty when the message was replaced without one.
    pub(super) answered: Option<String>,
}

impl State {
    pub(super) fn new(token: &str) -> Self {
        Self {
            token: token.to_owned(),
            me: json!({
                "user_id": BOT_ID, "first_name": "Салон Лотос", "name": "Салон Лотос",
                "username": "id616100000000_bot", "is_bot": true, "last_activity_time": 1_795_312_799_500_i64,
                "commands": [],
            }),
            people: BTreeMap::new(),
            chats: BTreeMap::new(),
            presses: BTreeMap::new(),
            queue: Queue::default(),
            webhooks: Webhooks::default(),
            pace: Some(Pace::default()),
            uploads: BTreeMap::new(),
            failures: Vec::new(),
            calls: BTreeMap::new(),
            next_dialog: FIRST_DIALOG_ID,
            next_message: 0,
            next_press: 1,
        }
    }

    pub(super) fn bot_user(&self) -> Value {
        let mut user = self.me.clone();
        if let Some(object) = user.as_object_mut() {
            object.retain(|key, _| key != "commands" && key != "description");
        }
        user
    }

    pub(super) fn new_press_id(&mut self) -> String {
        self.next_press += 1;
        format!("f9LHodD0cOL8kk1n{:08}", self.next_press - 1)
    }

    /// A person of MAX; their dialog exists with them, started or not.
    pub(super) fn person(&mut self, user: i64) -> &mut Person {
        let next_dialog = &mut self.next_dialog;
        let chats = &mut self.chats;
        self.people.entry(user).or_insert_with(|| {
            let dialog = *next_dialog;
            *next_dialog += 1;
            chats.insert(dialog, Chat { user: Some(user), messages: BTreeMap::new() });
            let user = json!({
                "user_id": user, "first_name": "Анна", "last_name": "Ковалёва", "name": "Анна Ковалёва",
                "username": null, "is_bot": false, "last_activity_time": 1_795_312_799_000_i64,
            });
            Person { user, dialog, bond: Bond::None }
        })
    }

    /// The dialog in which the bot may write to a person now.
    pub(super) fn open_dialog(&self, user: i64) -> Result<i64, Refusal> {
        let person = self.people.get(&user).ok_or_else(Refusal::no_dialog)?;
        match person.bond {
            Bond::Started => Ok(person.dialog),
            Bond::Stopped => Err(Refusal::denied()),
            // Sources give 403 and 404 for those who left; both are seen here.
            Bond::None | Bond::Removed => Err(Refusal::no_dialog()),
        }
    }

    /// Refuses a chat whose person has left, and one that does not exist.
    pub(super) fn check_open(&self, chat: i64) -> Result<(), Refusal> {
        match self.chats.get(&chat).ok_or_else(Refusal::no_chat)?.user {
            Some(user) => self.open_dialog(user).map(drop),
            None => Ok(()),
        }
    }

    /// Puts a message into a chat and returns its `mid`. `sender` none is the bot.
    pub(super) fn put_message(&mut self, chat: i64, sender: Option<i64>, content: &Content<'_>, now_ms: i64) -> String {
        self.next_message += 1;
        // The vendor's `seq` rises with time; its making is not published.
        let seq = (now_ms << 16) + self.next_message;
        let mid = format!("mid.{chat:016x}{seq:016x}");
        let partner = self.chats.get(&chat).and_then(|chat| chat.user);
        let from = match sender {
            Some(user) => self.person(user).user.clone(),
            None => self.bot_user(),
        };
        let recipient = match (partner, sender) {
            (Some(_), Some(_)) => json!({ "chat_id": chat, "chat_type": "dialog", "user_id": BOT_ID }),
            (Some(user), None) => json!({ "chat_id": chat, "chat_type": "dialog", "user_id": user }),
            (None, _) => json!({ "chat_id": chat, "chat_type": "chat" }),
        };
        let mut body = json!({ "mid": mid, "seq": seq, "text": content.text });
        if !content.attachments.is_empty() {
            body["attachments"] = json!(content.attachments);
        }
        let mut json = json!({ "sender": from, "recipient": recipient, "timestamp": now_ms, "body": body });
        if let Some(link) = &content.link {
            json["link"] = link.clone();
        }
        let mut message = Message {
            is_from_bot: sender.is_none(),
            buttons: Vec::new(),
            ever_shown: BTreeSet::new(),
            edits: 0,
            is_deleted: false,
            at_ms: now_ms,
            json,
        };
        message.show(content.attachments);
        if let Some(chat) = self.chats.get_mut(&chat) {
            chat.messages.insert(mid.clone(), message);
        }
        mid
    }

    /// Finds a message that was not deleted.
    pub(super) fn message_mut(&mut self, mid: &str) -> Option<(i64, &mut Message)> {
        let mut chats = self.chats.iter_mut();
        let (id, message) = chats.find_map(|(id, chat)| Some((*id, chat.messages.get_mut(mid)?)))?;
        (!message.is_deleted).then_some((id, message))
    }

    pub(super) fn message_json(&self, chat: i64, mid: &str) -> Value {
        let message = self.chats.get(&chat).and_then(|chat| chat.messages.get(mid));
        message.filter(|message| !message.is_deleted).map_or(Value::Null, |message| message.json.clone())
    }
}

/// What a message holds.
pub(super) struct Content<'a> {
    pub(super) text: &'a str,
    pub(super) attachments: &'a [Value],
    /// The message it answers or forwards.
    pub(super) link: Option<Value>,
}

impl<'a> Content<'a> {
    pub(super) fn new(text: &'a str, attachments: &'a [Value]) -> Self {
        Self { text, attachments, link: None }
    }
}
