//! The other side: what people do in their own VK, and what an administrator does in the community's.
//!
//! A person appears with their first act; `user` is also the number of the dialog. Messages are named by their
//! `conversation_message_id`.

use serde_json::{Value, json};

use super::{
    Double, keyboard,
    ledger::Button,
    state::{Press, State},
};

impl Double {
    /// Makes a person known without a word from them: the community may not write first.
    pub fn know(&self, user: i64) {
        self.state().person(user);
    }

    /// Gives a person a name.
    pub fn name(&self, user: i64, first_name: &str, last_name: &str) {
        let mut state = self.state();
        let person = state.person(user);
        first_name.clone_into(&mut person.first_name);
        last_name.clone_into(&mut person.last_name);
    }

    /// The person's app cannot send presses of callback buttons; `client_info` of their messages says so.
    pub fn client_app_lacks_callback(&self, user: i64) {
        self.state().person(user).button_actions.retain(|action| *action != "callback");
    }

    /// Every message to this person is refused with this error: 18 when VK blocked them, 900 on a black list, 902 by
    /// their privacy, 950 when the time to reply is over. `None` lifts it.
    pub fn refuse_for(&self, user: i64, code: Option<i64>) {
        self.state().person(user).refused_with = code;
    }

    /// The next message of this person comes shortened, `is_cropped`; the API has all of it.
    pub fn crop_next(&self, user: i64) {
        self.state().person(user).is_next_cropped = true;
    }

    /// Says a text; returns its `conversation_message_id`.
    pub fn client_says(&self, user: i64, text: &str, now_ms: i64) -> i64 {
        self.acts(|state| state.client_message(user, text, &json!({}), now_ms))
    }

    /// Presses Start. `source` is `ref` and `ref_source` of the link that brought the person.
    pub fn client_starts(&self, user: i64, source: Option<(&str, &str)>, now_ms: i64) -> i64 {
        let mut extra = json!({ "payload": "{\"command\":\"start\"}" });
        if let Some((reference, reference_source)) = source {
            extra["ref"] = json!(reference);
            extra["ref_source"] = json!(reference_source);
        }
        self.acts(|state| state.client_message(user, "Начать", &extra, now_ms))
    }

    /// Answers an earlier message of the dialog.
    pub fn client_replies(&self, user: i64, to_cmid: i64, text: &str, now_ms: i64) -> i64 {
        self.acts(|state| {
            let asked = state.message_json(user, to_cmid);
            let extra = if asked.is_null() { json!({}) } else { json!({ "reply_message": asked }) };
            state.client_message(user, text, &extra, now_ms)
        })
    }

    /// Something other than a text, made by [`super::attachment`]; `text` stands beside it.
    pub fn client_sends(&self, user: i64, attachment: Value, text: &str, now_ms: i64) -> i64 {
        self.acts(|state| state.client_message(user, text, &json!({ "attachments": [attachment] }), now_ms))
    }

    /// A place on the map, in degrees; it stands beside the attachments.
    pub fn client_sends_place(&self, user: i64, latitude: f64, longitude: f64, now_ms: i64) -> i64 {
        let geo = json!({ "type": "point", "coordinates": { "latitude": latitude, "longitude": longitude } });
        self.acts(|state| state.client_message(user, "", &json!({ "geo": geo }), now_ms))
    }

    /// Presses a text button with this label that stands in the dialog now, inline or under the input line. Returns the
    /// `conversation_message_id`, or none when there is no such button.
    pub fn client_presses_text(&self, user: i64, label: &str, now_ms: i64) -> Option<i64> {
        self.acts(|state| {
            let person = state.people.get(&user)?;
            let is_pressed = |button: &&Button| button.kind == "text" && button.label == label;
            let shown = person.messages.values().rev().filter(|message| !message.is_deleted);
            let inline = shown.filter(|message| message.json.get("keyboard").is_some());
            let inline = inline.flat_map(|message| message.buttons.iter().flatten()).find(is_pressed).cloned();
            let is_inline = inline.is_some();
            let regular = || {
                let buttons = keyboard::buttons(person.keyboard.as_ref()?);
                buttons.iter().flatten().find(is_pressed).cloned()
            };
            let button = inline.or_else(regular)?;
            if !is_inline && person.keyboard.as_ref().is_some_and(|keyboard| keyboard["one_time"] == true) {
                state.person(user).keyboard = None;
            }
            let extra = button.payload.map_or(json!({}), |payload| json!({ "payload": payload }));
            Some(state.client_message(user, label, &extra, now_ms))
        })
    }

