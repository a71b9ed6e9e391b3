//! A small pattern language over tokens, so that a linguist can edit what words mean.
//!
//! A list has sections `@label` and lines `weight pattern`; `#` starts a comment. A pattern is a
//! row of elements divided by blanks; each element matches one token, or is one of the marks:
//!
//! | element | matches |
//! |---|---|
//! | `слово` | any form of the word (same stem) |
//! | `слов*` | a word that begins so |
//! | `=слово` | exactly this form |
//! | `а\|б*\|=в` | any of these |
//! | `<service>` `<specialist>` `<when>` `<name>` `<phone>` `<number>` | a token with that role |
//! | `..` | up to four tokens of the same sentence |
//! | `^`, `$` | beginning and end of the message |
//! | `<q>` | the message has a question mark |
//!
//! Between elements a few small words («бы», «пожалуйста», «мне») may stand unmentioned. A pattern
//! never crosses the end of a sentence, and «не» right before it cancels it unless it begins with «не».

use std::collections::HashMap;

use crate::words::{Token, Words, stem};

/// Words that may stand between two elements of a pattern.
const FILLERS: &[&str] = &[
    "бы",
    "ли",
    "же",
    "пожалуйста",
    "мне",
    "нам",
    "меня",
    "нас",
    "вас",
    "вам",
    "вы",
    "я",
    "мы",
    "ну",
    "вот",
    "а",
    "уже",
    "еще",
    "пж",
    "плиз",
    "так",
    "то",
    "там",
    "тут",
    "у",
    "и",
    "ка",
    "это",
    "эту",
    "этот",
    "тоже",
    "вообще",
];

/// How many tokens `..` may skip.
const GAP_TOKENS_MAX: usize = 4;

#[derive(Clone, Debug)]
enum Word {
    Exact(String),
    Stem(String),
    Prefix(String),
    Role(Role),
}

#[derive(Clone, Copy, Debug)]
enum Role {
    Service,
    Specialist,
    When,
    Name,
    Phone,
    Number,
}

#[derive(Clone, Debug)]
enum Element {
    Any(Vec<Word>),
    Gap,
    Start,
    End,
    Question,
}

#[derive(Clone, Debug)]
struct Cue {
    label: usize,
    weight: f32,
    elements: Vec<Element>,
    /// How many tokens of one sentence it takes at least.
    words: usize,
    may_follow_not: bool,
}

/// A pattern found in a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit<'a> {
    pub label: &'a str,
    pub weight: f32,
    /// Tokens, half-open.
    pub start: usize,
    pub end: usize,
}

/// A compiled list.
#[derive(Debug, Default)]
pub struct CueList {
    labels: Vec<String>,
    cues: Vec<Cue>,
    by_beginning: HashMap<[char; 2], Vec<usize>>,
    without_beginning: Vec<usize>,
    vocabulary: Vec<String>,
    beginnings: Vec<String>,
}

impl CueList {
    /// Compiles a list; lines that are not patterns are skipped (a test reads every shipped list).
    pub fn parse(source: &str) -> Self {
        let mut list = Self::default();
        for line in source.lines().map(|line| line.split('#').next().unwrap_or("").trim()) {
            if let Some(label) = line.strip_prefix('@') {
                list.labels.push(label.trim().to_owned());
            } else if let Some((weight, pattern)) = line.split_once(' ')
                && let Ok(weight) = weight.parse()
                && !list.labels.is_empty()
            {
                list.add(weight, pattern);
            }
        }
        list
    }

    /// Plain words of the list, for the speller; beginnings (`слов*`) are not words.
    pub fn vocabulary(&self) -> impl Iterator<Item = &str> {
        self.vocabulary.iter().map(String::as_str)
    }

    /// Beginnings (`слов*`) of the list: a word that begins so needs no correction.
    pub fn beginnings(&self) -> impl Iterator<Item = &str> {
        self.beginnings.iter().map(String::as_str)
    }

