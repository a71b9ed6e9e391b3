//! The other side: what people do in their own WhatsApp.
//!
//! A person is named by the digits of their phone or by their business-scoped id, and appears with their first act; one
//! named by the id hides the number. Each message returns its wamid.

use serde_json::{Value, json};

use super::{
    Double, State,
    ledger::Status,
    state::{AdVisit, Message},
};

impl Double {
    /// Somebody with WhatsApp who never wrote: outside every window.
    pub fn know(&self, person: &str, name: &str) {
        let mut state = self.state();
        let person = state.person(person);
        name.clone_into(&mut state.people[person].name);
    }

    pub fn client_says(&self, person: &str, text: &str, now_ms: i64) -> String {
        self.client_sends(person, "text", json!({ "body": text }), now_ms)
    }

    /// A text that answers a message of the chat.
    pub fn client_replies(&self, person: &str, to_wamid: &str, text: &str, now_ms: i64) -> String {
        self.act(|state| {
            let context = state.context(to_wamid);
            state.hear(person, json!({ "type": "text", "text": { "body": text }, "context": context }), now_ms)
        })
    }

    /// Anything without a file or a press: `kind` is `text`, `location`, `contacts`, `reaction`, `order`…, `content` its
    /// JSON.
    pub fn client_sends(&self, person: &str, kind: &str, content: Value, now_ms: i64) -> String {
        self.act(|state| state.hear(person, json!({ "type": kind, kind: content }), now_ms))
    }

    /// A file: `kind` is `audio`, `image`, `video`, `document` or `sticker`; `more` holds `caption`, `filename`, `voice`,
    /// `animated`.
    pub fn client_sends_file(
        &self,
        person: &str,
        kind: &str,
        mime_type: &str,
        content: &[u8],
        more: Value,
        now_ms: i64,
    ) -> String {
        self.act(|state| state.hear_file(person, kind, mime_type, content, more, now_ms))
    }

    /// A voice note, as people send them: Opus in Ogg.
    pub fn client_says_aloud(&self, person: &str, opus: &[u8], now_ms: i64) -> String {
        self.client_sends_file(person, "audio", "audio/ogg; codecs=opus", opus, json!({ "voice": true }), now_ms)
    }

    /// Shares a card; the number in it may be somebody else's.
    pub fn client_shares_contact(&self, person: &str, name: &str, phone: &str, now_ms: i64) -> String {
        let digits = phone.chars().filter(char::is_ascii_digit).collect::<String>();
        let phones = json!([{ "phone": phone, "wa_id": digits, "type": "CELL" }]);
        let card = json!([{ "name": { "formatted_name": name, "first_name": name }, "phones": phones }]);
        self.client_sends(person, "contacts", card, now_ms)
    }

    /// Puts an emoji on a message; an empty one takes it away.
    pub fn client_reacts(&self, person: &str, to_wamid: &str, emoji: &str, now_ms: i64) -> String {
        self.client_sends(person, "reaction", json!({ "message_id": to_wamid, "emoji": emoji }), now_ms)
    }

    /// Something this API cannot show, such as a poll; edits and deletions may look the same.
    pub fn client_sends_unsupported(&self, person: &str, now_ms: i64) -> String {
        let text = "Message type is currently not supported";
        let error = json!({ "code": 131_051, "title": text, "message": text, "error_data": { "details": text } });
        self.act(|state| state.hear(person, json!({ "type": "unsupported", "errors": [error] }), now_ms))
    }

    /// The first message of a person who came from an advertisement: opens 72 hours once we answer within 24.
    pub fn client_comes_from_ad(&self, person: &str, text: &str, source_id: &str, now_ms: i64) -> String {
        let referral = json!({
            "source_url": "https://fb.me/3cr4double", "source_id": source_id, "source_type": "ad",
            "headline": "Напишите нам", "body": "Скидка на первое посещение", "ctwa_clid": "Aff-n8ZTODouble",
        });
        self.act(|state| {
            let index = state.person(person);
            state.people[index].from_ad = Some(AdVisit { at_ms: now_ms, is_answered_in_time: false });
            state.hear(person, json!({ "type": "text", "text": { "body": text }, "referral": referral }), now_ms)
        })
    }

