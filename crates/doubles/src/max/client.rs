//! The other side: what people do in their own MAX.
//!
//! A person appears with their first act; `user` is their number. Who has not pressed Start does so before anything
//! else, as the app demands.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{
    Double,
    state::{Bond, Chat, Content, Press, State},
};

const LOCALE: &str = "ru";

/// `hash` of a shared contact: hex of HMAC-SHA256 with the bot's token over `vcf_info` after JSON decoding.
pub fn contact_hash(token: &str, vcf_info: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(vcf_info.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Double {
    /// Makes a person known without a word from them: the bot may not write first.
    pub fn know(&self, user: i64) {
        self.state().person(user);
    }

    /// Gives a person a name in the messages to come.
    pub fn name(&self, user: i64, first_name: &str, last_name: &str) {
        let mut state = self.state();
        let person = &mut state.person(user).user;
        person["first_name"] = json!(first_name);
        person["last_name"] = json!(last_name);
        person["name"] = json!(format!("{first_name} {last_name}"));
    }

    /// The number of a person's dialog, as updates name it.
    pub fn dialog_of(&self, user: i64) -> i64 {
        self.state().person(user).dialog
    }

    /// A group that `user` takes the bot into; `chat` is negative.
    pub fn group(&self, chat: i64, user: i64, now_ms: i64) {
        self.acts(|state| {
            state.chats.insert(chat, Chat { user: None, messages: Default::default() });
            let user = state.person(user).user.clone();
            let update = json!({
                "update_type": "bot_added", "timestamp": now_ms, "chat_id": chat, "user": user, "is_channel": false,
            });
            state.enqueue(update, now_ms);
        });
    }

    /// Presses Start; `payload` is that of the link `?start=…`.
    pub fn client_starts(&self, user: i64, payload: Option<&str>, now_ms: i64) {
        self.acts(|state| state.start(user, payload, now_ms));
    }

    /// Says a text; returns its `mid`.
    pub fn client_says(&self, user: i64, text: &str, now_ms: i64) -> String {
        self.acts(|state| state.client_message(user, &Content::new(text, &[]), now_ms))
    }

    /// Answers an earlier message of the dialog.
    pub fn client_replies(&self, user: i64, to_mid: &str, text: &str, now_ms: i64) -> String {
        self.acts(|state| {
            let dialog = state.person(user).dialog;
            let asked = state.message_json(dialog, to_mid);
            let link = (!asked.is_null()).then(
                || json!({ "type": "reply", "sender": asked["sender"], "chat_id": dialog, "message": asked["body"] }),
            );
            state.client_message(user, &Content { text, attachments: &[], link }, now_ms)
        })
    }

    /// Says a text in a group.
    pub fn says_in_group(&self, chat: i64, user: i64, text: &str, now_ms: i64) -> String {
        self.acts(|state| state.message_in(chat, user, &Content::new(text, &[]), now_ms))
    }

    /// Something other than a text, made by [`super::attachment`]; `text` is its caption.
    pub fn client_sends(&self, user: i64, attachment: Value, text: &str, now_ms: i64) -> String {
        self.acts(|state| state.client_message(user, &Content::new(text, &[attachment]), now_ms))
    }

    /// Shares the person's own number by the button: the card carries the genuine hash. `phone` is digits.
    pub fn client_shares_contact(&self, user: i64, phone: &str, now_ms: i64) -> String {
        self.acts(|state| {
            let person = state.person(user).user.clone();
            let card = card(person["name"].as_str().unwrap_or_default(), phone);
            let hash = contact_hash(&state.token, &card);
            let payload = json!({ "vcf_info": card, "hash": hash, "max_info": person });
            let contact = json!({ "type": "contact", "payload": payload });
            state.client_message(user, &Content::new("", &[contact]), now_ms)
        })
    }

    /// Forwards somebody else's card, which has no hash or one that does not fit.
    pub fn client_forwards_contact(
        &self,
        user: i64,
        name: &str,
        phone: &str,
        hash: Option<&str>,
        now_ms: i64,
    ) -> String {
        let payload = json!({ "vcf_info": card(name, phone), "hash": hash, "max_info": null });
        self.client_sends(user, json!({ "type": "contact", "payload": payload }), "", now_ms)
    }

    /// Presses a button of the dialog. Returns the `callback_id`, or none when the message never had such a button.
    pub fn client_presses(&self, user: i64, mid: &str, payload: &str, now_ms: i64) -> Option<String> {
        let chat = self.dialog_of(user);
        self.presses_in_chat(chat, user, mid, payload, now_ms)
    }

    /// Presses a button of a message in any chat, such as the staff group.
    pub fn presses_in_chat(&self, chat: i64, user: i64, mid: &str, payload: &str, now_ms: i64) -> Option<String> {
        self.acts(|state| state.press(chat, user, mid, payload, now_ms))
    }

    /// Edits an earlier message of the person's own; false when there is none.
    pub fn client_edits(&self, user: i64, mid: &str, text: &str, now_ms: i64) -> bool {
        self.acts(|state| {
            let own = state.message_mut(mid).filter(|(_, message)| message.json["sender"]["user_id"] == user);
            let Some((_, message)) = own else { return false };
            message.edits += 1;
            message.json["body"]["text"] = json!(text);
            let update =
                json!({ "update_type": "message_edited", "timestamp": now_ms, "message": message.json.clone() });
            state.enqueue(update, now_ms);
            true
        })
    }

    /// Removes an earlier message of the person's own; false when there is none.
    pub fn client_removes(&self, user: i64, mid: &str, now_ms: i64) -> bool {
        self.acts(|state| {
            let own = state.message_mut(mid).filter(|(_, message)| message.json["sender"]["user_id"] == user);
            let Some((chat, message)) = own else { return false };
            message.is_deleted = true;
            let update = json!({
                "update_type": "message_removed", "timestamp": now_ms, "message_id": mid, "chat_id": chat,
                "user_id": user,
            });
            state.enqueue(update, now_ms);
            true
        })
    }

    /// Stops the bot: every call about this dialog is refused until the person starts it again.
    pub fn client_stops(&self, user: i64, now_ms: i64) {
        self.acts(|state| state.leave(user, "bot_stopped", Bond::Stopped, now_ms));
    }

    /// Removes the dialog, which stops the bot as well.
    pub fn client_removes_dialog(&self, user: i64, now_ms: i64) {
        self.acts(|state| {
            state.leave(user, "bot_stopped", Bond::Stopped, now_ms);
            state.leave(user, "dialog_removed", Bond::Removed, now_ms);
        });
    }

    fn acts<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let done = act(&mut self.state());
        self.wake();
        done
    }
}

impl State {
    fn start(&mut self, user: i64, payload: Option<&str>, now_ms: i64) {
        let person = self.person(user);
        person.bond = Bond::Started;
        let mut update = json!({
            "update_type": "bot_started", "timestamp": now_ms, "chat_id": person.dialog, "user": person.user,
            "user_locale": LOCALE,
        });
        if let Some(payload) = payload {
            update["payload"] = json!(payload);
        }
        self.enqueue(update, now_ms);
    }

    fn client_message(&mut self, user: i64, content: &Content<'_>, now_ms: i64) -> String {
        if self.person(user).bond != Bond::Started {
            self.start(user, None, now_ms);
        }
        let dialog = self.person(user).dialog;
        self.message_in(dialog, user, content, now_ms)
    }

    fn message_in(&mut self, chat: i64, user: i64, content: &Content<'_>, now_ms: i64) -> String {
        let mid = self.put_message(chat, Some(user), content, now_ms);
        let message = self.message_json(chat, &mid);
        let update = json!({
            "update_type": "message_created", "timestamp": now_ms, "user_locale": LOCALE, "message": message,
        });
        self.enqueue(update, now_ms);
        mid
    }

    fn press(&mut self, chat: i64, user: i64, mid: &str, payload: &str, now_ms: i64) -> Option<String> {
        let from = self.person(user).user.clone();
        let message = self.chats.get(&chat)?.messages.get(mid)?;
        if !message.ever_shown.contains(payload) {
            return None;
        }
        let id = self.new_press_id();
        let callback = json!({ "timestamp": now_ms, "callback_id": id, "payload": payload, "user": from });
        let update = json!({
            "update_type": "message_callback", "timestamp": now_ms, "user_locale": LOCALE, "callback": callback,
            "message": self.message_json(chat, mid),
        });
        self.presses.insert(id.clone(), Press { chat, mid: mid.to_owned(), answered: None });
        self.enqueue(update, now_ms);
        Some(id)
    }

    fn leave(&mut self, user: i64, kind: &str, bond: Bond, now_ms: i64) {
        let person = self.person(user);
        person.bond = bond;
        let update = json!({
            "update_type": kind, "timestamp": now_ms, "chat_id": person.dialog, "user": person.user,
            "user_locale": LOCALE,
        });
        self.enqueue(update, now_ms);
    }
}

/// Lines end as vCard has them, with CRLF.
fn card(name: &str, phone: &str) -> String {
    let lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "PRODID:ez-vcard 0.12.1",
        &format!("FN:{name}"),
        &format!("TEL;TYPE=cell:{phone}"),
        "END:VCARD",
        "",
    ];
    lines.join("\r\n")
}
