//! What the community does: sends, edits, deletes, answers presses, shows that it types, marks as read.

use serde_json::{Value, json};

use super::{
    form::is_on,
    keyboard,
    refusal::Refusal,
    schema,
    state::{FIRST_GROUP_CHAT, Message, Sent, State},
};

/// The vendor's schema says 9000; which is enforced is not confirmed, and we promised to stay below this.
const TEXT_CHARS_MAX: usize = 4_096;
/// For how long a `random_id` is remembered; the vendor's figure is not confirmed.
const RANDOM_ID_MS: i64 = 3_600_000;
/// For how long a message is edited, or deleted for all; the sheets say only that old ones are not.
const CHANGE_MS: i64 = 24 * 3_600_000;
/// How long a press waits for an answer; not confirmed.
const PRESS_MS: i64 = 60_000;

impl State {
    pub(super) fn send(&mut self, call: &Value, now_ms: i64) -> Result<Value, Refusal> {
        if call.get("domain").or(call.get("chat_id")).is_some() {
            self.fail("messages.send: the recipient is peer_id, user_id or peer_ids".to_owned());
            return Err(Refusal::parameter("peer_id is invalid"));
        }
        let text = self.read_text("messages.send", call)?;
        let keyboard = self.read_keyboard("messages.send", call)?;
        if let Some(peers) = call["peer_ids"].as_array() {
            let peers = peers.iter().filter_map(Value::as_i64).collect::<Vec<_>>();
            return Ok(peers
                .into_iter()
                .map(|peer| self.send_item(peer, &text, keyboard.as_ref(), call, now_ms))
                .collect());
        }
        let peer = call["peer_id"].as_i64().or(call["user_id"].as_i64()).unwrap_or_default();
        self.send_to(peer, &text, keyboard.as_ref(), call, now_ms).map(|(message_id, _)| json!(message_id))
    }

    fn send_item(&mut self, peer: i64, text: &str, keyboard: Option<&Value>, call: &Value, now_ms: i64) -> Value {
        match self.send_to(peer, text, keyboard, call, now_ms) {
            Ok((id, cmid)) => json!({ "peer_id": peer, "message_id": id, "conversation_message_id": cmid }),
            Err(refusal) => json!({ "peer_id": peer, "message_id": 0, "error": refusal.into_item() }),
        }
    }

    /// Returns the numbers of the message: a new one, or the one this `random_id` made within the hour.
    fn send_to(
        &mut self,
        peer: i64,
        text: &str,
        keyboard: Option<&Value>,
        call: &Value,
        now_ms: i64,
    ) -> Result<(i64, i64), Refusal> {
        self.check_open(peer)?;
        let random_id = call["random_id"].as_i64().unwrap_or_default();
        let earlier = self.sent.get(&(peer, random_id));
        if let Some(sent) = earlier.filter(|sent| random_id != 0 && now_ms - sent.at_ms < RANDOM_ID_MS) {
            return Ok((sent.message_id, sent.cmid));
        }
        let mut extra = json!({ "random_id": random_id });
        if let Some(payload) = call["payload"].as_str() {
            extra["payload"] = json!(payload);
        }
        let cmid = self.put_message(peer, true, text, &extra, now_ms);
        if let Some(keyboard) = keyboard {
            self.show_keyboard(peer, cmid, keyboard);
        }
        let object = self.message_json(peer, cmid);
        let message_id = object["id"].as_i64().unwrap_or_default();
        self.sent.insert((peer, random_id), Sent { message_id, cmid, at_ms: now_ms });
        self.enqueue("message_reply", object, now_ms);
        Ok((message_id, cmid))
    }

    fn read_text(&mut self, method: &str, call: &Value) -> Result<String, Refusal> {
        let text = call["message"].as_str().unwrap_or_default();
        if text.chars().count() > TEXT_CHARS_MAX {
            self.fail(format!("{method}: the message is longer than {TEXT_CHARS_MAX} characters"));
            return Err(Refusal::new(914));
        }
        Ok(text.to_owned())
    }

    fn read_keyboard(&mut self, method: &str, call: &Value) -> Result<Option<Value>, Refusal> {
        let Some(text) = call["keyboard"].as_str() else { return Ok(None) };
        keyboard::read(text).map(Some).map_err(|broken| {
            self.fail(format!("{method}: the keyboard {broken}"));
            Refusal::new(911)
        })
    }

    /// An inline keyboard belongs to its message; a regular one replaces that of the dialog, an empty one takes it
    /// away.
    fn show_keyboard(&mut self, peer: i64, cmid: i64, keyboard: &Value) {
        let person = self.person(peer);
        if !keyboard::is_inline(keyboard) {
            let is_empty = keyboard::buttons(keyboard).is_empty();
            person.keyboard = (!is_empty).then(|| keyboard.clone());
        }
        if let Some(message) = person.messages.get_mut(&cmid) {
            message.show(Some(keyboard));
        }
    }

    /// An edit without a keyboard takes the inline one away; the sheets do not say so, users of the API do.
    pub(super) fn edit(&mut self, call: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let peer = call["peer_id"].as_i64().unwrap_or_default();
        let text = self.read_text("messages.edit", call)?;
        let keyboard = self.read_keyboard("messages.edit", call)?;
        if text.is_empty() && call.get("attachment").is_none() {
            self.fail("messages.edit: neither message nor attachment".to_owned());
            return Err(Refusal::parameter("message is undefined"));
        }
        self.check_open(peer)?;
        let cmid = self.named_message(peer, call)?;
        let message = self.message_mut(peer, cmid).filter(|message| message.is_out);
        let message = message.ok_or(Refusal::parameter("message is invalid"))?;
        if now_ms - message.at_ms >= CHANGE_MS {
            return Err(Refusal::new(909));
        }
        message.edits += 1;
        message.json["text"] = json!(text);
        message.json["update_time"] = json!(now_ms / 1000);
        message.show(keyboard.as_ref());
        Ok(json!(1))
    }

