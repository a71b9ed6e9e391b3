//! Puts misspelt words right: by how they sound, then by one slip of the finger.

use std::collections::{HashMap, HashSet};

use crate::words::{Token, stem};

/// Shorter sounds are only corrected when they sound exactly alike.
const SLIP_SOUNDS_MIN: usize = 4;
/// A shorter word that sounds like one of the vocabulary may well be another.
const HOMOPHONE_CHARS_MIN: usize = 8;
/// Words with fewer letters are never corrected.
const WORD_CHARS_MIN: usize = 4;
/// Longer rows of letters are no words; correcting them would take long.
const WORD_CHARS_MAX: usize = 40;

/// Days as the vocabulary spells them.
const DAYS: &[&str] = &[
    "понедельник",
    "вторник",
    "среда",
    "четверг",
    "пятница",
    "суббота",
    "воскресенье",
    "завтра",
    "послезавтра",
    "сегодня",
];

/// Of these a slip of the finger makes no other word: «пятнцу», but «завтрак».
const LONG_DAYS: &[&str] = &["понедельник", "пятница", "суббота", "воскресенье"];

#[derive(Clone, Debug)]
struct Entry {
    text: String,
    stem: String,
    sound: String,
}

/// A vocabulary that knows its own words and guesses the nearest one for others.
#[derive(Clone, Debug, Default)]
pub struct Speller {
    stems: HashSet<String>,
    /// Beginnings of words that are right as they are.
    beginnings: HashSet<String>,
    entries: Vec<Entry>,
    by_sound: HashMap<String, Vec<u32>>,
}

/// Small words that are often misspelt, and whose neighbours by letters or sound mean something else.
pub fn put_right(word: &str) -> Option<&'static str> {
    Some(match word {
        "ф" => "в",
        "бес" => "без",
        "ранше" => "раньше",
        "возмите" => "возьмите",
        "возмете" => "возьмете",
        "окло" | "окола" => "около",
        "посли" | "посля" | "послье" => "после",
        _ => return None,
    })
}

impl Speller {
    /// Builds the index of sounds; words come in lower case.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut speller = Self::default();
        for word in words {
            let stem = stem(word);
            if !speller.stems.insert(stem.clone()) || word.chars().count() < WORD_CHARS_MIN {
                continue;
            }
            let Ok(index) = u32::try_from(speller.entries.len()) else { break };
            let sound = sound(&stem);
            for variant in variants(&sound) {
                speller.by_sound.entry(variant).or_default().push(index);
            }
            speller.entries.push(Entry { text: word.to_owned(), stem, sound });
            speller.add_whole(word);
        }
        speller
    }

    /// Adds words that are right but that nothing is corrected to.
    pub fn accept<'a>(
        mut self,
        words: impl IntoIterator<Item = &'a str>,
        beginnings: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        self.stems.extend(words.into_iter().map(stem));
        self.beginnings.extend(beginnings.into_iter().map(str::to_owned));
        self
    }

    /// Whether a form of the word is in the vocabulary.
    pub fn knows(&self, token: &Token) -> bool {
        self.stems.contains(&token.stem) || self.knows_beginning(&token.text)
    }

    /// Whether a form of the word stands in the vocabulary itself, not only its beginning.
    pub fn has(&self, token: &Token) -> bool {
        self.stems.contains(&token.stem)
    }

    /// The day that a word sounds like, where the vocabulary has no more than its beginning.
    pub fn sounding_day(&self, token: &Token) -> Option<String> {
        if self.has(token) || token.number.is_some() {
            return None;
        }
        let is_meant = |text: &str, distance: usize| {
            distance == 0 && DAYS.contains(&text) || distance == 1 && LONG_DAYS.contains(&text)
        };
        let (text, distance) = self.nearest(token)?;
        is_meant(text, distance).then(|| text.to_owned())
    }

    /// The word of the vocabulary that sounds just so, where the word itself is not in it: «нарощивание».
    pub fn homophone(&self, token: &Token) -> Option<String> {
        if self.has(token) {
            return None;
        }
        let (text, distance) = self.nearest(token)?;
        (distance == 0 && text.chars().count() >= HOMOPHONE_CHARS_MIN).then(|| text.to_owned())
    }

    fn knows_beginning(&self, text: &str) -> bool {
        let ends = text.char_indices().take(WORD_CHARS_MAX).map(|(at, letter)| at + letter.len_utf8());
        !self.beginnings.is_empty()
            && ends.filter_map(|end| text.get(..end)).any(|beginning| self.beginnings.contains(beginning))
    }

    /// The word as a whole too: a slip in the ending moves the stem.
    fn add_whole(&mut self, word: &str) {
        let Ok(index) = u32::try_from(self.entries.len()) else { return };
        let sound = sound(word);
        for variant in variants(&sound) {
            self.by_sound.entry(variant).or_default().push(index);
        }
        self.entries.push(Entry { text: word.to_owned(), stem: stem(word), sound });
    }

    /// The nearest word of the vocabulary and its distance in sounds, 0 or 1.
    pub fn nearest(&self, token: &Token) -> Option<(&str, usize)> {
        if !(WORD_CHARS_MIN..=WORD_CHARS_MAX).contains(&token.text.chars().count()) {
            return None;
        }
        let mut best: Option<(&Entry, usize)> = None;
        for heard in [sound(&token.stem), sound(&token.text)] {
            for entry in variants(&heard).iter().filter_map(|variant| self.by_sound.get(variant)).flatten() {
                let Some(entry) = self.entries.get(*entry as usize) else { continue };
                let distance = strsim::osa_distance(&heard, &entry.sound);
                let is_near = distance == 0 || (distance == 1 && longer(&heard, &entry.sound) > SLIP_SOUNDS_MIN);
                let is_near = is_near && written_distance(token, entry) <= letters_max(token, distance);
                let is_start_same = heard.chars().next() == entry.sound.chars().next();
                if is_near && is_start_same && best.is_none_or(|(_, known)| distance < known) {
                    best = Some((entry, distance));
                }
            }
        }
        best.map(|(entry, distance)| (entry.text.as_str(), distance))
    }
}

