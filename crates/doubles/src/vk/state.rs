//! The world of one community: people, dialogs, events on their way.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use super::{form::VERSION, ledger::Button, longpoll::LongPoll, refusal::Refusal, schema, webhook::Callbacks};
use crate::{random::Random, window::Window};

/// First numbers; any would do.
const FIRST_MESSAGE_ID: i64 = 1_540;
const FIRST_VERSION: i64 = 10_003_245;
/// Peers from here on are group chats.
pub(super) const FIRST_GROUP_CHAT: i64 = 2_000_000_000;
const BUTTON_ACTIONS: [&str; 8] =
    ["text", "vkpay", "open_app", "location", "open_link", "callback", "intent_subscribe", "intent_unsubscribe"];

pub(super) struct State {
    pub(super) token: String,
    pub(super) group_id: i64,
    pub(super) rights: BTreeSet<&'static str>,
    pub(super) people: BTreeMap<i64, Person>,
    pub(super) presses: BTreeMap<String, Press>,
    /// What was sent under each `random_id` of a dialog.
    pub(super) sent: HashMap<(i64, i64), Sent>,
    pub(super) longpoll: LongPoll,
    pub(super) callbacks: Callbacks,
    pub(super) confirmation_code: String,
    pub(super) pace: Option<Window>,
    pub(super) duplicates: u32,
    pub(super) shuffle: Option<Random>,
    pub(super) failures: Vec<String>,
    pub(super) calls: BTreeMap<String, u64>,
    next_message_id: i64,
    next_event: u64,
    next_press: u64,
}

pub(super) struct Person {
    pub(super) first_name: String,
    pub(super) last_name: String,
    /// Wrote first or allowed messages, and has not denied them since.
    pub(super) is_open: bool,
    /// Every message to this person is refused with this code.
    pub(super) refused_with: Option<i64>,
    /// What the person's app can do with buttons.
    pub(super) button_actions: Vec<&'static str>,
    /// The regular keyboard under the input line.
    pub(super) keyboard: Option<Value>,
    /// By `conversation_message_id`.
    pub(super) messages: BTreeMap<i64, Message>,
    /// The last message of the person that we read, and of ours that the person read, by `id`.
    pub(super) in_read: i64,
    pub(super) out_read: i64,
    /// The next of the person's messages comes shortened in its event.
    pub(super) is_next_cropped: bool,
    next_cmid: i64,
}

pub(super) struct Message {
    pub(super) id: i64,
    pub(super) is_out: bool,
    pub(super) buttons: Vec<Vec<Button>>,
    /// Every button the message ever showed: a phone that was offline may press an old one.
    pub(super) ever_shown: Vec<Button>,
    pub(super) edits: u32,
    pub(super) is_deleted: bool,
    pub(super) at_ms: i64,
    /// The message as it stands in answers.
    pub(super) json: Value,
}

pub(super) struct Press {
    pub(super) user: i64,
    pub(super) at_ms: i64,
    /// `event_data`, decoded; null when the answer had none.
    pub(super) answered: Option<Value>,
}

pub(super) struct Sent {
    pub(super) message_id: i64,
    pub(super) cmid: i64,
    pub(super) at_ms: i64,
}

impl State {
    pub(super) fn new(token: &str, group_id: i64) -> Self {
        Self {
            token: token.to_owned(),
            group_id,
            rights: BTreeSet::from(["messages", "manage", "photos", "docs"]),
            people: BTreeMap::new(),
            presses: BTreeMap::new(),
            sent: HashMap::new(),
            longpoll: LongPoll::new(group_id),
            callbacks: Callbacks::default(),
            confirmation_code: "5cf1a2b3".to_owned(),
            pace: Some(Window::default()),
            duplicates: 0,
            shuffle: None,
            failures: Vec::new(),
            calls: BTreeMap::new(),
            next_message_id: FIRST_MESSAGE_ID,
            next_event: 1,
            next_press: 1,
        }
    }

