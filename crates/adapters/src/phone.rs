//! Numbers as vendors and our own forms write them.

use nochnik_core::values::Phone;

/// Reads a number that is known to be one: blanks and brackets fall away, a missing `+` is put
/// back, a Russian 8 or a bare ten-digit mobile number becomes +7.
pub fn read(text: &str) -> Option<Phone> {
    let is_spacing = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '-' | '–' | '.');
    let bare: String = text.chars().filter(|c| !is_spacing(*c)).collect();
    let international = match bare.as_bytes() {
        [b'+', ..] => bare,
        [b'8', b'3' | b'4' | b'8' | b'9', ..] if bare.len() == 11 => format!("+7{}", &bare[1..]),
        [b'9', ..] if bare.len() == 10 => format!("+7{bare}"),
        _ => format!("+{bare}"),
    };
    Phone::parse(&international).ok()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_number_is_read_however_it_is_written() {
        for text in ["+79185551231", "79185551231", "89185551231", "8 (918) 555-12-31", "9185551231"] {
            assert_eq!(read(text).unwrap().e164(), "+79185551231", "{text}");
        }
        assert_eq!(read("375291234567").unwrap().e164(), "+375291234567");
        for text in ["", "+", "позвоните", "12", "8918555123a"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
