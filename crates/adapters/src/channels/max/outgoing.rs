//! Fits a message into MAX's limits.

use nochnik_core::effect::Button;
use serde_json::{Value, json};

use super::super::parts::{self, Unit};
use crate::failure::Failure;
use crate::ports::Outgoing;

pub const TEXT_CHARS_MAX: usize = 4_000;
/// MAX allows 210; more do not fit a screen.
pub const BUTTONS_MAX: usize = 12;
pub const LABEL_CHARS_MAX: usize = 64;
const PAYLOAD_BYTES_MAX: usize = 1_024;
/// Longest labels that can be read two and three in a row.
const LABEL_CHARS_OF_TWO: usize = 10;
const LABEL_CHARS_OF_THREE: usize = 5;
const SHARE_PHONE: &str = "Отправить мой номер";

/// The bodies of one message, in order; the keyboard stands under the last.
pub fn bodies(message: &Outgoing) -> Result<Vec<Value>, Failure> {
    let parts = parts::of(&parts::text_of(message, BUTTONS_MAX), TEXT_CHARS_MAX, Unit::Chars)?;
    let mut bodies: Vec<Value> = parts.iter().map(|text| json!({ "text": text })).collect();
    let rows = rows(message)?;
    if let Some(last) = bodies.last_mut().filter(|_| !rows.is_empty()) {
        last["attachments"] = keyboard(rows);
    }
    Ok(bodies)
}

/// Puts an image over what is attached already.
pub fn attach_image(body: &mut Value, payload: Value) {
    let mut attachments = vec![json!({ "type": "image", "payload": payload })];
    attachments.extend(body["attachments"].as_array().cloned().unwrap_or_default());
    body["attachments"] = attachments.into();
}

/// The body of an edit; without a keyboard the old one goes. What does not fit is cut.
pub fn edit(message: &Outgoing) -> Result<Value, Failure> {
    let text = parts::of(&parts::text_of(message, BUTTONS_MAX), TEXT_CHARS_MAX, Unit::Chars)?.swap_remove(0);
    let rows = rows(message)?;
    let attachments = if rows.is_empty() { json!([]) } else { keyboard(rows) };
    Ok(json!({ "text": text, "attachments": attachments }))
}

fn keyboard(rows: Vec<Vec<Value>>) -> Value {
    json!([{ "type": "inline_keyboard", "payload": { "buttons": rows } }])
}

fn rows(message: &Outgoing) -> Result<Vec<Vec<Value>>, Failure> {
    let shown = parts::shown(&message.buttons, BUTTONS_MAX, PAYLOAD_BYTES_MAX)?;
    let per_row = parts::per_row(shown, LABEL_CHARS_OF_TWO, LABEL_CHARS_OF_THREE);
    let mut rows: Vec<Vec<Value>> = shown.chunks(per_row).map(|row| row.iter().map(button).collect()).collect();
    if message.asks_phone {
        rows.push(vec![json!({ "type": "request_contact", "text": SHARE_PHONE })]);
    }
    Ok(rows)
}

fn button(button: &Button) -> Value {
    json!({ "type": "callback", "text": parts::label(&button.label, LABEL_CHARS_MAX), "payload": button.id })
}
