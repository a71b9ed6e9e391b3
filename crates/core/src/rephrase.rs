//! A reply in a model's own words: facts go out behind marks and come back untouched, or the words of
//! the phrase book stand.
//!
//! Nothing that could be wrong is left to the model: numbers, names, dates, links and what the catalogue
//! calls things are `[1]`, `[2]`… in what it sees. Its wording is taken only when every mark is there once
//! and it added no fact and no promise of its own.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::business::Settings;

/// A wording longer than the original by more than this is a story.
const LONGER_CHARS_MAX: usize = 80;
/// The name of the schema of a wording.
pub const SCHEMA: &str = "wording";

/// Beginnings of words that promise, price or date something.
static WEIGHTY: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let lines = include_str!("../lexicon/weighty.txt").lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).collect()
});

/// A reply with its facts behind marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// What the model sees.
    pub text: String,
    facts: Vec<String>,
}

/// Puts every fact of `text` behind a mark. `names` are those of this conversation.
pub fn seal(text: &str, settings: &Settings, names: &[&str]) -> Sealed {
    let document = &settings.document;
    let own = [document.name.as_str(), &document.address, &document.city, &document.privacy.operator];
    let services = document.services.iter().map(|service| service.name.as_str());
    let people = document.specialists.iter().map(|person| person.name.as_str());
    let staff = document.people.iter().map(|person| person.name.as_str());
    let mut known: Vec<&str> =
        own.into_iter().chain(services).chain(people).chain(staff).chain(names.iter().copied()).collect();
    known.retain(|name| !name.trim().is_empty());
    // «Маникюр с гель-лаком» before «Маникюр».
    known.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let mut sealed = Sealed { text: String::new(), facts: Vec::new() };
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = fact_at(rest, &sealed.text, &known);
        if length > 0 {
            sealed.facts.push(rest[..length].to_owned());
            sealed.text.push_str(&format!("[{}]", sealed.facts.len()));
            rest = &rest[length..];
        } else {
            // Brackets are ours.
            sealed.text.push(if matches!(first, '[' | ']') { ' ' } else { first });
            rest = &rest[first.len_utf8()..];
        }
    }
    sealed
}

/// Bytes of the fact that begins here; zero when none does.
fn fact_at(rest: &str, before: &str, known: &[&str]) -> usize {
    if before.ends_with(char::is_alphanumeric) {
        return 0;
    }
    let name = known.iter().find(|name| rest.starts_with(**name) && ends_word(&rest[name.len()..]));
    if let Some(name) = name {
        return name.len();
    }
    let word_end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let word = rest[..word_end].trim_end_matches(['.', ',', ';', ':', '!', '?', '»', ')']);
    let is_link = word.contains("://") || word.contains('@') || word.contains("www.");
    let has_digit = word.chars().any(|letter| letter.is_ascii_digit());
    if is_link || has_digit { word.len() } else { 0 }
}

fn ends_word(rest: &str) -> bool {
    rest.chars().next().is_none_or(|letter| !letter.is_alphanumeric())
}

impl Sealed {
    /// The wording with the facts in their places; `None` when it lost, doubled or invented anything.
    pub fn open(&self, wording: &str) -> Option<String> {
        let wording = wording.trim();
        let longest = self.text.chars().count() + LONGER_CHARS_MAX;
        let is_sane = !wording.is_empty()
            && wording.chars().count() <= longest
            && !wording.chars().any(|letter| letter.is_control() && letter != '\n')
            && self.text.contains('?') == wording.contains('?');
        if !is_sane || !self.adds_nothing(wording) {
            return None;
        }
        self.lift(wording)
    }

    /// Replaces each mark by its fact: all of them, once each, and no bracket beside.
    fn lift(&self, wording: &str) -> Option<String> {
        let mut seen = vec![false; self.facts.len()];
        let mut parts = wording.split('[');
        let mut text = parts.next().unwrap_or_default().to_owned();
        if text.contains(']') {
            return None;
        }
        for part in parts {
            let (number, rest) = part.split_once(']')?;
            let place = number.parse::<usize>().ok()?.checked_sub(1)?;
            let is_new = seen.get_mut(place).map(|seen| !std::mem::replace(seen, true))?;
            if !is_new || rest.contains(']') || number.starts_with(['0', '+']) {
                return None;
            }
            text.push_str(&self.facts[place]);
            text.push_str(rest);
        }
        seen.into_iter().all(|seen| seen).then_some(text)
    }

    /// Whether every weighty word, every capital inside a sentence and every foreign letter was there before.
    fn adds_nothing(&self, wording: &str) -> bool {
        let original: Vec<String> = words(&self.text).collect();
        words(wording).all(|word| {
            let is_mark = word.starts_with('[');
            let is_weighty = WEIGHTY.iter().any(|beginning| word.starts_with(beginning));
            let is_foreign = word.chars().any(|letter| letter.is_ascii_alphanumeric());
            let is_there = original.contains(&word);
            is_mark || is_there || !(is_weighty || is_foreign)
        }) && !has_new_name(wording, &self.text)
    }
}

/// Words in small letters without marks of punctuation; `[1]` stays as it is.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '[' | ']')))
        .filter(|word| !word.is_empty())
        .map(|word| word.to_lowercase().replace('\u{451}', "\u{435}"))
}

/// A capital letter inside a sentence is somebody's or something's name.
fn has_new_name(wording: &str, original: &str) -> bool {
    let mut begins_sentence = true;
    for word in wording.split_whitespace() {
        let letters = word.trim_start_matches(|letter: char| !letter.is_alphanumeric());
        if letters.starts_with(char::is_uppercase) && !begins_sentence && !original.contains(letters) {
            return true;
        }
        begins_sentence = word.ends_with(['.', '!', '?', '…', ':']);
    }
    false
}

/// What the model is told, and the shape of its answer.
pub fn instruction() -> (&'static str, Value) {
    let system = "Перепиши ответ администратора клиенту: живо, коротко, вежливо, на «вы», по-русски. Отметки [1], [2] — \
                  факты: сохрани каждую ровно один раз. Ничего не добавляй: ни чисел, ни дат, ни имён, ни обещаний. \
                  Вопрос оставь вопросом. Верни JSON по схеме.";
    let schema = json!({
        "type": "object",
        "properties": { "reply": { "type": "string", "maxLength": 1_000 } },
        "required": ["reply"],
        "additionalProperties": false,
    });
    (system, schema)
}
