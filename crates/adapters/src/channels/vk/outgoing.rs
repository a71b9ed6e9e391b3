//! Fits a message into VK's limits.

use nochnik_core::effect::Button;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::parts::{self, Unit};
use crate::failure::Failure;
use crate::ports::Outgoing;

/// The schema says 9,000; which of the two VK keeps to is confirmed nowhere, and this one is safe.
pub const TEXT_CHARS_MAX: usize = 4_096;
/// Of a keyboard under its message.
pub const BUTTONS_MAX: usize = 10;
pub const LABEL_CHARS_MAX: usize = 40;
/// A payload has 255 bytes, our frame of it takes a few.
const ID_BYTES_MAX: usize = 200;
const ROWS_MAX: usize = 6;
/// Longest labels that stand two and three in a row on a narrow phone.
const LABEL_CHARS_OF_TWO: usize = 16;
const LABEL_CHARS_OF_THREE: usize = 9;

/// What a message says and what stands under it.
pub struct Part {
    pub text: String,
    /// JSON, as VK wants it.
    pub keyboard: Option<String>,
}

/// The parts of one message, in order; the keyboard stands under the last. `can_callback`: buttons may
/// answer without writing into the chat.
pub fn parts(message: &Outgoing, can_callback: bool) -> Result<Vec<Part>, Failure> {
    let texts = parts::of(&parts::text_of(message, BUTTONS_MAX), TEXT_CHARS_MAX, Unit::Chars)?;
    let mut parts: Vec<Part> = texts.into_iter().map(|text| Part { text, keyboard: None }).collect();
    let keyboard = keyboard(&message.buttons, can_callback)?;
    if let Some(last) = parts.last_mut().filter(|_| !message.buttons.is_empty()) {
        last.keyboard = Some(keyboard);
    }
    Ok(parts)
}

/// An edit; without buttons the old ones go. What does not fit is cut.
pub fn edit(message: &Outgoing, can_callback: bool) -> Result<Part, Failure> {
    let text = parts::of(&parts::text_of(message, BUTTONS_MAX), TEXT_CHARS_MAX, Unit::Chars)?.swap_remove(0);
    Ok(Part { text, keyboard: Some(keyboard(&message.buttons, can_callback)?) })
}

fn keyboard(buttons: &[Button], can_callback: bool) -> Result<String, Failure> {
    let shown = parts::shown(buttons, BUTTONS_MAX, ID_BYTES_MAX)?;
    let per_row = parts::per_row(shown, LABEL_CHARS_OF_TWO, LABEL_CHARS_OF_THREE).max(shown.len().div_ceil(ROWS_MAX));
    let kind = if can_callback { "callback" } else { "text" };
    let button = |button: &Button| {
        let label = parts::label(&button.label, LABEL_CHARS_MAX);
        let payload = json!({ "b": button.id }).to_string();
        json!({ "action": { "type": kind, "label": label, "payload": payload }, "color": "secondary" })
    };
    let rows: Vec<Vec<Value>> = shown.chunks(per_row).map(|row| row.iter().map(button).collect()).collect();
    Ok(json!({ "inline": true, "buttons": rows }).to_string())
}

/// The number by which VK knows a repeat; never 0, which would switch that off.
pub fn random_id(key: &str, part: usize) -> i32 {
    let digest = Sha256::new().chain_update(key).chain_update(part.to_be_bytes()).finalize();
    let number = digest.iter().take(4).fold(0_i32, |number, byte| (number << 8) | i32::from(*byte));
    if number == 0 { 1 } else { number }
}

#[cfg(test)]
mod tests {
    use super::random_id;

    #[test]
    fn a_repeat_has_the_same_number_and_nothing_else_has_it() {
        assert_eq!(random_id("e#0", 0), random_id("e#0", 0));
        assert_ne!(random_id("e#0", 0), random_id("e#0", 1));
        assert_ne!(random_id("e#0", 0), random_id("e#1", 0));
    }
}
