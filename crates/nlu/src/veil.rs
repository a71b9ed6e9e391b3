//! A message as it may leave the house: only words everybody uses, the rest behind marks.
//!
//! What is personal cannot be listed, what is not can: a word goes out when it stands in the shipped
//! lists, in the training messages or among the business's services, and is nobody's name. All other
//! words, and every number longer than an hour or a price, become `[1]`, `[2]`…

use std::{collections::HashSet, sync::LazyLock};

use jiff::civil::DateTime;

use crate::{
    Expecting, Lexicon,
    lexicon::shipped,
    names::{self, Part},
    reading,
    words::{self, Gap, Token},
};

/// More digits in a row tell more than an hour, a date without its year or a price.
const DIGITS_MAX: usize = 4;
/// Words of one number that goes out: «двадцать пять».
const NUMBERS_MAX: usize = 2;
/// From so many digits on, numbers that look harmless one by one may be a phone in pieces.
const DIGITS_ALL_MAX: usize = 8;

/// Words that say where somebody lives, and how many words after them do.
const ADDRESS: &[&str] =
    &["улиц", "просп", "переул", "бульвар", "шоссе", "квартир", "подъезд", "живу", "живем", "адрес"];
const ADDRESS_WORDS: &[&str] = &["ул", "пр", "пер", "дом", "кв", "корпус"];
const ADDRESS_WORDS_MAX: usize = 4;

/// A message behind marks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Veiled {
    /// Lower case, spelled right, with `[n]` where something was taken out.
    pub text: String,
    /// What each mark stands for, as typed; mark `[1]` is the first.
    pub hidden: Vec<String>,
}

impl Veiled {
    /// What a mark stands for; `None` for a mark that was not given out, and for anything else.
    pub fn behind(&self, mark: &str) -> Option<&str> {
        let number: usize = mark.trim().strip_prefix('[')?.strip_suffix(']')?.parse().ok()?;
        self.hidden.get(number.checked_sub(1)?).map(String::as_str)
    }
}

/// Takes out of a message everything that could tell who wrote it.
///
/// `expecting` and `now` as for [`crate::understand`].
pub fn veil(text: &str, expecting: Option<Expecting>, lexicon: &Lexicon, now: DateTime) -> Veiled {
    let mut words = words::split(text);
    reading::read(text, &mut words, expecting, lexicon, now);
    let is_open = open(&words.tokens, lexicon);
    let mut veiled = Veiled::default();
    let mut hidden_from: Option<(usize, usize)> = None;
    for (token, is_open) in words.tokens.iter().zip(is_open) {
        if is_open {
            veiled.close(text, hidden_from.take());
            veiled.add(token.gap, &token.text);
        } else if let Some((_, end)) = &mut hidden_from {
            *end = token.span.1;
        } else {
            veiled.add(token.gap, "");
            hidden_from = Some(token.span);
        }
    }
    veiled.close(text, hidden_from);
    veiled.text.push_str(mark_of(words.tail).trim());
    veiled
}

impl Veiled {
    fn add(&mut self, gap: Gap, word: &str) {
        if !self.text.is_empty() {
            self.text.push_str(mark_of(gap));
        }
        self.text.push_str(word);
    }

    fn close(&mut self, text: &str, span: Option<(usize, usize)>) {
        let Some((from, to)) = span else { return };
        self.hidden.push(text.get(from..to).unwrap_or_default().to_owned());
        self.text.push_str(&format!("[{}]", self.hidden.len()));
    }
}

/// Punctuation that means something to a reader; no other character of the original goes out.
fn mark_of(gap: Gap) -> &'static str {
    let marks = [
        (Gap::QUESTION, "? "),
        (Gap::EXCLAIM, "! "),
        (Gap::NEWLINE, "\n"),
        (Gap::COMMA, ", "),
        (Gap::COLON, ": "),
        (Gap::DOT, ". "),
    ];
    marks.into_iter().find(|(mark, _)| gap.has(*mark)).map_or(" ", |(_, text)| text)
}

