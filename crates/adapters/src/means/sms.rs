//! How much one SMS holds, and how a text is made to fit.
//!
//! A text of the GSM alphabet: 160 characters alone, 153 in each part of several; anything else,
//! Russian above all, goes as UCS-2: 70 and 67. Source: 3GPP TS 23.038 and 23.040.

use crate::settings::{Settings, SettingsProblem};

/// What was made of a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Fitted {
    pub text: String,
    /// Parts that are paid for.
    pub segments: u32,
    pub is_cut: bool,
}

/// Parts of one message: three hold 201 Russian letters.
const SEGMENTS_DEFAULT: f64 = 3.0;
const SEGMENTS_MAX: f64 = 10.0;
/// The most that one part can hold, in characters.
const SEGMENT_CHARS_MAX: usize = 160;

/// The entry's `segments_max`.
pub fn segments_max(settings: &Settings<'_>) -> Result<u32, SettingsProblem> {
    Ok(settings.number("segments_max", SEGMENTS_DEFAULT, 1.0..=SEGMENTS_MAX)? as u32)
}

/// Fits the text into `segments_max` parts and `chars_max` characters: cuts it after a word, says so
/// with an ellipsis, and keeps the link whole on a line of its own. A link that leaves no room for
/// any text is itself the message.
pub fn fit(text: &str, link: Option<&str>, segments_max: u32, chars_max: usize) -> Fitted {
    let text = text.trim();
    let tail = link.map(|link| format!("\n{link}")).unwrap_or_default();
    let fits = |text: &str| segments(text) <= segments_max && text.chars().count() <= chars_max;
    let fitted = |text: String, is_cut| Fitted { segments: segments(&text), text, is_cut };
    let whole = format!("{text}{tail}");
    if fits(&whole) {
        return fitted(whole.trim().to_owned(), false);
    }
    let ellipsis = if is_gsm(&whole) { "..." } else { "…" };
    let longest = SEGMENT_CHARS_MAX * segments_max as usize;
    let mut head: String = text.chars().take(longest.min(chars_max)).collect();
    while let Some(shorter) = without_last_word(&head) {
        let candidate = format!("{shorter}{ellipsis}{tail}");
        if fits(&candidate) {
            return fitted(candidate, true);
        }
        head = shorter.to_owned();
    }
    fitted(tail.trim().to_owned(), true)
}

/// Takes the last word off, or the last letter of an only word; `None` when nothing is left.
fn without_last_word(text: &str) -> Option<&str> {
    let shorter = match text.rfind(char::is_whitespace) {
        Some(end) => &text[..end],
        None => &text[..text.char_indices().next_back()?.0],
    };
    let shorter = shorter.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '—' | '-'));
    (!shorter.is_empty()).then_some(shorter)
}

/// Parts the text takes; an empty one takes one.
pub fn segments(text: &str) -> u32 {
    if is_gsm(text) {
        parts(text.chars().map(|c| if EXTENDED.contains(c) { 2 } else { 1 }), 160, 153)
    } else {
        parts(text.chars().map(char::len_utf16), 70, 67)
    }
}

/// `sizes` of characters, none of which is split between two parts.
fn parts(sizes: impl Iterator<Item = usize> + Clone, alone: usize, each: usize) -> u32 {
    if sizes.clone().sum::<usize>() <= alone {
        return 1;
    }
    let (mut count, mut used) = (1, 0);
    for size in sizes {
        if used + size > each {
            count += 1;
            used = 0;
        }
        used += size;
    }
    count
}

/// Takes two places each.
const EXTENDED: &str = "^{}\\[~]|€\u{c}";
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";

fn is_gsm(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || BASIC.contains(c) || EXTENDED.contains(c))
}

#[cfg(test)]
mod tests {
    use super::{Fitted, fit, segments};

    /// The table of lengths of TS 23.038 and of the contract: 160/153 and 70/67.
    #[test]
    fn a_text_is_counted_in_parts_as_networks_count_it() {
        for (text, expected) in [
            (String::new(), 1),
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            ("я".repeat(70), 1),
            ("я".repeat(71), 2),
            ("я".repeat(134), 2),
            ("я".repeat(135), 3),
            // The euro takes two places, and makes no part of UCS-2.
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            // One Russian letter makes the whole text UCS-2.
            (format!("{}я", "a".repeat(70)), 2),
            // A pair of surrogates is not split: 33 pairs are 66 of 67 places.
            ("😀".repeat(35), 1),
            ("😀".repeat(66), 2),
            ("😀".repeat(67), 3),
        ] {
            assert_eq!(segments(&text), expected, "{} characters of {:?}", text.chars().count(), text.chars().next());
        }
    }

    #[test]
    fn what_fits_goes_as_it_is() {
        let fitted = fit(" Лотос: вы записаны 24.11 в 15:00 ", None, 1, 640);
        let text = "Лотос: вы записаны 24.11 в 15:00".to_owned();
        assert_eq!(fitted, Fitted { text, segments: 1, is_cut: false });
    }

    #[test]
    fn a_long_text_ends_after_a_word_and_keeps_its_link() {
        let link = "https://n.example/a/7f3k";
        let text = "Горячая заявка: клиент хочет прийти завтра утром и ждёт ответа прямо сейчас, откройте Ночник";
        let fitted = fit(text, Some(link), 1, 640);
        assert_eq!(fitted.text, format!("Горячая заявка: клиент хочет прийти завтра…\n{link}"));
        assert!(fitted.is_cut);
        assert_eq!(fitted.segments, 1);
    }

    #[test]
    fn a_vendors_own_limit_of_letters_holds_too() {
        let fitted = fit(&"слово ".repeat(300), None, 10, 640);
        assert!(fitted.text.chars().count() <= 640 && fitted.text.ends_with("слово…"), "{}", fitted.text.len());
    }

    #[test]
    fn a_link_without_room_for_words_is_the_message() {
        let link = format!("https://n.example/{}", "a".repeat(140));
        let fitted = fit("Горячая заявка", Some(&link), 1, 640);
        assert_eq!((fitted.text.as_str(), fitted.is_cut), (link.as_str(), true));
    }
}
