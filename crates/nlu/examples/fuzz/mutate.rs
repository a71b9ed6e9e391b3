//! Broken messages: labelled ones cut, doubled, spliced and respelt, and random characters.

use proptest::{prelude::RngExt, test_runner::TestRng};

/// Mutations of one message.
const MUTATIONS_MAX: usize = 6;
/// Longer than any message is read, in characters.
const LONG_CHARS: usize = 10_000;
/// Characters of a usual random text.
const RANDOM_CHARS_MAX: usize = 200;
/// What may stand between words.
const BETWEEN: [&str; 10] = ["", "  ", "\n", "-", " – ", ".", ", ", "?!", "/", "\u{200b}"];
/// Cyrillic letters and the Latin ones that look the same.
const ALIKE: [(char, char); 7] = [('а', 'a'), ('е', 'e'), ('о', 'o'), ('с', 'c'), ('р', 'p'), ('х', 'x'), ('у', 'y')];

/// A message: one in eight of random characters, one in two hundred very long, the others mutated.
pub fn message(rng: &mut TestRng, texts: &[Vec<char>]) -> String {
    let mut text = if rng.random_bool(0.125) { noise(rng, RANDOM_CHARS_MAX) } else { any(rng, texts).to_vec() };
    for _ in 0..rng.random_range(0..=MUTATIONS_MAX) {
        mutate(rng, &mut text, texts);
    }
    if rng.random_bool(0.005) && !text.is_empty() {
        text = text.iter().copied().cycle().take(LONG_CHARS).collect();
    }
    text.truncate(LONG_CHARS);
    text.into_iter().collect()
}

fn any<'a>(rng: &mut TestRng, texts: &'a [Vec<char>]) -> &'a [char] {
    &texts[rng.random_range(0..texts.len())]
}

/// Changes the text in one of nine ways.
fn mutate(rng: &mut TestRng, text: &mut Vec<char>, texts: &[Vec<char>]) {
    let (from, to) = stretch(rng, text.len());
    match rng.random_range(0..9) {
        0 => drop(text.drain(from..to)),
        1 => {
            let again = text[from..to].to_vec();
            insert(text, to, &again);
        }
        2 => insert(text, from, &noise(rng, 8)),
        3 => {
            let other = any(rng, texts);
            let (start, end) = stretch(rng, other.len());
            insert(text, from, &other[start..end]);
        }
        4 => text[from..to].reverse(),
        5 => change(
            text,
            |letter| if letter.is_ascii_digit() { char::from(rng.random_range(b'0'..=b'9')) } else { letter },
        ),
        6 => change(&mut text[from..to], |letter| letter.to_uppercase().next().unwrap_or(letter)),
        7 => change(&mut text[from..to], |letter| {
            ALIKE.iter().find(|(cyrillic, _)| *cyrillic == letter).map_or(letter, |(_, latin)| *latin)
        }),
        _ => {
            let between = BETWEEN[rng.random_range(0..BETWEEN.len())];
            *text = text.iter().collect::<String>().replace(' ', between).chars().collect();
        }
    }
}

/// A part of so many characters; empty only where there are none.
fn stretch(rng: &mut TestRng, chars: usize) -> (usize, usize) {
    if chars == 0 {
        return (0, 0);
    }
    let from = rng.random_range(0..chars);
    (from, rng.random_range(from + 1..=chars))
}

fn insert(text: &mut Vec<char>, at: usize, more: &[char]) {
    text.splice(at..at, more.iter().copied());
}

fn change(text: &mut [char], mut to: impl FnMut(char) -> char) {
    text.iter_mut().for_each(|letter| *letter = to(*letter));
}

/// Random characters, mostly of one kind.
fn noise(rng: &mut TestRng, chars_max: usize) -> Vec<char> {
    let kind = rng.random_range(0..KINDS.len());
    let chars = rng.random_range(1..=chars_max);
    (0..chars)
        .map(|_| {
            let kind = if rng.random_bool(0.8) { kind } else { rng.random_range(0..KINDS.len()) };
            let (first, last) = KINDS[kind];
            char::from_u32(rng.random_range(u32::from(first)..=u32::from(last))).unwrap_or('\u{fffd}')
        })
        .collect()
}

/// Cyrillic, ASCII with its controls, combining marks, direction marks, brackets, Arabic, pictures, anything.
const KINDS: [(char, char); 8] = [
    ('а', 'я'),
    ('\0', '~'),
    ('\u{300}', '\u{36f}'),
    ('\u{200b}', '\u{206f}'),
    ('(', '/'),
    ('\u{600}', '\u{6ff}'),
    ('\u{1f300}', '\u{1faff}'),
    ('\0', char::MAX),
];
