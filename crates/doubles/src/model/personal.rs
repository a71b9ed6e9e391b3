//! Finds what points at a person. Coarse on purpose: a placeholder has no digits in a row and no «@».

/// Digits of a telephone with its country; a date with an hour has ten.
const PHONE_DIGITS_MIN: usize = 11;
/// Digits in a row of one without.
const ROW_DIGITS_MIN: usize = 10;

/// Names the first personal thing in `text`, without showing it.
pub(super) fn find(text: &str, names: &[String]) -> Option<&'static str> {
    let lower = text.to_lowercase();
    if has_phone(&lower) {
        return Some("a telephone");
    }
    if has_mail(&lower) {
        return Some("an e-mail address");
    }
    names.iter().any(|name| has_word(&lower, &name.to_lowercase())).then_some("a client's name")
}

/// Digits with nothing but blanks, brackets and dashes between them.
fn has_phone(text: &str) -> bool {
    let (mut digits, mut in_row) = (0, 0);
    for c in text.chars() {
        match c {
            c if c.is_ascii_digit() => (digits, in_row) = (digits + 1, in_row + 1),
            ' ' | '-' | '(' | ')' | '\u{a0}' => in_row = 0,
            _ => (digits, in_row) = (0, 0),
        }
        if digits >= PHONE_DIGITS_MIN || in_row >= ROW_DIGITS_MIN {
            return true;
        }
    }
    false
}

fn has_mail(text: &str) -> bool {
    text.split(|c: char| !(c.is_alphanumeric() || "@._+-".contains(c))).any(|word| {
        word.split_once('@').is_some_and(|(who, host)| !who.is_empty() && host.trim_end_matches('.').contains('.'))
    })
}

fn has_word(text: &str, name: &str) -> bool {
    !name.is_empty() && text.split(|c: char| !c.is_alphanumeric()).any(|word| word == name)
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn only_what_points_at_a_person_is_found() {
        let names = ["Ольга".to_owned()];
        for (text, expected) in [
            ("меня зовут Ольга", Some("a client's name")),
            ("пишите на olga@example.org.", Some("an e-mail address")),
            ("8 (900) 000-00-01", Some("a telephone")),
            ("+79000000001", Some("a telephone")),
            ("меня зовут ИМЯ_1, ТЕЛЕФОН_1", None),
            ("9000000001", Some("a telephone")),
            ("21.11.2026 в 18:30, 2500 рублей", None),
            ("сейчас 2026-11-21 18:30", None),
            ("вольга и @мастер", None),
        ] {
            assert_eq!(find(text, &names), expected, "{text}");
        }
    }
}
