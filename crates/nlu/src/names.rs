//! People's names: a dictionary of first names in all cases, and the shape of surnames.

use std::{collections::HashMap, sync::LazyLock};

/// Case endings a name may take after its [`base`].
const ENDINGS: &[&str] = &[
    "", "ея", "ее", "ием", "а", "я", "у", "ю", "ом", "ем", "е", "и", "ы", "ой", "ей", "ою", "ею", "ь", "й", "ии", "ию",
    "ия", "ого", "ому", "ым",
];

/// What part of a full name a word may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    First,
    Patronymic,
    Surname,
}

#[derive(Debug, Default)]
struct Names {
    /// Any form in lower case → the nominative.
    forms: HashMap<String, &'static str>,
    /// A name as it comes back from Latin letters: no soft sign, «е» for «э».
    latin: HashMap<String, &'static str>,
    /// A name → the other names of the same person.
    relatives: HashMap<&'static str, Vec<&'static str>>,
}

/// Forms of a name that people write as another word: «на любой день» is nobody's.
const OTHER_WORDS: &[&str] = &[
    "любой",
    "горе",
    "гору",
    "теме",
    "темы",
    "тему",
    "мае",
    "марку",
    "марки",
    "раю",
    "свете",
    "гранта",
    "гранту",
    "гранте",
    "грантой",
    "лады",
];

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names::default();
    let lines = include_str!("../lexicon/names.txt").lines().filter(|line| !line.starts_with('#'));
    let families: Vec<Vec<&'static str>> =
        lines.map(|line| line.split([':', ' ']).filter(|name| !name.is_empty()).collect()).collect();
    for name in families.iter().flatten() {
        names.forms.insert((*name).to_owned(), name);
        names.latin.entry(plain(name)).or_insert(name);
    }
    for family in &families {
        for name in family {
            for form in oblique(name) {
                if !OTHER_WORDS.contains(&form.as_str()) {
                    names.forms.entry(form).or_insert(name);
                }
            }
        }
        if let Some((full, short)) = family.split_first() {
            names.relatives.entry(full).or_default().extend(short);
            for name in short {
                names.relatives.entry(name).or_default().push(full);
            }
        }
    }
    names
});

/// Whether a word is a name's form: the base and a case ending.
///
/// A plural surname («Магомедовы») is a family, not one person; «Марины» is Marina.
pub fn is_form_of(word: &str, base: &str) -> bool {
    let is_surname = ["ов", "ев", "ин"].iter().any(|ending| base.ends_with(ending)) && !is_known(&format!("{base}а"));
    word.strip_prefix(base).is_some_and(|ending| ENDINGS.contains(&ending) && !(is_surname && ending == "ы"))
}

/// Builds the dictionary now.
pub fn warm_up() {
    LazyLock::force(&NAMES);
}

/// The nominative of a first name in any case, lower case.
pub fn nominative(form: &str) -> Option<&'static str> {
    NAMES.forms.get(form).copied()
}

/// The name that was typed in Latin letters: «Elvira», «Igor».
pub fn from_latin(word: &str) -> Option<&'static str> {
    NAMES.latin.get(&plain(word)).copied()
}

fn plain(name: &str) -> String {
    name.replace('ь', "").replace('э', "е")
}

/// Whether the word is a first name in some case.
pub fn is_known(form: &str) -> bool {
    NAMES.forms.contains_key(form)
}

/// Short forms of a full name and the full form of a short one.
pub fn relatives(name: &str) -> &'static [&'static str] {
    NAMES.relatives.get(name).map_or(&[], Vec::as_slice)
}

/// A name without its case ending: «Лиана» → «лиан».
pub fn base(name: &str) -> &str {
    name.trim_end_matches(['а', 'я', 'ь', 'й', 'у', 'ю', 'е', 'и', 'ы', 'о'])
}

