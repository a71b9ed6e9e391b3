//! Fits a message into what the portal's messenger shows.

use nochnik_core::effect::Button;
use serde_json::{Value, json};

use super::super::parts::{self, Unit, malformed};
use super::enrolment::COMMAND;
use super::unreachable;
use crate::bitrix24::codes;
use crate::failure::Failure;
use crate::ports::Outgoing;

/// What is longer the portal cuts. A bracket may cost one character more than it is.
pub const TEXT_CHARS_MAX: usize = 10_000;
/// The portal tells no bound; the rest is written into the text.
pub const BUTTONS_MAX: usize = 20;
pub const LABEL_CHARS_MAX: usize = 60;
const ID_BYTES_MAX: usize = 200;
/// Longest labels that stand two and three in a row on a narrow phone.
const LABEL_CHARS_OF_TWO: usize = 16;
const LABEL_CHARS_OF_THREE: usize = 9;

/// What a message says and which buttons stand under it.
pub struct Part {
    text: String,
    buttons: Vec<Button>,
}

impl Part {
    /// Of a message that is said.
    pub fn fields(&self, bot: i64) -> Value {
        let mut fields = json!({ "message": self.text, "urlPreview": false });
        if !self.buttons.is_empty() {
            fields["keyboard"] = keyboard(bot, &self.buttons);
        }
        fields
    }

    /// Of a message that is changed: here no buttons must be said, and flags are letters.
    pub fn changes(&self, bot: i64) -> Value {
        let keyboard = if self.buttons.is_empty() { json!("N") } else { keyboard(bot, &self.buttons) };
        json!({ "message": self.text, "urlPreview": "N", "keyboard": keyboard })
    }
}

/// The parts of one message, in order; the keyboard stands under the last.
pub fn parts(message: &Outgoing) -> Result<Vec<Part>, Failure> {
    let texts = parts::of(&parts::text_of(message, BUTTONS_MAX), TEXT_CHARS_MAX, Unit::Chars)?;
    let mut parts: Vec<Part> =
        texts.into_iter().map(|text| Part { text: words(&text), buttons: Vec::new() }).collect();
    if let Some(last) = parts.last_mut() {
        last.buttons = parts::shown(&message.buttons, BUTTONS_MAX, ID_BYTES_MAX)?.to_vec();
    }
    Ok(parts)
}

/// A changed message is one message: what does not fit is cut.
pub fn first(message: &Outgoing) -> Result<Part, Failure> {
    let text = parts::of(&parts::text_of(message, BUTTONS_MAX), TEXT_CHARS_MAX, Unit::Chars)?.swap_remove(0);
    let buttons = parts::shown(&message.buttons, BUTTONS_MAX, ID_BYTES_MAX)?.to_vec();
    Ok(Part { text: words(&text), buttons })
}

/// A client's words may hold brackets: none of them is to become a link or a command.
pub fn words(text: &str) -> String {
    codes::plain(text)
}

/// The dialogue with one employee is named by their number.
pub fn dialog(peer: &str) -> Result<&str, Failure> {
    parts::numbered(peer, "").map_err(|_| unreachable("an employee of Bitrix24 is a number"))
}

pub fn message_id(vendor_id: &str) -> Result<i64, Failure> {
    vendor_id.parse().map_err(|_| malformed("a message of Bitrix24 is a number"))
}

/// Names the bot, or a changed keyboard might lead to nobody.
fn keyboard(bot: i64, buttons: &[Button]) -> Value {
    let per_row = parts::per_row(buttons, LABEL_CHARS_OF_TWO, LABEL_CHARS_OF_THREE);
    let mut rows = Vec::new();
    for (place, button) in buttons.iter().enumerate() {
        if place > 0 && place % per_row == 0 {
            rows.push(json!({ "TYPE": "NEWLINE" }));
        }
        rows.push(json!({
            "TEXT": parts::label(&button.label, LABEL_CHARS_MAX), "COMMAND": COMMAND, "COMMAND_PARAMS": button.id,
            "DISPLAY": "LINE",
        }));
    }
    json!({ "BOT_ID": bot, "BUTTONS": rows })
}
