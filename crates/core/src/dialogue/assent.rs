//! Whether words that were taken for a yes are one: nothing is settled by a question, a doubt or a condition.

use super::turns::{self, Way};

/// Said with a «не», «нет» or «без», and yet a yes.
const IDIOMS: [&str; 8] = [
    "нет проблем",
    "без проблем",
    "не вопрос",
    "не против",
    "без изменений",
    "ничего не меня",
    "без разницы",
    "не переживайте",
];

/// What such words come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assent {
    Yes,
    /// «А точно в субботу?»
    Question,
    /// «Да погодите»
    Pause,
    /// «Да, но телефон другой», «да нет наверное»
    Objection,
}

/// «Нет, всё верно», «да не вопрос»: a yes, though it was taken for a no.
pub(super) fn affirms(text: &str) -> bool {
    let said = plain(text);
    let rest = said.replace("нет,", "").replace("нет ", "").replace("не надо менять", "");
    let mut words = said.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_bare = turns::is_said(&said, Way::Yes) && words.all(|word| turns::is_said(word, Way::Yes));
    is_bare || turns::is_said(&said, Way::Affirms) && of(&rest) == Assent::Yes
}

/// Lower case, without idioms, and without what a client promises «если что».
fn plain(text: &str) -> String {
    let lower = text.to_lowercase().replace('ё', "е");
    let said = lower.split("но если что").next().unwrap_or_default().to_owned();
    IDIOMS.iter().fold(said, |said, idiom| said.replace(idiom, ""))
}

/// Reads words that were taken for a yes.
pub(super) fn of(text: &str) -> Assent {
    let said = plain(text);
    match () {
        () if turns::is_said(&said, Way::Pause) => Assent::Pause,
        () if turns::is_said(&said, Way::Objects) => Assent::Objection,
        () if said.contains('?') && !says_yes_apart(&said) => Assent::Question,
        () => Assent::Yes,
    }
}

/// «Да, а парковка есть?»: the yes is a clause of its own, and no part of the question.
fn says_yes_apart(said: &str) -> bool {
    let clauses = said.split_inclusive([',', '.', '!', '?', '\n', ')']);
    clauses.into_iter().any(|clause| !clause.ends_with('?') && turns::is_said(clause, Way::Yes))
}

#[cfg(test)]
mod tests {
    use super::{Assent, affirms, of};

    #[test]
    fn what_is_all_right_is_affirmed_behind_a_no() {
        for text in ["нет, всё верно", "да нет, всё верно", "не надо менять, всё верно", "всё правильно"]
        {
            assert!(affirms(text), "{text}");
        }
        for text in ["нет", "нет, не верно", "всё верно?", "всё верно, но телефон другой"]
        {
            assert!(!affirms(text), "{text}");
        }
    }

    #[test]
    fn only_a_plain_yes_settles() {
        let cases = [
            ("да", Assent::Yes),
            ("всё верно", Assent::Yes),
            ("Да, всё так!", Assent::Yes),
            ("без проблем, жду", Assent::Yes),
            ("да, не переживайте", Assent::Yes),
            ("да, а парковка есть?", Assent::Yes),
            ("👍", Assent::Yes),
            ("верно?", Assent::Question),
            ("а точно в субботу?", Assent::Question),
            ("да погодите", Assent::Pause),
            ("ага щас", Assent::Pause),
            ("да нет наверное", Assent::Objection),
            ("да не надо", Assent::Objection),
            ("всё верно, но телефон другой", Assent::Objection),
            ("ок, но без телефона", Assent::Objection),
            ("ну такое", Assent::Objection),
        ];
        for (text, expected) in cases {
            assert_eq!(of(text), expected, "{text}");
        }
    }
}
