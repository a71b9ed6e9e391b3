//! Fits a message into Instagram's limits.

use serde_json::{Value, json};

use super::super::parts::{self, Unit};
use crate::failure::Failure;
use crate::ports::Outgoing;

/// Bytes of UTF-8, about 500 Russian letters.
const TEXT_BYTES_MAX: usize = 1_000;
pub const TEXT_CHARS_MAX: usize = 500;
pub const BUTTONS_MAX: usize = 12;
pub const LABEL_CHARS_MAX: usize = 20;
const PAYLOAD_BYTES_MAX: usize = 1_000;

/// The bodies of one message, in order; the choices stand under the last.
pub fn bodies(peer: &str, message: &Outgoing) -> Result<Vec<Value>, Failure> {
    let peer = parts::numbered(peer, "a person of Instagram is a number")?;
    let texts = parts::of(&parts::text_of(message, BUTTONS_MAX), TEXT_BYTES_MAX, Unit::Bytes)?;
    let body = |text: &String| json!({ "recipient": { "id": peer }, "message": { "text": text } });
    let mut bodies: Vec<Value> = texts.iter().map(body).collect();
    let replies = quick_replies(message)?;
    if let Some(last) = bodies.last_mut().filter(|_| !replies.is_empty()) {
        last["message"]["quick_replies"] = replies.into();
    }
    Ok(bodies)
}

fn quick_replies(message: &Outgoing) -> Result<Vec<Value>, Failure> {
    let shown = parts::shown(&message.buttons, BUTTONS_MAX, PAYLOAD_BYTES_MAX)?;
    let mut replies: Vec<Value> = shown
        .iter()
        .map(|button| {
            let title = parts::label(&button.label, LABEL_CHARS_MAX);
            json!({ "content_type": "text", "title": title, "payload": button.id })
        })
        .collect();
    if message.asks_phone {
        replies.push(json!({ "content_type": "user_phone_number" }));
    }
    Ok(replies)
}
