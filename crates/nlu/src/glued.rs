//! A preposition written together with a time: «всреду», «навторник», «сутра».

use crate::words::{Gap, Token, Words, stem};

const PREPOSITIONS: &[&str] = &["во", "в", "на", "ко", "к", "до", "по", "со", "с"];

/// What stands behind a preposition in the form that it takes.
const TIMES: &[&str] = &[
    "понедельник",
    "понедельника",
    "понедельнику",
    "вторник",
    "вторника",
    "вторнику",
    "среду",
    "среды",
    "среде",
    "четверг",
    "четверга",
    "четвергу",
    "пятницу",
    "пятницы",
    "пятнице",
    "субботу",
    "субботы",
    "субботе",
    "воскресенье",
    "воскресенья",
    "воскресенью",
    "сегодня",
    "выходные",
    "выходных",
    "утра",
    "обед",
    "обеда",
    "обеду",
    "вечера",
    "вечеру",
];

/// Parts such tokens in two.
pub fn part(words: &mut Words) {
    let mut at = 0;
    while at < words.tokens.len() {
        let token = &words.tokens[at];
        let is_plain = token.typed.len() == token.span.1 - token.span.0;
        if let Some((preposition, time)) = parts(&token.text).filter(|_| is_plain) {
            let (whole, time) = (token.clone(), time.to_owned());
            // A Latin letter among them is shorter than the Cyrillic one it stands for.
            let typed = whole.typed.chars().take(preposition.chars().count());
            let middle = whole.span.0 + typed.map(char::len_utf8).sum::<usize>();
            words.tokens[at] = half(preposition, (whole.span.0, middle), whole.gap);
            words.tokens.insert(at + 1, half(&time, (middle, whole.span.1), Gap::SPACE));
            at += 1;
        }
        at += 1;
    }
}

fn half(text: &str, span: (usize, usize), gap: Gap) -> Token {
    Token { text: text.to_owned(), typed: text.to_owned(), stem: stem(text), span, gap, ..Token::default() }
}

fn parts(text: &str) -> Option<(&'static str, &str)> {
    PREPOSITIONS.iter().find_map(|preposition| {
        text.strip_prefix(preposition).filter(|time| TIMES.contains(time)).map(|time| (*preposition, time))
    })
}
