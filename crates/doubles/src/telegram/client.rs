//! The other side: what people do in their own Telegram.
//!
//! A person appears with their first act; `user` is also the number of their private chat.

use serde_json::{Value, json};

use super::{
    Double,
    state::{Chat, Message, Press, State},
};

impl Double {
    /// Makes a person known to the bot without a word from them: the bot may not write first.
    pub fn know(&self, user: i64) {
        self.state().person(user);
    }

    /// Gives a person a name in the messages to come.
    pub fn name(&self, user: i64, first_name: &str) {
        let mut state = self.state();
        state.person(user).user["first_name"] = json!(first_name);
        if let Some(chat) = state.chats.get_mut(&user) {
            chat.chat["first_name"] = json!(first_name);
        }
    }

    /// A group the bot is a member of; `chat` is negative.
    pub fn group(&self, chat: i64, title: &str) {
        let chat_json = json!({ "id": chat, "type": "group", "title": title });
        let group = Chat { chat: chat_json, is_group: true, migrated_to: None, messages: Default::default() };
        self.state().chats.insert(chat, group);
    }

    /// Turns a group into a supergroup with another number: calls with the old one are refused with the new one.
    pub fn migrate_group(&self, from_chat: i64, to_chat: i64, title: &str) {
        self.group(to_chat, title);
        let mut state = self.state();
        if let Some(chat) = state.chats.get_mut(&to_chat) {
            chat.chat["type"] = json!("supergroup");
        }
        if let Some(chat) = state.chats.get_mut(&from_chat) {
            chat.migrated_to = Some(to_chat);
        }
    }

    /// A private message; returns its `message_id`. `/start …` is written the same way.
    pub fn client_says(&self, user: i64, text: &str, now_ms: i64) -> i64 {
        self.write(user, user, text, now_ms)
    }

    /// A message in a group.
    pub fn says_in_group(&self, chat: i64, user: i64, text: &str, now_ms: i64) -> i64 {
        self.write(chat, user, text, now_ms)
    }

    fn write(&self, chat: i64, user: i64, text: &str, now_ms: i64) -> i64 {
        let mut content = json!({ "text": text });
        if text.starts_with('/') {
            let length = text.split_whitespace().next().unwrap_or_default().encode_utf16().count();
            content["entities"] = json!([{ "offset": 0, "length": length, "type": "bot_command" }]);
        }
        self.acts(|state| state.client_message(chat, user, text, content, now_ms))
    }

    /// A private message that answers an earlier one of the chat.
    pub fn client_replies(&self, user: i64, to_message_id: i64, text: &str, now_ms: i64) -> i64 {
        self.acts(|state| {
            let mut content = json!({ "text": text });
            let asked = state.chats.get(&user).and_then(|chat| chat.messages.get(&to_message_id));
            if let Some(asked) = asked {
                content["reply_to_message"] = asked.json.clone();
            }
            state.client_message(user, user, text, content, now_ms)
        })
    }

    /// Something other than a text: `field` is `voice`, `photo`, `sticker`, `location`…, `content` its JSON.
    pub fn client_sends(&self, user: i64, field: &str, content: Value, now_ms: i64) -> i64 {
        self.acts(|state| state.client_message(user, user, "", json!({ field: content }), now_ms))
    }

    /// A voice note, Opus in Ogg, of so many seconds; its file can be fetched.
    pub fn client_says_aloud(&self, user: i64, opus: &[u8], seconds: u32, now_ms: i64) -> i64 {
        self.acts(|state| {
            let file_id = format!("AwACAgIAAxkBAAIB{}", state.files.len());
            state.files.insert(file_id.clone(), opus.to_vec());
            let voice = json!({
                "file_id": file_id, "file_unique_id": format!("u{file_id}"), "duration": seconds,
                "mime_type": "audio/ogg", "file_size": opus.len(),
            });
            state.client_message(user, user, "", json!({ "voice": voice }), now_ms)
        })
    }

    /// Shares the person's own number by the button, as a reply to the message that asked for it. `phone` may lack "+".
    pub fn client_shares_contact(&self, user: i64, phone: &str, now_ms: i64) -> i64 {
        self.acts(|state| state.contact(user, phone, Some(user), now_ms))
    }

    /// Forwards somebody else's card: `user_id` is not the sender's, or is missing.
    pub fn client_forwards_contact(&self, user: i64, phone: &str, owner: Option<i64>, now_ms: i64) -> i64 {
        self.acts(|state| state.contact(user, phone, owner, now_ms))
    }

    /// Presses a button of the private chat. Returns the query's id, or none when the message never had such a button.
    pub fn client_presses(&self, user: i64, message_id: i64, data: &str, now_ms: i64) -> Option<String> {
        self.presses_in_chat(user, user, message_id, data, now_ms)
    }

