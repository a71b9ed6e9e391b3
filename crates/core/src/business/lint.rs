//! What works but deserves another look: the owner's own wordings, read as a lawyer and a phone would,
//! and a matrix that would call somebody in vain.
//!
//! Unlike [`Document::check`](super::Document::check) nothing here stops a business from working.

use super::matrix::lint_matrix;
use super::{Document, Problem};
use crate::limits::BUTTON_LABEL_CHARS_MAX;
use crate::phrases::{Phrase, placeholders};

/// What makes a service message an advertisement, with its source.
const PROMOTION: &str = include_str!("promotion.txt");

/// Phrases that stand on buttons begin so.
const BUTTONS: [&str; 2] = ["b_", "a_"];

impl Document {
    /// Lists what the owner should look at again: in the order of the phrases' names, then who would be
    /// called in vain.
    ///
    /// Answers to questions (`faq`) may promote: whoever asked about discounts wants to hear of them.
    pub fn lint(&self) -> Vec<Problem> {
        let phrases = self.phrases.iter().flat_map(|(name, text)| lint_phrase(name, text));
        phrases.chain(lint_matrix(self)).collect()
    }
}

/// The same of one wording.
pub fn lint_phrase(name: &str, text: &str) -> Vec<Problem> {
    let path = format!("phrases.{name}");
    let Some(phrase) = Phrase::ALL.iter().find(|phrase| phrase.name() == name) else {
        return vec![Problem::new(path, "такой фразы нет, её никто не скажет; проверьте имя")];
    };
    let found = [unknown_placeholder(*phrase, text), cut_label(name, text), promotion(*phrase, text)];
    found.into_iter().flatten().map(|text| Problem::new(&*path, text)).collect()
}

/// What stands in braces and cannot be filled in goes to the client as it is.
fn unknown_placeholder(phrase: Phrase, text: &str) -> Option<String> {
    let known = phrase.arguments();
    let unknown = placeholders(text).find(|name| !known.contains(name))?;
    let braced: Vec<String> = known.iter().map(|name| format!("{{{name}}}")).collect();
    let may = if braced.is_empty() {
        "подстановок здесь нет".to_owned()
    } else {
        format!("есть {}", braced.join(", "))
    };
    Some(format!("подстановки {{{unknown}}} здесь нет, клиент увидит скобки; {may}"))
}

fn cut_label(name: &str, text: &str) -> Option<String> {
    let length = text.chars().count();
    let is_cut = BUTTONS.iter().any(|beginning| name.starts_with(beginning)) && length > BUTTON_LABEL_CHARS_MAX;
    is_cut.then(|| {
        format!("на кнопку помещается {BUTTON_LABEL_CHARS_MAX} знаков, а здесь {length}: конец обрежется; сократите")
    })
}

/// Words to the staff are nobody's advertising.
fn promotion(phrase: Phrase, text: &str) -> Option<String> {
    if !phrase.is_for_clients() {
        return None;
    }
    let text = text.to_lowercase();
    let mut beginnings = PROMOTION.lines().filter(|line| !line.starts_with('#'));
    let found = beginnings.find_map(|beginning| word_with(&text, beginning))?;
    Some(format!("«{found}» делает служебное сообщение рекламой, а на рекламу нужно согласие (38-ФЗ); уберите"))
}

/// The word, or the turn of several, that begins so: up to its last letter.
fn word_with<'a>(text: &'a str, beginning: &str) -> Option<&'a str> {
    let is_start = |at: &usize| !text[..*at].chars().next_back().is_some_and(char::is_alphabetic);
    let at = text.match_indices(beginning).map(|(at, _)| at).find(is_start)?;
    let rest = &text[at + beginning.len()..];
    let tail = rest.find(|letter: char| !letter.is_alphabetic()).unwrap_or(rest.len());
    Some(&text[at..at + beginning.len() + tail])
}

#[cfg(test)]
mod tests {
    use super::lint_phrase;

    fn lint(name: &str, text: &str) -> Vec<String> {
        lint_phrase(name, text).into_iter().map(|problem| problem.text).collect()
    }

    #[test]
    fn plain_wordings_are_left_alone() {
        assert_eq!(lint("booked", "Ждём вас, {name}: {service}, {moment}."), [""; 0]);
        assert_eq!(lint("b_yes", "Да, всё верно"), [""; 0]);
        assert_eq!(lint("ask_when", "Если на краску была реакция — скажите."), [""; 0], "no «акция» in it");
    }

    #[test]
    fn braces_that_nobody_fills_are_told() {
        let found = lint("booked", "Ждём вас, {client}!");
        assert!(found[0].contains("{client}") && found[0].contains("{moment}"), "{found:?}");
        assert!(lint("ask_name", "Как вас зовут, {name}?")[0].contains("подстановок здесь нет"));
    }

    #[test]
    fn a_label_that_will_be_cut_is_told() {
        let found = lint("b_yes", "Да, всё верно, записывайте");
        assert!(found[0].contains("20 знаков, а здесь 26"), "{found:?}");
    }

    #[test]
    fn a_label_of_twenty_letters_fits_and_words_that_are_no_label_may_be_long() {
        assert_eq!(lint("b_yes", &"ш".repeat(20)), [""; 0]);
        assert_eq!(lint("b_yes", &"ш".repeat(21)).len(), 1);
        assert_eq!(lint("a_take", &"ш".repeat(21)).len(), 1, "the staff's buttons are cut, too");
        assert_eq!(lint("bye", &"ш".repeat(21)), [""; 0]);
        assert_eq!(lint("bye", "Больше скидок!").len(), 1, "the word stands behind another");
        assert!(lint("bye", "Скидками, да")[0].starts_with("«скидками»"), "the whole word is named");
    }

    #[test]
    fn promotion_in_a_service_message_is_told() {
        for text in ["Ждём вас! Скидка 20 % на следующий визит.", "Только сегодня — педикюр за полцены", "Акция!"]
        {
            assert!(lint("thanks_reply", text)[0].contains("рекламой"), "{text}");
        }
        assert!(lint("bye", "Есть скидки.")[0].starts_with("«скидки»"));
        assert_eq!(lint("n_outcome", "{name}: скидка помогла?"), [""; 0], "the staff may speak of discounts");
    }

    #[test]
    fn a_name_that_no_phrase_has_is_told() {
        assert!(lint("bookd", "Записал вас")[0].contains("такой фразы нет"));
    }
}