/// Patronymics as they are written in full and as they are said.
const SPOKEN_PATRONYMICS: [(&str, &str); 20] = [
    ("александрович", "саныч"),
    ("александровна", "санна"),
    ("павлович", "палыч"),
    ("павловна", "пална"),
    ("иванович", "иваныч"),
    ("ивановна", "иванна"),
    ("николаевич", "николаич"),
    ("николаевна", "николавна"),
    ("михайлович", "михалыч"),
    ("михайловна", "михална"),
    ("васильевич", "василич"),
    ("васильевна", "васильна"),
    ("сергеевич", "сергеич"),
    ("сергеевна", "сергевна"),
    ("алексеевич", "алексеич"),
    ("алексеевна", "алексевна"),
    ("андреевич", "андреич"),
    ("андреевна", "андревна"),
    ("степанович", "степаныч"),
    ("степановна", "степанна"),
];

/// «Павловна» as it is said: «Пална».
pub fn spoken_patronymic(patronymic: &str) -> Option<&'static str> {
    SPOKEN_PATRONYMICS.iter().find(|(full, _)| *full == patronymic).map(|(_, spoken)| *spoken)
}

/// Which part of a name a lower-case word looks like, by dictionary and by ending.
pub fn part_of(word: &str) -> Option<Part> {
    const PATRONYMICS: &[&str] = &[
        "ович",
        "евич",
        "ьич",
        "ввич",
        "кузьмич",
        "фомич",
        "лукич",
        "никитич",
        "овна",
        "евна",
        "ична",
        "инична",
        "овны",
        "евны",
        "овне",
        "евне",
        "овичу",
        "евичу",
        "овича",
        "евича",
    ];
    const SURNAMES: &[&str] = &[
        "ова",
        "ева",
        "ина",
        "ына",
        "ов",
        "ев",
        "ин",
        "ян",
        "янц",
        "дзе",
        "швили",
        "енко",
        "чук",
        "ский",
        "ская",
        "цкий",
        "цкая",
        "ых",
        "иев",
        "иева",
        "оева",
        "оев",
        "овы",
        "евы",
        "ины",
        "ову",
        "еву",
        "овой",
        "евой",
        "яна",
    ];
    let chars = word.chars().count();
    if is_known(word) {
        return Some(Part::First);
    }
    if SPOKEN_PATRONYMICS.iter().any(|(_, spoken)| word.starts_with(base(spoken)) && is_form_of(word, base(spoken))) {
        return Some(Part::Patronymic);
    }
    if chars >= 6 && PATRONYMICS.iter().any(|ending| word.ends_with(ending)) {
        return Some(Part::Patronymic);
    }
    (chars >= 5 && SURNAMES.iter().any(|ending| word.ends_with(ending))).then_some(Part::Surname)
}

/// The forms of a first name in the other cases.
fn oblique(name: &str) -> Vec<String> {
    let endings: &[&str] = match name.chars().next_back() {
        Some('а') if has_hushing_end(name) => &["и", "е", "у", "ей", "ой"],
        Some('а') => &["ы", "е", "у", "ой"],
        Some('я') if name.ends_with("ия") => &["и", "ю", "ей"],
        Some('я') => &["и", "е", "ю", "ей"],
        Some('й') => &["я", "ю", "ем", "е"],
        Some('ь') => &["я", "ю", "ем", "е", "и"],
        Some('о' | 'и' | 'э' | 'е' | 'ы' | 'у' | 'ю') | None => &[],
        Some(_) => &["а", "у", "ом", "е"],
    };
    let cut = if name.ends_with(['а', 'я', 'й', 'ь']) { base_of_one(name) } else { name };
    endings.iter().map(|ending| format!("{cut}{ending}")).collect()
}

fn base_of_one(name: &str) -> &str {
    name.char_indices().next_back().map_or(name, |(at, _)| &name[..at])
}

fn has_hushing_end(name: &str) -> bool {
    base_of_one(name).ends_with(['г', 'к', 'х', 'ж', 'ш', 'щ', 'ч'])
}
