//! Fits a message into Telegram's limits.

use nochnik_core::effect::Button;
use serde_json::{Value, json};

use crate::failure::{Failure, codes};
use crate::ports::Outgoing;

/// Telegram allows 4,096 characters; UTF-16 units are counted, which are never fewer.
pub const TEXT_UNITS_MAX: usize = 4_096;
/// What fits a phone's screen under one message; the rest is written into the text.
pub const BUTTONS_MAX: usize = 8;
const CALLBACK_DATA_BYTES_MAX: usize = 64;
/// Longest label of a set that still stands two or three in a row on a narrow phone.
const LABEL_CHARS_OF_TWO: usize = 16;
const LABEL_CHARS_OF_THREE: usize = 9;
const SHARE_PHONE: &str = "Отправить мой номер";

/// The `sendMessage` bodies of one message, in order; the keyboard stands under the last.
pub fn bodies(chat: i64, message: &Outgoing) -> Result<Vec<Value>, Failure> {
    let parts = split(&text_of(message));
    if parts.is_empty() {
        return Err(malformed("the text is empty"));
    }
    let mut bodies: Vec<Value> = parts.iter().map(|text| json!({ "chat_id": chat, "text": text })).collect();
    if let (Some(last), Some(markup)) = (bodies.last_mut(), markup(message)?) {
        last["reply_markup"] = markup;
    }
    Ok(bodies)
}

/// The `editMessageText` body; without a keyboard the old one goes. What does not fit is cut.
pub fn edit(chat: i64, vendor_id: &str, message: &Outgoing) -> Result<Value, Failure> {
    let message_id: i64 = vendor_id.parse().map_err(|_| malformed("a message of Telegram is a number"))?;
    let text = split(&text_of(message)).into_iter().next().ok_or_else(|| malformed("the text is empty"))?;
    let mut body = json!({ "chat_id": chat, "message_id": message_id, "text": text });
    if !message.buttons.is_empty() {
        body["reply_markup"] = inline(&message.buttons)?;
    }
    Ok(body)
}

fn text_of(message: &Outgoing) -> String {
    let mut text = message.text.clone();
    for button in message.buttons.iter().skip(BUTTONS_MAX) {
        text.push_str("\n• ");
        text.push_str(&button.label);
    }
    text
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
    let shown = &buttons[..buttons.len().min(BUTTONS_MAX)];
    for button in shown {
        if button.id.is_empty() || button.id.len() > CALLBACK_DATA_BYTES_MAX || button.label.trim().is_empty() {
            return Err(malformed("a button has a label and an id of 1 to 64 bytes"));
        }
    }
    let longest = shown.iter().map(|button| button.label.chars().count()).max().unwrap_or(0);
    let per_row = if longest <= LABEL_CHARS_OF_THREE {
        3
    } else if longest <= LABEL_CHARS_OF_TWO {
        2
    } else {
        1
    };
    let button = |button: &Button| json!({ "text": button.label, "callback_data": button.id });
    let rows: Vec<Vec<Value>> = shown.chunks(per_row).map(|row| row.iter().map(button).collect()).collect();
    Ok(json!({ "inline_keyboard": rows }))
}

/// Cuts at the last blank line, else line, else blank that fits; blanks at the seams fall away.
fn split(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let fits = fitting_bytes(rest);
        let end = if fits == rest.len() { fits } else { seam(&rest[..fits]) };
        parts.push(rest[..end].trim_end().to_owned());
        rest = rest[end..].trim_start();
    }
    parts
}

/// Bytes of the longest beginning within [`TEXT_UNITS_MAX`].
fn fitting_bytes(text: &str) -> usize {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        units += c.len_utf16();
        if units > TEXT_UNITS_MAX {
            return at;
        }
    }
    text.len()
}

/// A seam in the first half would leave a stump; then the next kind of seam is tried.
fn seam(text: &str) -> usize {
    let is_late = |at: &usize| *at >= text.len() / 2;
    ["\n\n", "\n", " "].iter().find_map(|mark| text.rfind(mark).filter(is_late)).unwrap_or(text.len())
}

fn malformed(why: &str) -> Failure {
    Failure::Refused { code: codes::MALFORMED.to_owned(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_long_text_is_cut_between_paragraphs_lines_or_words() {
        let a = "а".repeat(3_000);
        let b = "б".repeat(3_000);
        for mark in ["\n\n", "\n", " "] {
            assert_eq!(split(&format!("{a}{mark}{b}")), [a.clone(), b.clone()], "{mark:?}");
        }
    }

    #[test]
    fn a_text_without_seams_is_cut_at_the_limit_and_nothing_is_lost() {
        let text = "😀".repeat(5_000);
        let parts = split(&text);
        assert_eq!(parts.iter().map(|part| part.chars().count()).collect::<Vec<_>>(), [2_048, 2_048, 904]);
        assert_eq!(parts.concat(), text);
    }
}
