//! The other side: what people do in their own Instagram, and what the owner does in the app.
//!
//! A person is named by their account-scoped number and appears with their first act. Each message returns its mid.

use serde_json::{Value, json};

use super::{
    Double, State,
    state::{Comment, Message, Reach},
};

impl Double {
    /// Somebody who never wrote: outside every window, without a profile.
    pub fn know(&self, person: &str, username: &str) {
        username.clone_into(&mut self.state().person(person).username);
    }

    pub fn client_says(&self, person: &str, text: &str, now_ms: i64) -> String {
        self.client_sends(person, json!({ "text": text }), now_ms)
    }

    /// Any message: `content` is what stands beside `mid`, such as `text`, `attachments`, `reply_to`, `referral`.
    pub fn client_sends(&self, person: &str, content: Value, now_ms: i64) -> String {
        self.act(|state| state.hear(person, content, now_ms))
    }

    /// A file: `kind` is `image`, `audio` (also a voice note), `video`, `file`, `share`, `ig_reel`. The address is signed
    /// and grows old; this double does not serve it.
    pub fn client_sends_file(&self, person: &str, kind: &str, now_ms: i64) -> String {
        self.act(|state| {
            let file = state.attachment(kind);
            state.hear(person, json!({ "attachments": [file] }), now_ms)
        })
    }

    /// Answers a story of the account.
    pub fn client_replies_to_story(&self, person: &str, text: &str, now_ms: i64) -> String {
        let story = json!({ "id": "17990000000000001", "url": "https://lookaside.fbsbx.example/story" });
        self.client_sends(person, json!({ "text": text, "reply_to": { "story": story } }), now_ms)
    }

    /// Names the account in a story of their own.
    pub fn client_mentions_in_story(&self, person: &str, now_ms: i64) -> String {
        self.client_sends_file(person, "story_mention", now_ms)
    }

    /// Something this API cannot show.
    pub fn client_sends_unsupported(&self, person: &str, now_ms: i64) -> String {
        self.client_sends(person, json!({ "is_unsupported": true }), now_ms)
    }

    /// Comes by `https://ig.me/m/<username>?ref=…` to a thread that is open already.
    pub fn client_opens_link(&self, person: &str, reference: &str, now_ms: i64) {
        let referral = json!({ "ref": reference, "source": "IGME", "type": "OPEN_THREAD" });
        self.act(|state| {
            state.person(person);
            state.emit_chat("messaging_referral", person, false, json!({ "referral": referral }), now_ms);
        });
    }

    /// Presses a quick reply or a postback button of a message. None when it has no such button.
    pub fn client_presses(&self, person: &str, mid: &str, payload: &str, now_ms: i64) -> Option<String> {
        self.act(|state| state.press(person, mid, payload, now_ms))
    }

    /// Presses an ice breaker, the first thing in an empty chat; `reference` is of the link that led here.
    pub fn client_breaks_ice(
        &self,
        person: &str,
        title: &str,
        payload: &str,
        reference: Option<&str>,
        now_ms: i64,
    ) -> String {
        let referral = reference.map(|reference| json!({ "ref": reference, "source": "ig.me", "type": "OPEN_THREAD" }));
        self.act(|state| state.post_back(person, title, payload, referral, now_ms))
    }

    /// Taps the phone that a quick reply of the message offers: text and payload are the number. None when the message
    /// does not ask for it.
    pub fn client_shares_phone(&self, person: &str, mid: &str, phone: &str, now_ms: i64) -> Option<String> {
        self.act(|state| {
            let message = state.messages.get(mid).filter(|message| message.person == person)?;
            if !message.asks_phone {
                return None;
            }
            let content = json!({ "text": phone, "quick_reply": { "payload": phone } });
            Some(state.hear(person, content, now_ms))
        })
    }

    /// Sees a message of the account.
    pub fn client_reads(&self, person: &str, mid: &str, now_ms: i64) {
        self.act(|state| {
            if let Some(message) = state.messages.get_mut(mid) {
                message.is_read = true;
            }
            state.emit_chat("messaging_seen", person, false, json!({ "read": { "mid": mid } }), now_ms);
        });
    }

    /// Puts an emoji on a message, or takes it away with none. Opens no window.
    pub fn client_reacts(&self, person: &str, mid: &str, emoji: Option<&str>, now_ms: i64) {
        let reaction = match emoji {
            Some(emoji) => json!({ "mid": mid, "action": "react", "reaction": "other", "emoji": emoji }),
            None => json!({ "mid": mid, "action": "unreact" }),
        };
        self.act(|state| {
            state.person(person);
            state.emit_chat("message_reactions", person, false, json!({ "reaction": reaction }), now_ms);
        });
    }

    /// Takes back a message of their own; false when there is none.
    pub fn client_unsends(&self, person: &str, mid: &str, now_ms: i64) -> bool {
        self.act(|state| {
            let Some(message) = state.own_message(person, mid) else { return false };
            message.is_deleted = true;
            let content = json!({ "message": { "mid": mid, "is_deleted": true } });
            state.emit_chat("messages", person, false, content, now_ms);
            true
        })
    }