    /// A person of VK, a member or not.
    pub(super) fn person(&mut self, user: i64) -> &mut Person {
        self.people.entry(user).or_insert_with(|| Person {
            first_name: "Анна".to_owned(),
            last_name: "Ковалёва".to_owned(),
            is_open: false,
            refused_with: None,
            button_actions: BUTTON_ACTIONS.to_vec(),
            keyboard: None,
            messages: BTreeMap::new(),
            in_read: 0,
            out_read: 0,
            is_next_cropped: false,
            next_cmid: 1,
        })
    }

    /// Refuses a peer whom the community may not write to now.
    pub(super) fn check_open(&self, peer: i64) -> Result<(), Refusal> {
        if peer >= FIRST_GROUP_CHAT {
            return Err(Refusal::new(917));
        }
        let person = self.people.get(&peer).ok_or(Refusal::new(901))?;
        match person.refused_with {
            Some(code) => Err(Refusal::new(code)),
            None if person.is_open => Ok(()),
            None => Err(Refusal::new(901)),
        }
    }

    /// Puts a message into a dialog and returns its `conversation_message_id`. `extra` holds what the message has
    /// besides a text: `attachments`, `payload`, `random_id`….
    pub(super) fn put_message(&mut self, peer: i64, is_out: bool, text: &str, extra: &Value, now_ms: i64) -> i64 {
        let id = self.next_message_id;
        self.next_message_id += 1;
        let from = if is_out { -self.group_id } else { peer };
        let person = self.person(peer);
        let cmid = person.next_cmid;
        person.next_cmid += 1;
        let mut json = json!({
            "id": id, "date": now_ms / 1000, "peer_id": peer, "from_id": from, "text": text,
            "conversation_message_id": cmid, "out": i32::from(is_out), "version": FIRST_VERSION + id, "random_id": 0,
            "important": false, "is_hidden": false, "attachments": [], "fwd_messages": [],
        });
        if let (Some(object), Some(extra)) = (json.as_object_mut(), extra.as_object()) {
            object.extend(extra.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        let message = Message {
            id,
            is_out,
            buttons: Vec::new(),
            ever_shown: Vec::new(),
            edits: 0,
            is_deleted: false,
            at_ms: now_ms,
            json,
        };
        person.messages.insert(cmid, message);
        cmid
    }

    pub(super) fn new_press_id(&mut self) -> String {
        self.next_press += 1;
        format!("fa2b{:08x}", self.next_press - 1)
    }

    /// Sends an event to the poll's history and to the callback servers that asked for its type.
    pub(super) fn enqueue(&mut self, kind: &'static str, object: Value, now_ms: i64) {
        let number = self.next_event;
        self.next_event += 1;
        let event = json!({
            "group_id": self.group_id, "type": kind, "event_id": format!("0f1a3b5c7d9e0f1a3b5c7d9e{number:016x}"),
            "v": VERSION, "object": object,
        });
        if let Err(broken) = schema::check_answer("event", &event) {
            self.fail(format!("the double's own event ({kind}) {broken}"));
        }
        let times = if self.duplicates > 0 { 2 } else { 1 };
        self.duplicates = self.duplicates.saturating_sub(1);
        for _ in 0..times {
            self.longpoll.push(kind, &event);
            self.callbacks.push(kind, &event, now_ms);
        }
    }

    /// A message that was not deleted, by its number within the dialog.
    pub(super) fn message_mut(&mut self, peer: i64, cmid: i64) -> Option<&mut Message> {
        self.people.get_mut(&peer)?.messages.get_mut(&cmid).filter(|message| !message.is_deleted)
    }

    pub(super) fn message_json(&self, peer: i64, cmid: i64) -> Value {
        let message = self.people.get(&peer).and_then(|person| person.messages.get(&cmid));
        message.map_or(Value::Null, |message| message.json.clone())
    }
}