    fn named_message(&self, peer: i64, call: &Value) -> Result<i64, Refusal> {
        if let Some(cmid) = call["cmid"].as_i64() {
            return Ok(cmid);
        }
        let id = call["message_id"].as_i64().ok_or(Refusal::parameter("message_id is undefined"))?;
        self.cmid_of(peer, id).ok_or(Refusal::parameter("message_id is invalid"))
    }

    fn cmid_of(&self, peer: i64, id: i64) -> Option<i64> {
        let messages = &self.people.get(&peer)?.messages;
        messages.iter().find(|(_, message)| message.id == id).map(|(cmid, _)| *cmid)
    }

    pub(super) fn delete(&mut self, call: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let numbers = |name: &str| {
            let numbers = call[name].as_array().into_iter().flatten().filter_map(Value::as_i64);
            numbers.collect::<Vec<_>>()
        };
        let named = match call["peer_id"].as_i64() {
            Some(peer) if call.get("cmids").is_some() => {
                numbers("cmids").into_iter().map(|cmid| (peer, cmid)).collect::<Vec<_>>()
            }
            _ => {
                let place = |id| self.people.keys().find_map(|peer| Some((*peer, self.cmid_of(*peer, id)?)));
                numbers("message_ids").into_iter().filter_map(place).collect()
            }
        };
        if named.is_empty() {
            return Err(Refusal::parameter("message_ids is undefined"));
        }
        let is_for_all = is_on(&call["delete_for_all"]);
        Ok(named.into_iter().map(|(peer, cmid)| self.delete_item(peer, cmid, is_for_all, now_ms)).collect())
    }

    fn delete_item(&mut self, peer: i64, cmid: i64, is_for_all: bool, now_ms: i64) -> Value {
        let mut item = json!({ "peer_id": peer, "message_id": 0, "conversation_message_id": cmid, "response": 0 });
        let Some(message) = self.message_mut(peer, cmid) else {
            item["error"] = Refusal::new(100).into_item();
            return item;
        };
        item["message_id"] = json!(message.id);
        if is_for_all && (!message.is_out || now_ms - message.at_ms >= CHANGE_MS) {
            item["error"] = Refusal::new(924).into_item();
            return item;
        }
        // Deleted for the community alone, the message stays before the person's eyes.
        message.is_deleted = is_for_all;
        item["response"] = json!(1);
        item
    }

    pub(super) fn answer_press(&mut self, call: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let data = match call["event_data"].as_str() {
            Some(text) => serde_json::from_str::<Value>(text)
                .map_err(|_| "is no JSON".to_owned())
                .and_then(|data| schema::check_request("event_data", &data).map(|()| data)),
            None => Ok(Value::Null),
        };
        let data = data.map_err(|broken| {
            self.fail(format!("messages.sendMessageEventAnswer: event_data {broken}"));
            Refusal::parameter("event_data is invalid")
        })?;
        let (user, peer) = (&call["user_id"], &call["peer_id"]);
        let press = self.presses.get_mut(call["event_id"].as_str().unwrap_or_default());
        let press = press.filter(|press| *user == press.user && *peer == press.user);
        let press = press.filter(|press| press.answered.is_none() && now_ms - press.at_ms <= PRESS_MS);
        press.ok_or(Refusal::parameter("event_id is invalid"))?.answered = Some(data);
        Ok(json!(1))
    }

    pub(super) fn set_activity(&mut self, call: &Value) -> Result<Value, Refusal> {
        let peer = call["peer_id"].as_i64().or(call["user_id"].as_i64());
        self.check_open(peer.ok_or(Refusal::parameter("peer_id is undefined"))?)?;
        Ok(json!(1))
    }

    pub(super) fn mark_as_read(&mut self, call: &Value) -> Result<Value, Refusal> {
        let peer = call["peer_id"].as_i64().ok_or(Refusal::parameter("peer_id is undefined"))?;
        if peer >= FIRST_GROUP_CHAT {
            return Err(Refusal::new(917));
        }
        let person = self.people.get_mut(&peer).ok_or(Refusal::new(936))?;
        let up_to = call["up_to_cmid"].as_i64().unwrap_or(i64::MAX);
        let read = person.messages.range(..=up_to).rev().find(|(_, message)| !message.is_out);
        person.in_read = read.map_or(person.in_read, |(_, message)| person.in_read.max(message.id));
        Ok(json!(1))
    }
}

impl Message {
    /// Only an inline keyboard stays in the message itself.
    fn show(&mut self, keyboard: Option<&Value>) {
        self.buttons = keyboard.map(keyboard::buttons).unwrap_or_default();
        self.ever_shown.extend(self.buttons.iter().flatten().cloned());
        let Some(object) = self.json.as_object_mut() else { return };
        object.remove("keyboard");
        if let Some(inline) = keyboard.filter(|keyboard| keyboard::is_inline(keyboard)) {
            object.insert("keyboard".to_owned(), inline.clone());
        }
    }
}