    /// Presses a reply button, chooses a row of a list or presses a quick reply of a template. `id` is that of the button,
    /// or the payload. None when the message never arrived or has no such button.
    pub fn client_presses(&self, person: &str, wamid: &str, id: &str, now_ms: i64) -> Option<String> {
        self.act(|state| state.press(person, wamid, id, now_ms))
    }

    /// Blocks the business: messages fail with 131026, and no word of it arrives.
    pub fn client_blocks(&self, person: &str, is_blocked: bool) {
        let mut state = self.state();
        let person = state.person(person);
        state.people[person].has_blocked = is_blocked;
    }

    /// Takes WhatsApp off the phone, or has never had it.
    pub fn client_has_no_whatsapp(&self, person: &str) {
        let mut state = self.state();
        let person = state.person(person);
        state.people[person].has_whatsapp = false;
    }

    /// Hides behind a username: from now on webhooks carry the business-scoped id alone.
    pub fn client_hides_number(&self, person: &str, username: &str) {
        let mut state = self.state();
        let person = state.person(person);
        state.people[person].hides_number = true;
        state.people[person].username = Some(username.to_owned());
    }

    /// The id that this business knows a person by.
    pub fn user_id_of(&self, person: &str) -> String {
        let mut state = self.state();
        let person = state.person(person);
        state.people[person].user_id.clone()
    }

    /// Switches the receipts of reading off or on.
    pub fn client_shows_reads(&self, person: &str, shows: bool) {
        let mut state = self.state();
        let person = state.person(person);
        state.people[person].shows_reads = shows;
    }

    /// Stops or resumes marketing of this business, and the callback hears of it: such templates fail with 131050.
    pub fn client_takes_marketing(&self, person: &str, takes: bool, now_ms: i64) {
        self.act(|state| {
            let index = state.person(person);
            state.people[index].takes_marketing = takes;
            let mut value = state.value();
            let person = &state.people[index];
            value["user_preferences"] = json!([{
                "wa_id": person.wa_id, "user_id": person.user_id, "category": "marketing_messages",
                "value": if takes { "resume" } else { "stop" }, "timestamp": now_ms / 1000,
            }]);
            state.emit("user_preferences", value, now_ms);
        });
    }

    /// Got as much marketing as Meta lets through: such templates fail with 131049.
    pub fn client_is_capped(&self, person: &str, is_capped: bool) {
        let mut state = self.state();
        let person = state.person(person);
        state.people[person].is_capped = is_capped;
    }

    /// Moves to another phone number; the business-scoped id changes with it. Returns the new id.
    pub fn client_changes_number(&self, person: &str, new_phone: &str, now_ms: i64) -> String {
        self.act(|state| {
            let index = state.person(person);
            let user_id = state.new_user_id();
            let system = json!({
                "type": "user_changed_number", "body": "User changed number", "wa_id": new_phone, "user_id": user_id,
            });
            let (wamid, _) = state.new_wamid();
            let message = state.signed(index, json!({ "type": "system", "system": system }), &wamid, now_ms);
            let mut value = state.value();
            value["messages"] = json!([message]);
            state.emit("messages", value, now_ms);
            let person = &mut state.people[index];
            person.wa_id = Some(new_phone.to_owned());
            user_id.clone_into(&mut person.user_id);
            user_id
        })
    }
}

