//! Limits that no schema can express: bytes of button data, characters of a text, well-formed HTML.

use serde_json::Value;

use super::ledger::Button;

const TEXT_CHARS_MAX: usize = 4096;
const CALLBACK_DATA_BYTES_MAX: usize = 64;
/// Widely reported, not documented; the error text is Telegram's.
const INLINE_BUTTONS_MAX: usize = 100;
const TAGS: [&str; 17] = [
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "code",
    "pre",
    "a",
    "span",
    "tg-spoiler",
    "tg-emoji",
    "blockquote",
    "tg-time",
];

/// Checks text and buttons of a request body; the error is the `description` without its prefix.
pub(super) fn check_limits(body: &Value) -> Result<(), &'static str> {
    if let Some(text) = body.get("text").and_then(Value::as_str).filter(|_| body.get("chat_id").is_some()) {
        let shown = shown_text(text, &body["parse_mode"])?;
        if shown.trim().is_empty() {
            return Err("message text is empty");
        }
        if shown.chars().count() > TEXT_CHARS_MAX {
            return Err("message is too long");
        }
    }
    check_buttons(&body["reply_markup"]["inline_keyboard"])
}

fn check_buttons(rows: &Value) -> Result<(), &'static str> {
    let buttons = rows.as_array().into_iter().flatten().filter_map(Value::as_array).flatten();
    let mut count = 0;
    for button in buttons {
        count += 1;
        if let Some(data) = button.get("callback_data").and_then(Value::as_str)
            && !(1..=CALLBACK_DATA_BYTES_MAX).contains(&data.len())
        {
            return Err("BUTTON_DATA_INVALID");
        }
    }
    if count > INLINE_BUTTONS_MAX { Err("reply markup is too long") } else { Ok(()) }
}

/// The text as the client reads it: entities resolved when `parse_mode` is HTML.
pub(super) fn shown_text(text: &str, parse_mode: &Value) -> Result<String, &'static str> {
    if parse_mode.as_str() != Some("HTML") {
        return Ok(text.to_owned());
    }
    const BROKEN: &str = "can't parse entities: the markup is broken";
    let mut shown = String::with_capacity(text.len());
    let mut open = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        shown.push_str(&rest[..at]);
        let (tag, after) = rest[at + 1..].split_once('>').ok_or(BROKEN)?;
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(BROKEN);
            }
            continue;
        }
        let name = tag.split_whitespace().next().unwrap_or("");
        if !TAGS.contains(&name) {
            return Err(BROKEN);
        }
        open.push(name);
    }
    shown.push_str(rest);
    if !open.is_empty() {
        return Err(BROKEN);
    }
    Ok(shown.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

/// The buttons a client can press or share a contact with, row by row.
pub(super) fn buttons(markup: &Value) -> Vec<Vec<Button>> {
    let rows = markup.get("inline_keyboard").or_else(|| markup.get("keyboard")).and_then(Value::as_array);
    rows.into_iter().flatten().filter_map(Value::as_array).map(|row| row.iter().map(button).collect()).collect()
}

fn button(json: &Value) -> Button {
    let text = json.get("text").and_then(Value::as_str).or_else(|| json.as_str());
    Button {
        text: text.unwrap_or_default().to_owned(),
        data: json.get("callback_data").and_then(Value::as_str).map(str::to_owned),
        asks_contact: json.get("request_contact").and_then(Value::as_bool).unwrap_or(false),
    }
}