    /// Finds every pattern, in the order of the message.
    pub fn find(&self, words: &Words) -> Vec<Hit<'_>> {
        let mut hits = Vec::new();
        let opening = after_greeting(&words.tokens);
        let left = left_in_sentence(&words.tokens);
        for start in 0..words.tokens.len() {
            let Some(token) = words.tokens.get(start) else { break };
            let indexed =
                beginning(&token.text).and_then(|key| self.by_beginning.get(&key)).map_or(&[][..], Vec::as_slice);
            for cue in indexed.iter().chain(&self.without_beginning).filter_map(|index| self.cues.get(*index)) {
                if left.get(start).is_some_and(|left| cue.words > *left) {
                    continue;
                }
                let is_denied = !cue.may_follow_not && start > 0 && follows_not(&words.tokens, start);
                if is_denied {
                    continue;
                }
                let place = Place { words, start, opening };
                if let Some(end) = place.matches(&cue.elements, start) {
                    let label = self.labels.get(cue.label).map_or("", String::as_str);
                    // «Роза Хамитова» is rude to nobody.
                    if end == start + 1 && token.roles.name && matches!(label, "complaint" | "abuse") {
                        continue;
                    }
                    hits.push(Hit { label, weight: cue.weight, start, end });
                }
            }
        }
        hits
    }

    fn add(&mut self, weight: f32, pattern: &str) {
        let elements: Vec<Element> = pattern.split_whitespace().map(element).collect();
        let plain = pattern.split_whitespace().flat_map(|element| element.split('|'));
        let begun = plain.clone().filter_map(|word| word.strip_suffix('*')).filter(|word| word.chars().count() >= 4);
        self.beginnings.extend(begun.map(|word| word.to_lowercase().replace('ё', "е")));
        let plain = plain.map(|word| word.trim_start_matches('=')).filter(|word| word.chars().all(char::is_alphabetic));
        self.vocabulary.extend(plain.map(|word| word.to_lowercase().replace('ё', "е")));
        let first =
            elements.iter().find_map(|element| if let Element::Any(words) = element { Some(words) } else { None });
        let Some(first) = first else { return };
        let index = self.cues.len();
        let mut keys: Vec<[char; 2]> = first.iter().filter_map(indexed_beginning).collect();
        keys.sort_unstable();
        keys.dedup();
        let is_fully_indexed = first.iter().all(|word| indexed_beginning(word).is_some());
        if is_fully_indexed {
            for key in keys {
                self.by_beginning.entry(key).or_default().push(index);
            }
        } else {
            self.without_beginning.push(index);
        }
        let may_follow_not = first
            .iter()
            .any(|word| matches!(word, Word::Stem(text) | Word::Exact(text) if text == "не" || text == "нет"));
        let words = elements.iter().filter(|element| matches!(element, Element::Any(_))).count();
        self.cues.push(Cue { label: self.labels.len().saturating_sub(1), weight, elements, words, may_follow_not });
    }
}

/// How many tokens of its sentence each token begins, itself among them.
fn left_in_sentence(tokens: &[Token]) -> Vec<usize> {
    let mut left = vec![1; tokens.len()];
    for at in (0..tokens.len().saturating_sub(1)).rev() {
        if !tokens[at + 1].gap.ends_sentence() {
            left[at] = left[at + 1] + 1;
        }
    }
    left
}

/// A position from which one pattern is tried.
struct Place<'a> {
    words: &'a Words,
    start: usize,
    opening: usize,
}

impl Place<'_> {
    /// Matches the elements from a token on; the end is the token after the last matched.
    fn matches(&self, elements: &[Element], at: usize) -> Option<usize> {
        let Some((element, rest)) = elements.split_first() else { return Some(at) };
        match element {
            Element::Start => (at == 0 || at == self.opening).then(|| self.matches(rest, at))?,
            Element::End => (at == self.words.tokens.len()).then(|| self.matches(rest, at))?,
            Element::Question => self.has_question().then(|| self.matches(rest, at))?,
            Element::Gap => self.after_gap(rest, at),
            Element::Any(words) => self.after_word(words, rest, at),
        }
    }

    fn after_gap(&self, rest: &[Element], at: usize) -> Option<usize> {
        (0..=GAP_TOKENS_MAX)
            .take_while(|skipped| *skipped == 0 || self.may_skip(at + skipped - 1))
            .find_map(|skipped| self.matches(rest, at + skipped))
    }

    fn after_word(&self, words: &[Word], rest: &[Element], at: usize) -> Option<usize> {
        for at in at..at + 3 {
            let token = self.words.tokens.get(at).filter(|_| self.is_same_sentence(at))?;
            if words.iter().any(|word| is_word(word, token))
                && let Some(end) = self.matches(rest, at + 1)
            {
                return Some(end);
            }
            if at == self.start || !FILLERS.contains(&token.text.as_str()) {
                return None;
            }
        }
        None
    }

    /// A gap stays in the sentence and never swallows «не».
    fn may_skip(&self, at: usize) -> bool {
        self.is_same_sentence(at) && self.words.tokens.get(at).is_some_and(|token| !token.is("не"))
    }

    fn is_same_sentence(&self, at: usize) -> bool {
        at == self.start || self.words.tokens.get(at).is_some_and(|token| !token.gap.ends_sentence())
    }

    fn has_question(&self) -> bool {
        self.words.tail.has(crate::words::Gap::QUESTION)
            || self.words.tokens.iter().any(|token| token.gap.has(crate::words::Gap::QUESTION))
    }
}

