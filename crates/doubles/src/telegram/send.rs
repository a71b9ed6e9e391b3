//! What the bot does: sends, edits, deletes, answers presses.

use serde_json::{Value, json};

use super::{
    markup,
    refusal::Refusal,
    state::{Message, State},
};

/// How long a press may still be answered. The server's own figure is not published; an update of a press lives 150 s.
const PRESS_LIFE_MS: i64 = 150_000;
const PHOTO_BYTES_MAX: usize = 10_000_000;
const PHOTO_SIDES_MAX: u64 = 10_000;
const PHOTO_RATIO_MAX: u64 = 20;

impl State {
    pub(super) fn send_message(&mut self, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let chat = self.open_chat(body)?;
        let text = shown(body)?;
        self.check_reply(chat, &body["reply_parameters"])?;
        self.keep_pace(chat, text.chars().count(), now_ms)?;
        let message_id = self.new_message_id();
        let mut json = json!({
            "message_id": message_id, "from": self.bot_user(), "chat": self.chats[&chat].chat,
            "date": now_ms / 1000, "text": text,
        });
        let markup = body.get("reply_markup").cloned();
        if let Some(inline) = markup.as_ref().filter(|markup| markup.get("inline_keyboard").is_some()) {
            json["reply_markup"] = inline.clone();
        }
        let mut message = Message::new(true, text, json.clone(), now_ms);
        message.show(markup);
        self.chats.get_mut(&chat).expect("an open chat exists").messages.insert(message_id, message);
        Ok(json)
    }

    /// A picture of our own, told as `WIDTHxHEIGHT BYTES`. Bounds are those of sendPhoto: 10 MB, width and height
    /// together 10,000, one at most twenty times the other.
    pub(super) fn send_photo(&mut self, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let told = body["photo"].as_str().unwrap_or_default().split_once(' ');
        let (sides, bytes) = told.ok_or_else(|| Refusal::bad("there is no photo in the request"))?;
        let sides = sides.split_once('x').and_then(|(w, h)| Some((w.parse::<u64>().ok()?, h.parse::<u64>().ok()?)));
        let (width, height) = sides.ok_or_else(|| Refusal::bad("IMAGE_PROCESS_FAILED"))?;
        if bytes.parse::<usize>().unwrap_or(usize::MAX) > PHOTO_BYTES_MAX {
            return Err(Refusal::new(413, "Request Entity Too Large"));
        }
        if width + height > PHOTO_SIDES_MAX || width.max(height) > width.min(height) * PHOTO_RATIO_MAX {
            return Err(Refusal::bad("PHOTO_INVALID_DIMENSIONS"));
        }
        let caption = body["caption"].as_str().unwrap_or_default();
        let mut as_text = body.clone();
        as_text["text"] = caption.into();
        let mut sent = self.send_message(&as_text, now_ms)?;
        let (chat, id) = (sent["chat"]["id"].as_i64(), sent["message_id"].as_i64());
        let message = chat.zip(id).and_then(|(chat, id)| self.message_mut(chat, id));
        let message = message.ok_or_else(|| Refusal::bad("chat not found"))?;
        message.has_picture = true;
        sent["caption"] = caption.into();
        sent["photo"] = json!([{ "file_id": "photo", "file_unique_id": "photo", "width": width, "height": height }]);
        if let Some(sent) = sent.as_object_mut() {
            sent.remove("text");
        }
        message.json = sent.clone();
        Ok(sent)
    }

    fn check_reply(&self, chat: i64, reply: &Value) -> Result<(), Refusal> {
        let Some(to) = reply.get("message_id").and_then(Value::as_i64) else { return Ok(()) };
        let is_there = self.chats[&chat].messages.get(&to).is_some_and(|message| !message.is_deleted);
        let may_be_missing = reply.get("allow_sending_without_reply").and_then(Value::as_bool).unwrap_or(false);
        if is_there || may_be_missing { Ok(()) } else { Err(Refusal::bad("message to be replied not found")) }
    }

    pub(super) fn edit_text(&mut self, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let text = shown(body)?;
        self.edit(body, Some(text), now_ms)
    }

