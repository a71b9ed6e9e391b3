//! What the model looks at: words with their details masked, pieces of words, findings, and what
//! the rules heard.

use crate::{
    evidence::Evidence,
    intent::Findings,
    linear::{Feature, group},
    meaning::{Expecting, Intent},
    words::{Gap, Token, Words},
};

/// The mark of digits that are no detail.
pub(super) const NUMBER: &str = "<number>";
/// Letters of a piece of a word.
const PIECE_CHARS: usize = 4;
/// Words beyond this many say nothing new about the wish; it bounds the time of a long text.
const WORDS_MAX: usize = 120;
/// Letters of a word beyond this many are not looked at.
const WORD_CHARS_MAX: usize = 24;
/// A cue list counts as heard from here on, and as loud from there on.
const HEARD_MIN: f32 = 1.0;
const LOUD_MIN: f32 = 3.0;
/// A message of so few words is an answer: its words mean what the question makes of them.
const ANSWER_WORDS_MAX: usize = 5;

/// A message as far as the wish depends on it.
pub struct Scene<'a> {
    pub words: &'a Words,
    pub findings: &'a Findings,
    pub evidence: &'a Evidence<'a>,
    pub expecting: Option<Expecting>,
    /// What the rules decided, the primary intent first.
    pub rules: &'a [(Intent, f32)],
}

/// Lists the features of a message.
///
/// Words, pieces, findings and rules each weigh the same in sum, however long the message is.
/// `sides` leaves some out, so that training learns to do without either.
pub fn features(scene: &Scene<'_>, sides: Sides) -> Vec<Feature> {
    let symbols = symbols(scene.words);
    let mut list = Vec::with_capacity(256);
    if sides != Sides::Rules {
        group(&mut list, 2.0, |see| words(scene, &symbols, see));
        group(&mut list, 3.0, |see| pieces(scene.words, see));
    }
    group(&mut list, 1.5, |see| findings(scene, see));
    if sides != Sides::Text {
        group(&mut list, 1.5, |see| rules(scene, see));
    }
    list
}

/// Which sides of a message are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sides {
    All,
    /// Words and findings, without what the rules heard.
    Text,
    /// What the rules heard and the findings, without the words.
    Rules,
}

/// The words as stems, details as marks; a detail of many words is one mark.
pub fn symbols(words: &Words) -> Vec<&str> {
    let mut symbols: Vec<&str> = Vec::with_capacity(words.tokens.len());
    for token in words.tokens.iter().take(WORDS_MAX) {
        let symbol = mark_of(token).unwrap_or(&token.stem);
        let repeats = symbols.last() == Some(&symbol) && symbol.starts_with('<');
        if !repeats {
            symbols.push(symbol);
        }
    }
    symbols
}

/// The mark of a token that is a detail or digits.
pub(super) fn mark_of(token: &Token) -> Option<&'static str> {
    let roles = token.roles;
    Some(match () {
        () if roles.phone => "<phone>",
        () if roles.when => "<when>",
        () if roles.specialist => "<specialist>",
        () if roles.service => "<service>",
        () if roles.name => "<name>",
        () if token.is_digits() => NUMBER,
        () => return None,
    })
}

fn words(scene: &Scene<'_>, symbols: &[&str], see: &mut dyn FnMut(&[&str])) {
    let question = question(scene.expecting);
    see(&["first", symbols.first().unwrap_or(&"")]);
    see(&["last", symbols.last().unwrap_or(&"")]);
    for (at, symbol) in symbols.iter().enumerate() {
        see(&["word", symbol]);
        if symbols.len() <= ANSWER_WORDS_MAX {
            see(&["answer", question, symbol]);
        }
        if let Some(next) = symbols.get(at + 1) {
            see(&["pair", symbol, next]);
        }
    }
}

/// Pieces of the words that are no detail.
pub fn pieces(words: &Words, see: &mut dyn FnMut(&[&str])) {
    let plain = words.tokens.iter().take(WORDS_MAX).filter(|token| mark_of(token).is_none());
    for token in plain {
        let mut word = String::with_capacity(token.text.len() + 2);
        word.push('^');
        word.extend(token.text.chars().take(WORD_CHARS_MAX));
        word.push('$');
        let edges: Vec<usize> = word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
        for ends in edges.windows(PIECE_CHARS + 1) {
            if let Some(piece) = word.get(ends[0]..ends[PIECE_CHARS]) {
                see(&["piece", piece]);
            }
        }
    }
}

fn findings(scene: &Scene<'_>, see: &mut dyn FnMut(&[&str])) {
    let found = scene.findings;
    let question = question(scene.expecting);
    let facts = [
        ("service", found.has_service),
        ("specialist", found.has_specialist),
        ("when", found.has_when),
        ("phone", found.has_phone),
        ("broken", found.is_phone_broken),
        ("name", found.has_name),
        ("choice", found.has_choice),
        ("rating", found.has_rating),
        ("times", found.has_two_times),
        ("question", found.is_question),
        ("corrected", found.is_corrected),
        (
            "exclaims",
            scene.words.tokens.iter().any(|token| token.gap.has(Gap::EXCLAIM)) || scene.words.tail.has(Gap::EXCLAIM),
        ),
    ];
    see(&["asked", question]);
    see(&["length", length(scene.words.tokens.len())]);
    for (fact, _) in facts.iter().filter(|(_, is_so)| *is_so) {
        see(&["fact", fact]);
        see(&["fact", fact, question]);
    }
    let both = |left: bool, right: bool| if left && right { "both" } else { "not" };
    see(&["what and when", both(found.has_service, found.has_when)]);
    see(&["when?", both(found.is_question, found.has_when)]);
    see(&["what?", both(found.is_question, found.has_service)]);
}

fn rules(scene: &Scene<'_>, see: &mut dyn FnMut(&[&str])) {
    let question = question(scene.expecting);
    for (label, score) in scene.evidence.heard(HEARD_MIN) {
        see(&["heard", label]);
        if score >= LOUD_MIN {
            see(&["loud", label]);
        }
    }
    for (at, (intent, sure)) in scene.rules.iter().enumerate() {
        let place = if at == 0 { "primary" } else { "also" };
        see(&["rule", place, intent.name()]);
        see(&["rule", place, intent.name(), question]);
        if *sure >= 0.8 {
            see(&["sure", intent.name()]);
        }
    }
}

const fn length(words: usize) -> &'static str {
    match words {
        0 => "none",
        1 => "one",
        2 => "two",
        3..=4 => "few",
        5..=8 => "some",
        9..=16 => "many",
        _ => "long",
    }
}

const fn question(expecting: Option<Expecting>) -> &'static str {
    match expecting {
        None => "nothing",
        Some(Expecting::Reminder) => "reminder",
        Some(Expecting::Confirm) => "confirm",
        Some(Expecting::OfferSlots) => "offer_slots",
        Some(Expecting::AskName) => "ask_name",
        Some(Expecting::AskPhone) => "ask_phone",
        Some(Expecting::AskWhen) => "ask_when",
        Some(Expecting::AskService) => "ask_service",
        Some(Expecting::Csat) => "csat",
    }
}
