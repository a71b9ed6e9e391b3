//! Fits a message into WhatsApp's limits.

use std::collections::HashSet;

use nochnik_core::effect::Button;
use serde_json::{Value, json};

use super::super::parts::{self, Unit, malformed};
use crate::failure::Failure;
use crate::ports::{Outgoing, PART_MARK};

pub const TEXT_CHARS_MAX: usize = 4_096;
/// Of a text with choices under it.
const BODY_CHARS_MAX: usize = 1_024;
/// Up to so many choices are buttons; more are a list.
const REPLY_BUTTONS_MAX: usize = 3;
/// Rows of a list.
pub const BUTTONS_MAX: usize = 10;
pub const LABEL_CHARS_MAX: usize = 20;
const ROW_TITLE_CHARS_MAX: usize = 24;
const ROW_DESCRIPTION_CHARS_MAX: usize = 72;
const ID_BYTES_MAX: usize = 200;
const KEY_BYTES_MAX: usize = 512;
const OPEN_LIST: &str = "Выбрать";

/// The bodies of one message, in order; the choices stand under the last, and the key by which a status tells
/// that the whole is sent.
pub fn bodies(peer: &str, message: &Outgoing, key: &str) -> Result<Vec<Value>, Failure> {
    let shown = parts::shown(&message.buttons, BUTTONS_MAX, ID_BYTES_MAX)?;
    let max = if shown.is_empty() { TEXT_CHARS_MAX } else { BODY_CHARS_MAX };
    let texts = parts::of(&parts::text_of(message, BUTTONS_MAX), max, Unit::Chars)?;
    let last = texts.len() - 1;
    let content = |(index, text): (usize, &String)| match index {
        _ if index < last || shown.is_empty() => json!({ "type": "text", "text": { "body": text } }),
        _ => json!({ "type": "interactive", "interactive": choices(text, shown) }),
    };
    let named = |index: usize| if index < last { format!("{key}{PART_MARK}{index}") } else { key.to_owned() };
    texts.iter().enumerate().map(|part| addressed(peer, &named(part.0), content(part))).collect()
}

/// Content with whom it is for and the key a status brings back.
pub fn addressed(peer: &str, key: &str, mut body: Value) -> Result<Value, Failure> {
    body["messaging_product"] = "whatsapp".into();
    body["recipient_type"] = "individual".into();
    if !key.is_empty() && key.len() <= KEY_BYTES_MAX {
        body["biz_opaque_callback_data"] = key.into();
    }
    let is_number = peer.len() >= 7 && peer.bytes().all(|byte| byte.is_ascii_digit());
    let is_id = peer.split_once('.').is_some_and(|(country, rest)| country.len() == 2 && !rest.is_empty());
    let field = match (is_number, is_id) {
        (true, _) => "to",
        (_, true) => "recipient",
        _ => return Err(malformed("a person of WhatsApp is a number or an id like RU.123")),
    };
    body[field] = peer.into();
    Ok(body)
}

/// Buttons where all of them can be told apart in twenty letters, else a list.
fn choices(text: &str, shown: &[Button]) -> Value {
    let titles: Vec<String> = shown.iter().map(|button| parts::label(&button.label, LABEL_CHARS_MAX)).collect();
    let are_distinct = titles.iter().collect::<HashSet<_>>().len() == titles.len();
    if shown.len() > REPLY_BUTTONS_MAX || !are_distinct {
        return list(text, shown);
    }
    let button = |(button, title): (&Button, String)| json!({ "type": "reply", "reply": { "id": button.id, "title": title } });
    let buttons: Vec<Value> = shown.iter().zip(titles).map(button).collect();
    json!({ "type": "button", "body": { "text": text }, "action": { "buttons": buttons } })
}

/// What a row's title had to leave out stands below it.
fn list(text: &str, shown: &[Button]) -> Value {
    let row = |button: &Button| {
        let title = parts::label(&button.label, ROW_TITLE_CHARS_MAX);
        let mut row = json!({ "id": button.id, "title": title });
        if title != button.label.trim() {
            row["description"] = parts::label(&button.label, ROW_DESCRIPTION_CHARS_MAX).into();
        }
        row
    };
    let rows: Vec<Value> = shown.iter().map(row).collect();
    let action = json!({ "button": OPEN_LIST, "sections": [{ "rows": rows }] });
    json!({ "type": "list", "body": { "text": text }, "action": action })
}
