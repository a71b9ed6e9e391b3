//! What a robot says on the phone.

/// About half a minute of speech. Longer ones are hung up on, and paid for by the minute.
const CHARS_MAX: usize = 400;

/// The text as it is spoken and whether its end was left out: after a sentence where there is one,
/// otherwise after a word.
pub fn fit(text: &str) -> (String, bool) {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let Some((end, _)) = text.char_indices().nth(CHARS_MAX) else { return (text, false) };
    let head = &text[..end];
    let sentence = head.rfind(['.', '!', '?']).map(|at| at + 1);
    let cut = sentence.or_else(|| head.rfind(' ')).unwrap_or(end);
    (head[..cut].to_owned(), true)
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn a_call_ends_with_a_whole_sentence() {
        assert_eq!(fit("Срочная  заявка.\nНажмите один."), ("Срочная заявка. Нажмите один.".to_owned(), false));
        let long = format!("Срочная заявка. {}", "слово ".repeat(100));
        assert_eq!(fit(&long), ("Срочная заявка.".to_owned(), true));
        let (endless, is_cut) = fit(&"слово ".repeat(100));
        assert!(is_cut && endless.ends_with("слово") && endless.chars().count() <= 400);
    }
}