    /// Presses a button of a message in any chat, such as the staff group.
    pub fn presses_in_chat(&self, chat: i64, user: i64, message_id: i64, data: &str, now_ms: i64) -> Option<String> {
        self.acts(|state| state.press(chat, user, message_id, data, now_ms))
    }

    /// Edits an earlier message of the person's own; false when there is none.
    pub fn client_edits(&self, user: i64, message_id: i64, text: &str, now_ms: i64) -> bool {
        self.acts(|state| {
            let Some(message) = state.message_mut(user, message_id).filter(|message| !message.is_from_bot) else {
                return false;
            };
            text.clone_into(&mut message.text);
            message.edits += 1;
            message.json["text"] = json!(text);
            message.json["edit_date"] = json!(now_ms / 1000);
            let content = message.json.clone();
            state.enqueue("edited_message", user, content, now_ms);
            true
        })
    }

    /// Blocks the bot: every call about this chat is refused until the person writes again.
    pub fn client_blocks(&self, user: i64, now_ms: i64) {
        self.acts(|state| state.set_blocked(user, true, now_ms));
    }

    pub fn client_unblocks(&self, user: i64, now_ms: i64) {
        self.acts(|state| state.set_blocked(user, false, now_ms));
    }

    /// Deletes the person's account. Telegram tells the bot nothing.
    pub fn client_leaves_telegram(&self, user: i64) {
        self.state().person(user).is_deactivated = true;
    }

    fn acts<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let done = act(&mut self.state());
        self.wake();
        done
    }
}

impl State {
    fn client_message(&mut self, chat: i64, user: i64, text: &str, content: Value, now_ms: i64) -> i64 {
        if self.person(user).has_blocked {
            self.set_blocked(user, false, now_ms);
        }
        if chat == user {
            self.person(user).has_started = true;
        }
        let from = self.person(user).user.clone();
        let message_id = self.new_message_id();
        let chat_json = self.chats.get(&chat).map(|chat| chat.chat.clone());
        let chat_json = chat_json.unwrap_or_else(|| json!({ "id": chat, "type": "group", "title": "Смена" }));
        let mut json = json!({ "message_id": message_id, "from": from, "chat": chat_json, "date": now_ms / 1000 });
        if let (Some(object), Value::Object(content)) = (json.as_object_mut(), content) {
            object.extend(content);
        }
        let message = Message::new(false, text.to_owned(), json.clone(), now_ms);
        if let Some(chat) = self.chats.get_mut(&chat) {
            chat.messages.insert(message_id, message);
        }
        self.enqueue("message", chat, json, now_ms);
        message_id
    }

    fn contact(&mut self, user: i64, phone: &str, owner: Option<i64>, now_ms: i64) -> i64 {
        let first_name = self.person(user).user["first_name"].clone();
        let mut content = json!({ "contact": { "phone_number": phone, "first_name": first_name } });
        if let Some(owner) = owner {
            content["contact"]["user_id"] = json!(owner);
        }
        let asked = self.chats.get(&user).and_then(|chat| {
            let mut latest = chat.messages.values().rev();
            latest.find(|message| message.buttons.iter().flatten().any(|button| button.asks_contact))
        });
        if let Some(asked) = asked {
            content["reply_to_message"] = asked.json.clone();
        }
        self.client_message(user, user, "", content, now_ms)
    }

    fn press(&mut self, chat: i64, user: i64, message_id: i64, data: &str, now_ms: i64) -> Option<String> {
        let from = self.person(user).user.clone();
        let message = self.chats.get(&chat)?.messages.get(&message_id)?;
        if !message.ever_shown.contains(data) {
            return None;
        }
        let shown = if message.is_deleted {
            json!({ "chat": self.chats[&chat].chat, "message_id": message_id, "date": 0 })
        } else {
            message.json.clone()
        };
        let id = self.new_press_id();
        let query = json!({
            "id": id, "from": from, "message": shown, "chat_instance": format!("-43123456{chat}"), "data": data,
        });
        self.presses.insert(id.clone(), Press { at_ms: now_ms, answered: None });
        self.enqueue("callback_query", user, query, now_ms);
        Some(id)
    }

    fn set_blocked(&mut self, user: i64, is_blocked: bool, now_ms: i64) {
        let person = self.person(user);
        person.has_blocked = is_blocked;
        let from = person.user.clone();
        let bot = self.bot_user();
        let kicked = json!({ "user": bot, "status": "kicked", "until_date": 0 });
        let member = json!({ "user": bot, "status": "member" });
        let (old, new) = if is_blocked { (member, kicked) } else { (kicked, member) };
        let content = json!({
            "chat": self.chats[&user].chat, "from": from, "date": now_ms / 1000,
            "old_chat_member": old, "new_chat_member": new,
        });
        self.enqueue("my_chat_member", user, content, now_ms);
    }
}