/// «нееет» without the drawn-out letters; nothing where none is drawn out.
pub fn undrawn(word: &str) -> Option<String> {
    let mut short = String::with_capacity(word.len());
    for letter in word.chars() {
        if !short.ends_with(letter) {
            short.push(letter);
        }
    }
    let (chars, kept) = (word.chars().count(), short.chars().count());
    (kept > 1 && kept < chars && chars <= WORD_CHARS_MAX && (kept + 2 <= chars || kept <= WORD_CHARS_MIN))
        .then_some(short)
}

/// How many letters differ, by whole words or by stems, whichever is less.
fn written_distance(token: &Token, entry: &Entry) -> usize {
    strsim::osa_distance(&token.text, &entry.text).min(strsim::osa_distance(&token.stem, &entry.stem))
}

/// How many letters may differ: more where the word sounds right or is long.
fn letters_max(token: &Token, sounds_off: usize) -> usize {
    let chars = token.text.chars().count();
    match (sounds_off, chars) {
        (0, 9..) => 4,
        (0, 6..) | (_, 9..) => 2,
        (0, _) | (_, 5..) => 1,
        _ => 0,
    }
}

fn longer(left: &str, right: &str) -> usize {
    left.chars().count().max(right.chars().count())
}

/// The sound and, where it is long enough for slips, itself with each letter left out.
fn variants(sound: &str) -> Vec<String> {
    let mut all = vec![sound.to_owned()];
    if sound.chars().count() >= SLIP_SOUNDS_MIN {
        for (index, letter) in sound.char_indices() {
            let mut shorter = String::with_capacity(sound.len());
            shorter.push_str(&sound[..index]);
            shorter.push_str(&sound[index + letter.len_utf8()..]);
            all.push(shorter);
        }
    }
    all
}

/// How a word sounds: unstressed vowels, voiced and doubled consonants fall together.
fn sound(word: &str) -> String {
    let mut heard = String::with_capacity(word.len());
    for letter in word.chars() {
        let sound = match letter {
            'о' => 'а',
            'е' | 'э' | 'я' | 'ы' | 'й' => 'и',
            'ю' => 'у',
            'б' => 'п',
            'д' => 'т',
            'г' => 'к',
            'в' => 'ф',
            'з' => 'с',
            'ж' | 'щ' => 'ш',
            'ь' | 'ъ' => continue,
            other => other,
        };
        let last = heard.chars().next_back();
        if last == Some(sound) {
            continue;
        }
        // «ться», «пятнитца», «стретчинг»
        if last == Some('т') && matches!(sound, 'с' | 'ц' | 'ч') {
            heard.pop();
            heard.push(if sound == 'ч' { 'ч' } else { 'ц' });
            continue;
        }
        heard.push(sound);
    }
    heard
}
