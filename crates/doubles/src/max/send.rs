//! What the bot does: sends, edits, deletes, answers presses, shows that it types.

use serde_json::{Value, json};

use super::{
    keyboard,
    refusal::Refusal,
    state::{Content, Message, State},
};

/// In dialogs a message without a keyboard is edited within seven days.
const EDIT_MS: i64 = 7 * 24 * 3_600_000;
const HISTORY_MAX: u64 = 100;
const HISTORY_DEFAULT: u64 = 50;

impl State {
    pub(super) fn send(&mut self, query: &Value, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let chat = self.recipient(query)?;
        let link = self.linked(&body["link"])?;
        let attachments = self.attached(body)?;
        self.keep_pace(chat, now_ms)?;
        let text = body["text"].as_str().unwrap_or_default();
        let mid = self.put_message(chat, None, &Content { text, attachments: &attachments, link }, now_ms);
        Ok(json!({ "message": self.message_json(chat, &mid) }))
    }

    /// A dialog goes by `user_id`; its `chat_id` is refused, as one report has it. A group goes by `chat_id`.
    fn recipient(&self, query: &Value) -> Result<i64, Refusal> {
        if let Some(user) = number(&query["user_id"]) {
            return self.open_dialog(user);
        }
        let chat = number(&query["chat_id"]).ok_or_else(Refusal::unknown_recipient)?;
        let is_group = self.chats.get(&chat).is_some_and(|chat| chat.user.is_none());
        if is_group { Ok(chat) } else { Err(Refusal::no_chat()) }
    }

    fn linked(&mut self, link: &Value) -> Result<Option<Value>, Refusal> {
        let Some(mid) = link.get("mid").and_then(Value::as_str) else { return Ok(None) };
        let (chat, message) = self.message_mut(mid).ok_or_else(|| Refusal::payload("Linked message not found"))?;
        let (sender, body) = (&message.json["sender"], &message.json["body"]);
        Ok(Some(json!({ "type": link["type"], "sender": sender, "chat_id": chat, "message": body })))
    }

    pub(super) fn edit(&mut self, query: &Value, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let mid = query["message_id"].as_str().unwrap_or_default();
        self.replace(mid, body, now_ms)
    }

    fn replace(&mut self, mid: &str, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let chat = self.own_message(mid)?;
        self.check_open(chat)?;
        self.keep_pace(chat, now_ms)?;
        let is_dialog = self.chats.get(&chat).is_some_and(|chat| chat.user.is_some());
        let Some((_, message)) = self.message_mut(mid) else { return Err(Refusal::payload("Message not found")) };
        if is_dialog && message.buttons.is_empty() && now_ms - message.at_ms >= EDIT_MS {
            return Err(Refusal::payload("Message is too old to be edited"));
        }
        message.edits += 1;
        if let Some(text) = body["text"].as_str() {
            message.json["body"]["text"] = json!(text);
        }
        // Absent or null leaves the attachments as they are.
        if let Some(attachments) = body["attachments"].as_array() {
            message.json["body"]["attachments"] = json!(attachments);
            message.show(attachments);
        }
        Ok(json!({ "success": true }))
    }

    pub(super) fn delete(&mut self, query: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let mid = query["message_id"].as_str().unwrap_or_default();
        let chat = self.own_message(mid)?;
        self.check_open(chat)?;
        self.keep_pace(chat, now_ms)?;
        if let Some((_, message)) = self.message_mut(mid) {
            message.is_deleted = true;
        }
        Ok(json!({ "success": true }))
    }

    fn own_message(&mut self, mid: &str) -> Result<i64, Refusal> {
        let own = self.message_mut(mid).filter(|(_, message)| message.is_from_bot);
        own.map(|(chat, _)| chat).ok_or_else(|| Refusal::payload("Message not found"))
    }

    /// Until when a press may be answered is not documented: here for ever, and more than once.
    pub(super) fn answer_press(&mut self, query: &Value, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let id = query["callback_id"].as_str().unwrap_or_default();
        let press = self.presses.get(id).ok_or_else(|| Refusal::payload("Callback not found"))?;
        let (chat, mid) = (press.chat, press.mid.clone());
        if body["message"].is_object() {
            self.replace(&mid, &body["message"], now_ms)?;
        } else {
            self.check_open(chat)?;
            self.keep_pace(chat, now_ms)?;
        }
        if let Some(press) = self.presses.get_mut(id) {
            press.answered = Some(body["notification"].as_str().unwrap_or_default().to_owned());
        }
        Ok(json!({ "success": true }))
    }

    pub(super) fn show_action(&mut self, chat: i64) -> Result<Value, Refusal> {
        self.check_open(chat)?;
        Ok(json!({ "success": true }))
    }

    /// Messages of one chat or by their ids, newest first.
    pub(super) fn history(&self, query: &Value) -> Result<Value, Refusal> {
        let count = query["count"].as_str().and_then(|text| text.parse().ok()).unwrap_or(HISTORY_DEFAULT);
        let count = usize::try_from(count.clamp(1, HISTORY_MAX)).unwrap_or_default();
        let listed = |messages: Vec<&Message>| {
            let alive = messages.into_iter().filter(|message| !message.is_deleted);
            json!({ "messages": alive.take(count).map(|message| message.json.clone()).collect::<Vec<_>>() })
        };
        if let Some(mids) = query["message_ids"].as_str() {
            let found = |mid| self.chats.values().find_map(|chat| chat.messages.get(mid));
            return Ok(listed(mids.split(',').filter_map(found).collect()));
        }
        let chat = number(&query["chat_id"]).ok_or_else(|| Refusal::payload("Invalid query"))?;
        let chat = self.chats.get(&chat).ok_or_else(Refusal::no_chat)?;
        Ok(listed(chat.messages.values().rev().collect()))
    }

    fn keep_pace(&mut self, chat: i64, now_ms: i64) -> Result<(), Refusal> {
        self.pace.as_mut().map_or(Ok(()), |pace| pace.message(chat, now_ms))
    }
}

impl Message {
    pub(super) fn show(&mut self, attachments: &[Value]) {
        self.buttons = keyboard::buttons(attachments);
        let callbacks = self.buttons.iter().flatten().filter(|button| button.kind == "callback");
        self.ever_shown.extend(callbacks.filter_map(|button| button.payload.clone()));
    }
}

fn number(value: &Value) -> Option<i64> {
    value.as_str()?.parse().ok()
}