    pub(super) fn edit_markup(&mut self, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        self.edit(body, None, now_ms)
    }

    /// Edits a message of the bot; a request without `reply_markup` takes the buttons away.
    fn edit(&mut self, body: &Value, text: Option<String>, now_ms: i64) -> Result<Value, Refusal> {
        let chat = self.open_chat(body)?;
        let message_id = body.get("message_id").and_then(Value::as_i64);
        let message_id = message_id.ok_or_else(|| Refusal::bad("message identifier is not specified"))?;
        let markup = body.get("reply_markup").cloned().filter(has_buttons);
        let message = self.message_mut(chat, message_id).ok_or_else(|| Refusal::bad("message to edit not found"))?;
        if !message.is_from_bot {
            return Err(Refusal::bad("message can't be edited"));
        }
        let text = text.unwrap_or_else(|| message.text.clone());
        if text == message.text && markup == message.markup {
            return Err(Refusal::bad(
                "message is not modified: specified new message content and reply markup are exactly the same as a \
                 current content and reply markup of the message",
            ));
        }
        self.keep_pace(chat, text.chars().count(), now_ms)?;
        let message = self.message_mut(chat, message_id).expect("the message was found above");
        message.json["text"] = json!(text);
        message.json["edit_date"] = json!(now_ms / 1000);
        message.text = text;
        message.edits += 1;
        if let Some(object) = message.json.as_object_mut() {
            object.remove("reply_markup");
            object.extend(markup.iter().map(|markup| ("reply_markup".to_owned(), markup.clone())));
        }
        message.show(markup);
        Ok(message.json.clone())
    }

    pub(super) fn delete_message(&mut self, body: &Value) -> Result<Value, Refusal> {
        let chat = self.open_chat(body)?;
        let message_id = body["message_id"].as_i64().unwrap_or_default();
        let message = self.message_mut(chat, message_id).ok_or_else(|| Refusal::bad("message to delete not found"))?;
        message.is_deleted = true;
        Ok(Value::Bool(true))
    }

    pub(super) fn answer_callback(&mut self, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let id = body["callback_query_id"].as_str().unwrap_or_default();
        let press = self.presses.get_mut(id).filter(|press| now_ms - press.at_ms <= PRESS_LIFE_MS);
        let press = press
            .ok_or_else(|| Refusal::bad("query is too old and response timeout expired or query ID is invalid"))?;
        press.answered = Some(body["text"].as_str().unwrap_or_default().to_owned());
        Ok(Value::Bool(true))
    }

    pub(super) fn chat_action(&mut self, body: &Value) -> Result<Value, Refusal> {
        self.open_chat(body)?;
        Ok(Value::Bool(true))
    }

    fn keep_pace(&mut self, chat: i64, text_chars: usize, now_ms: i64) -> Result<(), Refusal> {
        let is_group = self.chats[&chat].is_group;
        let Some(pace) = &mut self.pace else { return Ok(()) };
        pace.take(chat, is_group, text_chars, now_ms).map_err(Refusal::too_many)
    }
}

impl Message {
    pub(super) fn new(is_from_bot: bool, text: String, json: Value, at_ms: i64) -> Self {
        Self {
            is_from_bot,
            text,
            buttons: Vec::new(),
            markup: None,
            ever_shown: Default::default(),
            edits: 0,
            is_deleted: false,
            has_picture: false,
            at_ms,
            json,
        }
    }

    fn show(&mut self, markup: Option<Value>) {
        self.buttons = markup.as_ref().map(markup::buttons).unwrap_or_default();
        self.markup = markup;
        self.ever_shown.extend(self.buttons.iter().flatten().filter_map(|button| button.data.clone()));
    }
}

fn shown(body: &Value) -> Result<String, Refusal> {
    markup::shown_text(body["text"].as_str().unwrap_or_default(), &body["parse_mode"]).map_err(Refusal::bad)
}

fn has_buttons(markup: &Value) -> bool {
    markup["inline_keyboard"].as_array().is_some_and(|rows| !rows.is_empty())
}