/// Which tokens may go out.
fn open(tokens: &[Token], lexicon: &Lexicon) -> Vec<bool> {
    let mut is_open: Vec<bool> = tokens.iter().map(|token| is_common(token, lexicon)).collect();
    let is_number = |token: &Token| token.is_digits() || token.number.is_some();
    let digits = |token: &Token| if token.is_digits() { token.text.chars().count() } else { 1 };
    let numbers = tokens.iter().filter(|token| is_number(token));
    let is_much = numbers.map(digits).sum::<usize>() > DIGITS_ALL_MAX;
    let mut at = 0;
    while at < tokens.len() {
        let run = tokens[at..].iter().take_while(|token| is_number(token)).count();
        let all: usize = tokens[at..at + run].iter().map(digits).sum();
        let is_short = run <= NUMBERS_MAX && all <= DIGITS_MAX;
        for (place, token) in tokens.iter().enumerate().skip(at).take(run) {
            is_open[place] = is_short && !token.roles.phone && (!is_much || token.roles.when);
        }
        at += run.max(1);
    }
    hide_addresses(tokens, &mut is_open);
    // A capital or a surname's shape beside somebody's name belongs to it.
    for place in 0..tokens.len() {
        let is_beside = |other: Option<usize>| other.and_then(|at| tokens.get(at)).is_some_and(is_name);
        let looks_it = tokens[place].is_capital() || names::part_of(&tokens[place].text).is_some();
        if looks_it && (is_beside(place.checked_sub(1)) || is_beside(Some(place + 1))) {
            is_open[place] = false;
        }
    }
    // A number behind a hidden word is its house or its flat, unless it is an hour.
    for place in 1..tokens.len() {
        if is_number(&tokens[place]) && !tokens[place].roles.when && !is_open[place - 1] {
            is_open[place] = false;
        }
    }
    is_open
}

/// What follows a word of an address up to the end of the clause is where somebody lives.
fn hide_addresses(tokens: &[Token], is_open: &mut [bool]) {
    for at in 0..tokens.len() {
        if !ADDRESS.iter().any(|beginning| tokens[at].text.starts_with(beginning)) && !tokens[at].is_any(ADDRESS_WORDS)
        {
            continue;
        }
        let rest = tokens.iter().enumerate().skip(at + 1).take(ADDRESS_WORDS_MAX);
        for (place, token) in rest.take_while(|(_, token)| !token.gap.ends_clause()) {
            let is_ours =
                token.roles.service || token.roles.when || token.text.chars().count() <= 2 && !token.is_digits();
            is_open[place] &= is_ours;
        }
    }
}

fn is_name(token: &Token) -> bool {
    token.roles.name || names::is_known(&token.text)
}

/// A word everybody uses. Specialists are people too.
fn is_common(token: &Token, lexicon: &Lexicon) -> bool {
    let is_persons = token.roles.name || token.roles.phone || token.roles.specialist || names::is_known(&token.text);
    let is_surname = token.is_capital() && names::part_of(&token.text).is_some_and(|part| part != Part::First);
    // A capital inside a sentence is a name of something, and of ours only the services'.
    let begins = token.span.0 == 0 || token.gap.ends_sentence() || token.roles.service;
    let is_proper = token.is_capital() && !token.is_shouted() && !begins;
    let is_spelled = shipped().speller.has(token) || lexicon.services.has(token) || TAUGHT.contains(&token.stem);
    !is_persons && !is_surname && !is_proper && is_spelled
}

/// Stems of the training messages, which were written for this repository and name nobody.
static TAUGHT: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let texts = [
        include_str!("../data/intents.txt"),
        include_str!("../data/messages.txt"),
        // Sounds of doubt, which no vocabulary has.
        "ээ эээ мм ммм эм эмм хм гм",
    ];
    let lines = texts.into_iter().flat_map(str::lines).filter(|line| !line.starts_with(['@', '#']));
    lines.flat_map(|line| words::split(line).tokens).map(|token| token.stem).collect()
});
