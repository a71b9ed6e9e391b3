//! Fits a text and its choices into what a channel carries.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use nochnik_core::effect::Button;

use crate::failure::{Failure, codes};
use crate::ports::{Outgoing, Receipt};

/// Half-sent texts remembered; beyond that a repeat may show its beginning twice.
const HALF_SENT_MAX: usize = 1_000;

/// What a channel counts a text in.
#[derive(Clone, Copy)]
pub enum Unit {
    Chars,
    /// UTF-16 code units, never fewer than characters.
    Utf16,
    /// Bytes of UTF-8.
    Bytes,
}

impl Unit {
    fn of(self, c: char) -> usize {
        match self {
            Self::Chars => 1,
            Self::Utf16 => c.len_utf16(),
            Self::Bytes => c.len_utf8(),
        }
    }
}

/// Cuts at the last blank line, else line, else blank that fits; blanks at the seams fall away.
/// An empty text has no parts.
pub fn split(text: &str, max: usize, unit: Unit) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let fits = fitting_bytes(rest, max, unit);
        let end = if fits == rest.len() { fits } else { seam(&rest[..fits]) };
        parts.push(rest[..end].trim_end().to_owned());
        rest = rest[end..].trim_start();
    }
    parts
}

/// The parts of a message, never none.
pub fn of(text: &str, max: usize, unit: Unit) -> Result<Vec<String>, Failure> {
    Some(split(text, max, unit)).filter(|parts| !parts.is_empty()).ok_or_else(|| malformed("the text is empty"))
}

/// Bytes of the longest beginning within `max` units.
fn fitting_bytes(text: &str, max: usize, unit: Unit) -> usize {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        units += unit.of(c);
        if units > max {
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

/// The text of a message, with all its choices numbered below where not all of them fit on buttons.
pub fn text_of(message: &Outgoing, buttons_max: usize) -> String {
    let mut text = message.text.clone();
    if message.buttons.len() > buttons_max {
        for (index, button) in message.buttons.iter().enumerate() {
            let _infallible = write!(text, "\n{}. {}", index + 1, button.label);
        }
    }
    text
}

/// The choices that get a button, each with something to read and an id the channel carries.
pub fn shown(buttons: &[Button], buttons_max: usize, id_bytes_max: usize) -> Result<&[Button], Failure> {
    let shown = &buttons[..buttons.len().min(buttons_max)];
    let is_whole =
        |button: &Button| !button.id.is_empty() && button.id.len() <= id_bytes_max && !button.label.trim().is_empty();
    if shown.iter().all(is_whole) { Ok(shown) } else { Err(malformed("a button has a label and an id that fits")) }
}

/// Buttons in a row: as many as their longest label lets be read. `of_two` and `of_three` are the longest labels,
/// in characters, that stand two and three in a row.
pub fn per_row(shown: &[Button], of_two: usize, of_three: usize) -> usize {
    let longest = shown.iter().map(|button| button.label.chars().count()).max().unwrap_or(0);
    match longest {
        _ if longest <= of_three => 3,
        _ if longest <= of_two => 2,
        _ => 1,
    }
}

/// A label that fits; what was left out is marked.
pub fn label(text: &str, chars_max: usize) -> String {
    let text = text.trim();
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A person whom the vendor knows by a number.
pub fn numbered<'a>(peer: &'a str, why: &str) -> Result<&'a str, Failure> {
    let is_number = !peer.is_empty() && peer.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { Ok(peer) } else { Err(malformed(why)) }
}

pub fn malformed(why: &str) -> Failure {
    Failure::Refused { code: codes::MALFORMED.to_owned(), why: why.to_owned() }
}

/// Parts already delivered of texts that needed several, by the key of the row.
#[derive(Default)]
pub struct HalfSent {
    parts: Mutex<HashMap<String, usize>>,
}

impl HalfSent {
    /// The parts that are still to go, with their numbers: an earlier try under the same key may have broken off.
    pub fn rest<'p, T>(&self, key: &str, parts: &'p [T]) -> impl Iterator<Item = (usize, &'p T)> + use<'p, T> {
        let sent = self.parts.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied().unwrap_or(0);
        parts.iter().enumerate().skip(sent)
    }

    /// Part `number` did not go: the next try begins with it.
    pub fn broken(&self, key: &str, number: usize, failure: Failure) -> Failure {
        let mut known = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        if number > 0 && known.len() < HALF_SENT_MAX {
            known.insert(key.to_owned(), number);
        }
        failure
    }

    /// All of it went. `vendor_id` is the last part's, and stands for the whole.
    pub fn done(&self, key: &str, vendor_id: Option<String>) -> Receipt {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        Receipt { vendor_id }
    }
}

#[cfg(test)]
mod tests {
    use super::{Unit, label, split};

    #[test]
    fn a_long_text_is_cut_between_paragraphs_lines_or_words() {
        let a = "а".repeat(3_000);
        let b = "б".repeat(3_000);
        for mark in ["\n\n", "\n", " "] {
            assert_eq!(split(&format!("{a}{mark}{b}"), 4_096, Unit::Utf16), [a.clone(), b.clone()], "{mark:?}");
        }
    }

    #[test]
    fn a_text_without_seams_is_cut_at_the_limit_and_nothing_is_lost() {
        for (text, max, unit, expected) in [
            ("😀".repeat(5_000), 4_096, Unit::Utf16, vec![2_048, 2_048, 904]),
            ("😀".repeat(5_000), 4_000, Unit::Chars, vec![4_000, 1_000]),
            ("щ".repeat(1_100), 1_000, Unit::Bytes, vec![500, 500, 100]),
        ] {
            let parts = split(&text, max, unit);
            assert_eq!(parts.iter().map(|part| part.chars().count()).collect::<Vec<_>>(), expected);
            assert_eq!(parts.concat(), text);
        }
    }

    #[test]
    fn a_label_that_is_cut_says_so() {
        assert_eq!(label(" ср 25.11 18:30 ", 20), "ср 25.11 18:30");
        assert_eq!(label("Наращивание ресниц 2D", 20), "Наращивание ресниц…");
    }
}
