//! Numbers in digits and in words, in any case: «18», «шести», «двадцать пятого».

use std::{collections::HashMap, sync::LazyLock};

use crate::words::Token;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Digits,
    Cardinal,
    Ordinal,
}

/// The value of one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    pub value: u32,
    pub kind: Kind,
}

/// A number of one or more tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    pub value: u32,
    pub kind: Kind,
    /// How many tokens it took, at least 1.
    pub len: usize,
}

static WORDS: LazyLock<HashMap<&'static str, Number>> = LazyLock::new(|| {
    include_str!("../lexicon/numbers.txt")
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(head, forms)| {
            let kind = if head.ends_with('.') { Kind::Ordinal } else { Kind::Cardinal };
            let value = head.trim_end_matches('.').parse().ok()?;
            Some(forms.split_whitespace().map(move |form| (form, Number { value, kind })))
        })
        .flatten()
        .collect()
});

/// Reads one token; digits of at most nine places.
pub fn of_token(token: &Token) -> Option<Number> {
    if token.is_digits() {
        let value = token.text.parse().ok().filter(|_| token.text.len() <= 9)?;
        return Some(Number { value, kind: Kind::Digits });
    }
    WORDS.get(token.text.as_str()).copied()
}

/// All number words, for the speller; in one order, since of two near words the first one counts.
pub fn vocabulary() -> Vec<&'static str> {
    let mut words: Vec<&'static str> = WORDS.keys().copied().collect();
    words.sort_unstable();
    words
}

/// Reads the number that starts at a token; words add up («двадцать» «пять»), digits stand alone.
pub fn at(tokens: &[Token], start: usize) -> Option<Reading> {
    let first = tokens.get(start)?.number?;
    let mut reading = Reading { value: first.value, kind: first.kind, len: 1 };
    while reading.kind == Kind::Cardinal {
        let next = tokens.get(start + reading.len).filter(|token| !token.gap.ends_clause());
        let Some(number) = next.and_then(|token| token.number) else { break };
        if number.kind == Kind::Digits || !adds_up(reading.value, number.value) {
            break;
        }
        reading = Reading { value: reading.value + number.value, kind: number.kind, len: reading.len + 1 };
    }
    Some(reading)
}

/// Whether `next` continues a number said so far: units after tens, tens after hundreds.
const fn adds_up(said: u32, next: u32) -> bool {
    match next {
        1..=9 => said.is_multiple_of(10) && said >= 20 && (said % 100 >= 20 || said.is_multiple_of(100)),
        10..=99 => said.is_multiple_of(100) && said >= 100,
        _ => false,
    }
}