    /// Edits a message of their own; false when there is none.
    pub fn client_edits(&self, person: &str, mid: &str, text: &str, now_ms: i64) -> bool {
        self.act(|state| {
            let Some(message) = state.own_message(person, mid) else { return false };
            text.clone_into(&mut message.text);
            message.edits += 1;
            let content = json!({ "message_edit": { "mid": mid, "text": text, "num_edit": message.edits } });
            state.emit_chat("message_edit", person, false, content, now_ms);
            true
        })
    }

    /// Comments on a post; returns the comment's id. Opens no window.
    pub fn client_comments(&self, person: &str, text: &str, now_ms: i64) -> String {
        self.act(|state| {
            let id = (17_900_000_000_000_000 + state.next_number()).to_string();
            let username = state.person(person).username.clone();
            let comment = Comment { person: person.to_owned(), at_ms: now_ms, is_answered: false };
            state.comments.insert(id.clone(), comment);
            let value = json!({
                "id": id, "text": text, "from": { "id": person, "username": username },
                "media": { "id": "18000000000000001", "media_product_type": "FEED" },
            });
            let changes = json!([{ "field": "comments", "value": value }]);
            let entry = json!({ "id": state.settings.ig_id, "time": now_ms / 1000, "changes": changes });
            state.emit("comments", entry, now_ms);
            id
        })
    }

    /// Blocks the account, or has closed the folder of requests: messages are refused with 551.
    pub fn client_is_unavailable(&self, person: &str) {
        self.state().person(person).reach = Reach::Unavailable;
    }

    /// Blocks the account and the service hides it behind the transient code 2.
    pub fn client_blocks_hidden(&self, person: &str) {
        self.state().person(person).reach = Reach::HiddenBlock;
    }

    /// A human answers in the app: an echo that is not ours.
    pub fn human_answers(&self, person: &str, text: &str, now_ms: i64) -> String {
        self.act(|state| state.keep(person, &json!({ "text": text }), true, now_ms))
    }

    /// Another app takes the thread or gives it back: events of the person come in `standby` meanwhile.
    pub fn another_app_holds(&self, person: &str, is_held: bool) {
        self.state().person(person).is_held_elsewhere = is_held;
    }

    /// The button "Test" of the dashboard: a sample message in `changes`, from people who do not exist.
    pub fn dashboard_sends_sample(&self, now_ms: i64) {
        self.act(|state| {
            let value = json!({
                "sender": { "id": "12334" }, "recipient": { "id": "23245" }, "timestamp": (now_ms / 1000).to_string(),
                "message": { "mid": "random_mid", "text": "random_text" },
            });
            let changes = json!([{ "field": "messages", "value": value }]);
            state.emit("messages", json!({ "id": "0", "time": now_ms / 1000, "changes": changes }), now_ms);
        });
    }
}

impl State {
    /// A message of a person arrives: opens the window, reaches the callback.
    pub(super) fn hear(&mut self, person: &str, mut content: Value, now_ms: i64) -> String {
        let text = content["text"].as_str().unwrap_or_default().to_owned();
        let mid = self.keep_theirs(person, &text, now_ms);
        content["mid"] = json!(mid);
        self.emit_chat("messages", person, false, json!({ "message": content }), now_ms);
        mid
    }

    fn keep_theirs(&mut self, person: &str, text: &str, now_ms: i64) -> String {
        let (mid, number) = self.new_mid();
        let writer = self.person(person);
        writer.last_word_ms = Some(now_ms);
        writer.reach = Reach::Reachable;
        let message = Message {
            number,
            person: person.to_owned(),
            is_from_account: false,
            is_by_human: false,
            text: text.to_owned(),
            buttons: Vec::new(),
            asks_phone: false,
            edits: 0,
            is_deleted: false,
            is_read: false,
            at_ms: now_ms,
        };
        self.messages.insert(mid.clone(), message);
        mid
    }

    pub(super) fn press(&mut self, person: &str, mid: &str, payload: &str, now_ms: i64) -> Option<String> {
        let message = self.messages.get(mid).filter(|message| message.is_from_account && message.person == person)?;
        let button = message.buttons.iter().find(|button| button.payload == payload)?.clone();
        if button.is_quick_reply {
            let content = json!({ "text": button.title, "quick_reply": { "payload": payload } });
            return Some(self.hear(person, content, now_ms));
        }
        Some(self.post_back(person, &button.title, payload, None, now_ms))
    }

    fn post_back(&mut self, person: &str, title: &str, payload: &str, referral: Option<Value>, now_ms: i64) -> String {
        let mid = self.keep_theirs(person, title, now_ms);
        let mut content = json!({ "mid": mid, "title": title, "payload": payload });
        if let Some(referral) = referral {
            content["referral"] = referral;
        }
        self.emit_chat("messaging_postbacks", person, false, json!({ "postback": content }), now_ms);
        mid
    }

    fn attachment(&mut self, kind: &str) -> Value {
        let asset = self.next_number();
        let url = format!("https://lookaside.fbsbx.example/ig_messaging_cdn/?asset_id={asset}");
        json!({ "type": kind, "payload": { "url": url } })
    }

    fn own_message(&mut self, person: &str, mid: &str) -> Option<&mut Message> {
        let message = self.messages.get_mut(mid)?;
        (message.person == person && !message.is_from_account && !message.is_deleted).then_some(message)
    }
}