    /// Presses a callback button of a message; `payload` is the JSON text we gave it. Returns the `event_id` of the
    /// press; none when the message never had such a button or the person's app cannot press it.
    pub fn client_presses(&self, user: i64, cmid: i64, payload: &str, now_ms: i64) -> Option<String> {
        self.acts(|state| state.press(user, cmid, payload, now_ms))
    }

    /// Edits an earlier message of the person's own; false when there is none.
    pub fn client_edits(&self, user: i64, cmid: i64, text: &str, now_ms: i64) -> bool {
        self.acts(|state| {
            let Some(message) = state.message_mut(user, cmid).filter(|message| !message.is_out) else { return false };
            message.edits += 1;
            message.json["text"] = json!(text);
            message.json["update_time"] = json!(now_ms / 1000);
            let object = message.json.clone();
            state.enqueue("message_edit", object, now_ms);
            true
        })
    }

    /// Denies messages: every send is refused until the person writes or allows them again.
    pub fn client_denies(&self, user: i64, now_ms: i64) {
        self.acts(|state| {
            state.person(user).is_open = false;
            state.enqueue("message_deny", json!({ "user_id": user }), now_ms);
        });
    }

    /// Allows messages, say in a widget; `key` is what the widget was given.
    pub fn client_allows(&self, user: i64, key: &str, now_ms: i64) {
        self.acts(|state| {
            state.person(user).is_open = true;
            state.enqueue("message_allow", json!({ "user_id": user, "key": key }), now_ms);
        });
    }

    /// Reads everything the community wrote; false when that is nothing.
    pub fn client_reads(&self, user: i64, now_ms: i64) -> bool {
        self.acts(|state| {
            let person = state.person(user);
            let Some((cmid, message)) = person.messages.iter().rev().find(|(_, message)| message.is_out) else {
                return false;
            };
            person.out_read = message.id;
            let object = json!({
                "from_id": user, "peer_id": user, "read_message_id": message.id, "conversation_message_id": cmid,
            });
            state.enqueue("message_read", object, now_ms);
            true
        })
    }

    /// An administrator answers in VK itself; returns the `conversation_message_id`.
    pub fn admin_answers(&self, user: i64, admin: i64, text: &str, now_ms: i64) -> i64 {
        self.acts(|state| {
            let cmid = state.put_message(user, true, text, &json!({ "admin_author_id": admin }), now_ms);
            let object = state.message_json(user, cmid);
            state.enqueue("message_reply", object, now_ms);
            cmid
        })
    }
}

impl State {
    /// Who writes has allowed messages by that.
    fn client_message(&mut self, user: i64, text: &str, extra: &Value, now_ms: i64) -> i64 {
        let cmid = self.put_message(user, false, text, extra, now_ms);
        let person = self.person(user);
        person.is_open = true;
        let is_cropped = std::mem::take(&mut person.is_next_cropped);
        let client_info = json!({
            "button_actions": person.button_actions, "keyboard": true, "inline_keyboard": true, "carousel": true,
            "lang_id": 0,
        });
        let mut message = self.message_json(user, cmid);
        if is_cropped {
            message["is_cropped"] = json!(true);
            message["text"] = json!(text.chars().take(text.chars().count() / 2).collect::<String>());
            message["attachments"] = json!([]);
        }
        self.enqueue("message_new", json!({ "message": message, "client_info": client_info }), now_ms);
        cmid
    }

    fn press(&mut self, user: i64, cmid: i64, payload: &str, now_ms: i64) -> Option<String> {
        let person = self.people.get(&user)?;
        let message = person.messages.get(&cmid).filter(|message| message.is_out)?;
        let is_button = message
            .ever_shown
            .iter()
            .any(|button| button.kind == "callback" && button.payload.as_deref() == Some(payload));
        if !is_button || !person.button_actions.contains(&"callback") {
            return None;
        }
        let payload = serde_json::from_str::<Value>(payload).ok()?;
        let id = self.new_press_id();
        self.presses.insert(id.clone(), Press { user, at_ms: now_ms, answered: None });
        let object = json!({
            "user_id": user, "peer_id": user, "event_id": id, "payload": payload, "conversation_message_id": cmid,
        });
        self.enqueue("message_event", object, now_ms);
        Some(id)
    }
}