/// Words of greetings and polite openings.
const GREETINGS: &[&str] = &[
    "здравств",
    "здраст",
    "здрась",
    "привет",
    "добр",
    "вечер",
    "день",
    "дня",
    "утро",
    "ночь",
    "ночи",
    "салам",
    "салям",
    "ассал",
    "алейкум",
    "девочк",
    "девушк",
    "здаров",
    "здоров",
    "хай",
    "слушайте",
    "алло",
    "але",
    "извините",
    "простите",
    "скажите",
    "подскажите",
    "пожалуйста",
    "всем",
];

/// Whether the word belongs to a greeting or a polite opening.
pub fn is_greeting(token: &Token) -> bool {
    token.starts_any(GREETINGS)
}

/// The first token that is not part of a greeting.
fn after_greeting(tokens: &[Token]) -> usize {
    tokens.iter().position(|token| !is_greeting(token)).unwrap_or(tokens.len())
}

fn follows_not(tokens: &[Token], start: usize) -> bool {
    let is_joined = tokens.get(start).is_some_and(|token| !token.gap.ends_clause());
    is_joined && tokens.get(start - 1).is_some_and(|before| before.is("не"))
}

fn is_word(word: &Word, token: &Token) -> bool {
    match word {
        Word::Exact(text) => token.text == *text,
        Word::Stem(text) => token.stem == *text,
        Word::Prefix(text) => token.text.starts_with(text.as_str()),
        Word::Role(Role::Service) => token.roles.service,
        Word::Role(Role::Specialist) => token.roles.specialist,
        Word::Role(Role::When) => token.roles.when,
        Word::Role(Role::Name) => token.roles.name,
        Word::Role(Role::Phone) => token.roles.phone,
        Word::Role(Role::Number) => token.number.is_some() && !token.roles.phone,
    }
}

fn element(text: &str) -> Element {
    match text {
        ".." => Element::Gap,
        "^" => Element::Start,
        "$" => Element::End,
        "<q>" => Element::Question,
        _ => Element::Any(text.split('|').map(word).collect()),
    }
}

fn word(text: &str) -> Word {
    let plain = text.trim_start_matches('=').trim_end_matches('*').to_lowercase().replace('ё', "е");
    match text {
        "<service>" => Word::Role(Role::Service),
        "<specialist>" => Word::Role(Role::Specialist),
        "<when>" => Word::Role(Role::When),
        "<name>" => Word::Role(Role::Name),
        "<phone>" => Word::Role(Role::Phone),
        "<number>" => Word::Role(Role::Number),
        _ if text.starts_with('=') => Word::Exact(plain),
        _ if text.ends_with('*') => Word::Prefix(plain),
        _ if plain.chars().count() <= 3 => Word::Exact(plain),
        _ => Word::Stem(stem(&plain)),
    }
}

/// The first two letters a matching token must begin with, where that is certain.
fn indexed_beginning(word: &Word) -> Option<[char; 2]> {
    match word {
        Word::Exact(text) => beginning(text),
        Word::Stem(text) | Word::Prefix(text) => beginning(text).filter(|key| key[1] != ' '),
        Word::Role(_) => None,
    }
}

/// One-letter words are indexed with a blank; a one-letter stem or beginning cannot be indexed.
fn beginning(text: &str) -> Option<[char; 2]> {
    let mut letters = text.chars();
    Some([letters.next()?, letters.next().unwrap_or(' ')])
}
