//! Fits a message into Telegram's limits.

use nochnik_core::effect::Button;
use serde_json::{Value, json};

use super::super::parts::{self, Unit, malformed};
use crate::failure::Failure;
use crate::ports::Outgoing;

/// Telegram allows 4,096 characters; UTF-16 units are counted, which are never fewer.
pub const TEXT_UNITS_MAX: usize = 4_096;
/// What fits a phone's screen under one message; the rest is written into the text.
pub const BUTTONS_MAX: usize = 8;
/// Words under a picture; counted as the text is.
pub const CAPTION_UNITS_MAX: usize = 1_024;
const CALLBACK_DATA_BYTES_MAX: usize = 64;
/// Longest label of a set that still stands two or three in a row on a narrow phone.
const LABEL_CHARS_OF_TWO: usize = 16;
const LABEL_CHARS_OF_THREE: usize = 9;
const SHARE_PHONE: &str = "Отправить мой номер";

/// The `sendMessage` bodies of one message, in order; the keyboard stands under the last.
pub fn bodies(chat: i64, message: &Outgoing) -> Result<Vec<Value>, Failure> {
    let parts = parts::of(&parts::text_of(message, BUTTONS_MAX), TEXT_UNITS_MAX, Unit::Utf16)?;
    let mut bodies: Vec<Value> = parts.iter().map(|text| json!({ "chat_id": chat, "text": text })).collect();
    if let (Some(last), Some(markup)) = (bodies.last_mut(), markup(message)?) {
        last["reply_markup"] = markup;
    }
    Ok(bodies)
}

/// The texts of the `sendPhoto` that shows `body` under a picture; `None` when it is too long for one.
pub fn caption(body: &Value) -> Option<Vec<(&'static str, String)>> {
    let text = body["text"].as_str().filter(|text| text.encode_utf16().count() <= CAPTION_UNITS_MAX)?;
    let mut texts = vec![("chat_id", body["chat_id"].to_string()), ("caption", text.to_owned())];
    texts.extend(body.get("reply_markup").map(|markup| ("reply_markup", markup.to_string())));
    Some(texts)
}

/// The `editMessageText` body; without a keyboard the old one goes. What does not fit is cut.
pub fn edit(chat: i64, vendor_id: &str, message: &Outgoing) -> Result<Value, Failure> {
    let message_id: i64 = vendor_id.parse().map_err(|_| malformed("a message of Telegram is a number"))?;
    let text = parts::of(&parts::text_of(message, BUTTONS_MAX), TEXT_UNITS_MAX, Unit::Utf16)?.swap_remove(0);
    let mut body = json!({ "chat_id": chat, "message_id": message_id, "text": text });
    if !message.buttons.is_empty() {
        body["reply_markup"] = inline(&message.buttons)?;
    }
    Ok(body)
}

/// One message carries one keyboard: choices go before the wish for a number, which can be typed.
fn markup(message: &Outgoing) -> Result<Option<Value>, Failure> {
    if !message.buttons.is_empty() {
        return inline(&message.buttons).map(Some);
    }
    Ok(message.asks_phone.then(|| {
        json!({
            "keyboard": [[{ "text": SHARE_PHONE, "request_contact": true }]],
            "resize_keyboard": true,
            "one_time_keyboard": true,
        })
    }))
}

fn inline(buttons: &[Button]) -> Result<Value, Failure> {
    let shown = parts::shown(buttons, BUTTONS_MAX, CALLBACK_DATA_BYTES_MAX)?;
    let per_row = parts::per_row(shown, LABEL_CHARS_OF_TWO, LABEL_CHARS_OF_THREE);
    let button = |button: &Button| json!({ "text": button.label, "callback_data": button.id });
    let rows: Vec<Vec<Value>> = shown.chunks(per_row).map(|row| row.iter().map(button).collect()).collect();
    Ok(json!({ "inline_keyboard": rows }))
}