impl State {
    /// A message of a person arrives: opens the window, reaches the callback.
    pub(super) fn hear(&mut self, person: &str, content: Value, now_ms: i64) -> String {
        let index = self.person(person);
        let (wamid, number) = self.new_wamid();
        let kind = content["type"].as_str().unwrap_or_default().to_owned();
        let context = content["context"]["id"].as_str().map(str::to_owned);
        let text = content["text"]["body"].as_str().or_else(|| content[&kind]["caption"].as_str());
        let message = Message {
            number,
            person: index,
            is_ours: false,
            text: text.unwrap_or_default().to_owned(),
            kind,
            buttons: Vec::new(),
            is_list: false,
            context,
            at_ms: now_ms,
            status: Status::Accepted,
            pricing: Value::Null,
            opaque: None,
            is_read_by_us: false,
            typing_until_ms: 0,
        };
        self.messages.insert(wamid.clone(), message);
        let person = &mut self.people[index];
        person.has_whatsapp = true;
        person.has_blocked = false;
        person.last_word_ms = Some(now_ms);
        let mut value = self.value();
        value["contacts"] = json!([self.contact(index)]);
        value["messages"] = json!([self.signed(index, content, &wamid, now_ms)]);
        self.emit("messages", value, now_ms);
        wamid
    }

    pub(super) fn hear_file(
        &mut self,
        person: &str,
        kind: &str,
        mime_type: &str,
        content: &[u8],
        more: Value,
        now_ms: i64,
    ) -> String {
        let id = self.keep_file(mime_type, content);
        let mut file = json!({ "id": id, "mime_type": mime_type, "sha256": self.files[&id].sha256 });
        for (key, value) in more.as_object().into_iter().flatten() {
            file[key] = value.clone();
        }
        self.hear(person, json!({ "type": kind, kind: file }), now_ms)
    }

    pub(super) fn press(&mut self, person: &str, wamid: &str, id: &str, now_ms: i64) -> Option<String> {
        let index = self.find(person)?;
        let message = self.messages.get(wamid).filter(|message| message.is_ours && message.person == index)?;
        if !matches!(message.status, Status::Delivered | Status::Read) {
            return None;
        }
        let button = message.buttons.iter().find(|button| button.id == id)?;
        let mut reply = json!({ "id": button.id, "title": button.title });
        if let Some(description) = &button.description {
            reply["description"] = json!(description);
        }
        let mut content = match (message.kind.as_str(), message.is_list) {
            ("template", _) => json!({ "type": "button", "button": { "payload": button.id, "text": button.title } }),
            (_, true) => json!({ "type": "interactive", "interactive": { "type": "list_reply", "list_reply": reply } }),
            (_, false) => {
                json!({ "type": "interactive", "interactive": { "type": "button_reply", "button_reply": reply } })
            }
        };
        content["context"] = self.context(wamid);
        Some(self.hear(person, content, now_ms))
    }

    fn context(&self, wamid: &str) -> Value {
        let message = self.messages.get(wamid);
        let author =
            message.filter(|message| !message.is_ours).and_then(|message| self.people[message.person].wa_id.clone());
        json!({ "from": author.unwrap_or_else(|| self.settings.display_phone_number.clone()), "id": wamid })
    }

    fn contact(&self, index: usize) -> Value {
        let person = &self.people[index];
        let mut contact = json!({ "profile": { "name": person.name }, "user_id": person.user_id });
        if let Some(username) = &person.username {
            contact["profile"]["username"] = json!(username);
        }
        if let Some(wa_id) = person.wa_id.as_ref().filter(|_| !person.hides_number) {
            contact["wa_id"] = json!(wa_id);
        }
        contact
    }

    /// Adds sender, id and moment to the content of a message.
    fn signed(&self, index: usize, mut content: Value, wamid: &str, now_ms: i64) -> Value {
        let person = &self.people[index];
        if let Some(wa_id) = person.wa_id.as_ref().filter(|_| !person.hides_number) {
            content["from"] = json!(wa_id);
        }
        content["from_user_id"] = json!(person.user_id);
        content["id"] = json!(wamid);
        content["timestamp"] = json!((now_ms / 1000).to_string());
        content
    }
}
