//! Words that somebody looks for in what was said: how they begin in any form, and where they stand in a line.

use std::ops::Range;

use maud::{Markup, html};
use nochnik_store::conversations::fold;

/// Words of one search; more only make it narrower.
const WORDS_MAX: usize = 8;
/// A shorter stem is the beginning of too many other words.
const STEM_CHARS_MIN: usize = 4;
/// Of a word that is shorter only the last vowel changes.
const SHORT_CHARS_MIN: usize = 4;
/// A letter alone is in everything.
const WORD_CHARS_MIN: usize = 2;
/// Characters of a line before the first word that was found, and of the line as a whole.
const BEFORE_CHARS: usize = 32;
const LINE_CHARS: usize = 140;

/// How the words of a search begin, in lower case, cut so that any form of them is found.
pub fn beginnings(text: &str) -> Vec<String> {
    let words = words(text).into_iter().map(|word| fold(&text[word]));
    words.filter(|word| word.chars().nth(WORD_CHARS_MIN - 1).is_some()).map(cut).take(WORDS_MAX).collect()
}

/// «маникюра» begins as «маникюр», «Анна» as «анн».
fn cut(word: String) -> String {
    let stem = nochnik_nlu::stem(&word);
    if word.starts_with(&stem) && stem.chars().count() >= STEM_CHARS_MIN {
        return stem;
    }
    let is_short = word.chars().count() >= SHORT_CHARS_MIN;
    match word.strip_suffix(['а', 'е', 'и', 'о', 'у', 'ы', 'ю', 'я']) {
        Some(shorter) if is_short => shorter.to_owned(),
        _ => word,
    }
}

/// The part of a message around the first word that was found, each of them marked.
pub fn line(text: &str, beginnings: &[String]) -> Markup {
    let is_sought = |word: &Range<usize>| {
        let word = fold(&text[word.clone()]);
        beginnings.iter().any(|beginning| word.starts_with(beginning))
    };
    let found: Vec<Range<usize>> = words(text).into_iter().filter(is_sought).collect();
    let from = found.first().map_or(0, |first| begin(text, first.start));
    let to = text[from..].char_indices().nth(LINE_CHARS).map_or(text.len(), |(at, _)| from + at);
    let mut pieces = Vec::new();
    let mut plain_from = from;
    for word in found.into_iter().filter(|word| word.end <= to) {
        pieces.push((&text[plain_from..word.start], &text[word.clone()]));
        plain_from = word.end;
    }
    html! {
        @if from > 0 { "…" }
        @for (plain, word) in pieces { (plain) mark { (word) } }
        (text[plain_from..to])
        @if to < text.len() { "…" }
    }
}

/// The beginning of a word, some characters before this place.
fn begin(text: &str, at: usize) -> usize {
    let earliest = text[..at].char_indices().rev().nth(BEFORE_CHARS).map_or(0, |(at, _)| at);
    if earliest == 0 {
        return 0;
    }
    text[earliest..at].find(char::is_whitespace).map_or(at, |blank| earliest + blank + 1)
}

/// Runs of letters and digits.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, sign) in text.char_indices().filter(|(_, sign)| sign.is_alphanumeric()) {
        let end = at + sign.len_utf8();
        match found.last_mut() {
            Some(word) if word.end == at => word.end = end,
            _ => found.push(at..end),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_looked_for_in_any_of_its_forms() {
        for (text, wanted) in [
            ("Маникюра", &["маникюр"][..]),
            ("стрижку, ёлка!", &["стрижк", "елк"]),
            ("Анна Мария", &["анн", "мари"]),
            ("на 18:30", &["на", "18", "30"]),
            ("а и 8 (918)", &["918"]),
            ("окно", &["окн"]),
            ("!? …", &[]),
        ] {
            assert_eq!(beginnings(text), wanted, "{text}");
        }
        assert_eq!(beginnings(&"слово ".repeat(50)).len(), WORDS_MAX);
    }

    #[test]
    fn the_line_is_cut_around_the_first_word_and_every_one_is_marked() {
        let line = |text: &str, sought: &str| line(text, &beginnings(sought)).into_string();
        assert_eq!(line("Хочу Стрижку и ёлку", "елка стрижки"), "Хочу <mark>Стрижку</mark> и <mark>ёлку</mark>");
        assert_eq!(line("<b>стрижка", "стрижка"), "&lt;b&gt;<mark>стрижка</mark>");
        let long = format!("{} стрижка {}", "слово ".repeat(40).trim(), "потом ".repeat(60));
        let told = line(&long, "стрижка");
        assert!(told.starts_with("…слово слово") && told.ends_with('…'), "{told}");
        assert!(told.contains(" <mark>стрижка</mark> потом") && told.chars().count() < 180, "{told}");
        assert_eq!(line("нет его", "стрижка"), "нет его");
        assert_eq!(line(&format!("{}стрижка", "ъ".repeat(90)), "стрижка"), format!("{}стрижка", "ъ".repeat(90)));
    }
}
