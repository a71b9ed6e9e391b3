//! Whether more is likely to follow: people write in bursts.

use crate::{
    meaning::{Intent, Meaning},
    words::{Gap, Words},
};

/// Words that cannot end a thought.
const OPEN_ENDS: &[&str] = &[
    "в",
    "во",
    "на",
    "к",
    "ко",
    "с",
    "со",
    "у",
    "о",
    "об",
    "для",
    "до",
    "после",
    "от",
    "по",
    "из",
    "за",
    "под",
    "через",
    "без",
    "и",
    "а",
    "но",
    "или",
    "чтобы",
    "что",
    "если",
    "когда",
    "как",
    "то",
    "хочу",
    "хотела",
    "хотел",
    "можно",
    "нужно",
    "надо",
    "мне",
    "меня",
    "мой",
    "моя",
    "номер",
    "телефон",
    "зовут",
    "запишите",
    "скажите",
    "подскажите",
    "а",
    "ну",
    "вот",
    "бы",
    "ли",
    "еще",
    "также",
    "плюс",
    "мы",
    "я",
    "вы",
    "есть",
    "это",
    "лучше",
];

/// A bare greeting, a fragment, or an end that asks for more; a question or what with when is whole.
pub fn is_unfinished(words: &Words, meaning: &Meaning, is_question: bool) -> bool {
    let Some(last) = words.tokens.last() else { return false };
    if is_question || meaning.has(Intent::Confirm) || meaning.has(Intent::Decline) {
        return false;
    }
    let ends_open = last.is_any(OPEN_ENDS) || words.tail.has(Gap::COMMA);
    if ends_open && !last.roles.phone && !last.roles.when {
        return true;
    }
    let is_whole = meaning.when.is_some() && !meaning.services.is_empty();
    let is_bare = meaning.intent() == Intent::Smalltalk && words.tokens.iter().all(crate::cues::is_greeting);
    is_bare && !is_whole
}
