//! A name as it is shown: capitalised, in the nominative, with the «ё» that was typed.

use super::is_hyphen;
use crate::{names, words::Token};

/// The name as shown: each word capitalised, first names in the nominative.
pub(super) fn spelled(tokens: &[Token]) -> String {
    // «Рамиля Фаритовна» is she, not Рамиль in another case.
    let is_woman = tokens.iter().any(|token| ["овна", "евна", "ична"].iter().any(|end| token.text.ends_with(end)));
    let is_man_oblique = tokens.iter().any(|token| {
        names::nominative(&token.text).is_some_and(|name| name != token.text && !name.ends_with(['а', 'я']))
    });
    // «на имя Джамили Ахмедовой»: her first name stands in another case, and so does the surname.
    let is_woman_oblique = tokens.iter().any(|token| {
        names::nominative(&token.text).is_some_and(|name| name != token.text && name.ends_with(['а', 'я']))
    });
    let words = tokens.iter().map(|token| {
        let is_latin = token.typed.chars().all(|letter| letter.is_ascii_alphabetic());
        let typed = token.typed.to_lowercase();
        let lower = names::nominative(&token.text).map_or_else(
            || match names::from_latin(&token.text).filter(|_| is_latin) {
                Some(name) => with_sound(name, &typed),
                None if is_latin => with_sound(&token.text, &typed),
                None if is_man_oblique && tokens.len() > 1 => nominative_of_man(&typed),
                None if is_woman_oblique && tokens.len() > 1 => nominative_of_woman(&typed),
                None => nominative_of_other(&typed),
            },
            |name| {
                // «Алёна» stays with her «ё» when the form is already the nominative.
                let stands = name == token.text || (is_woman && token.text.ends_with(['а', 'я']));
                match () {
                    () if is_latin => with_sound(name, &typed),
                    () if stands => typed.clone(),
                    () => with_dots(name, &typed),
                }
            },
        );
        capitalised(&lower)
    });
    let joints = tokens.iter().map(|token| if is_hyphen(token) { "-" } else { " " });
    words
        .zip(joints)
        .fold(String::new(), |name, (word, joint)| if name.is_empty() { word } else { name + joint + &word })
}

/// «Лёлей» is Лёля: the nominative keeps the «ё» that was typed.
fn with_dots(name: &str, typed: &str) -> String {
    let mut typed = typed.chars();
    name.chars().map(|letter| if typed.next() == Some('ё') && letter == 'е' { 'ё' } else { letter }).collect()
}

/// «Artyom», «Semyon»: «yo» is «ё», wherever it stands among the «е» of the name.
fn with_sound(name: &str, latin: &str) -> String {
    let latin = latin.replace("yo", "ё").replace("jo", "ё");
    let mut sounds = latin.chars().filter(|letter| matches!(letter, 'e' | 'ё'));
    name.chars().map(|letter| if letter == 'е' && sounds.next() == Some('ё') { 'ё' } else { letter }).collect()
}

/// «Павлюка Глеба»: a man's surname beside his name in the genitive.
fn nominative_of_man(word: &str) -> String {
    const CONSONANTS: &str = "бвгджзклмнпрстфхцчшщ";
    match word.strip_suffix(['а', 'у']) {
        Some(base) if base.ends_with(|letter| CONSONANTS.contains(letter)) && !base.ends_with("ович") => {
            base.to_owned()
        }
        _ => nominative_of_other(word),
    }
}

/// «Ахмедовой Джамиле»: a woman's surname beside her name in another case.
fn nominative_of_woman(word: &str) -> String {
    let hers = ["ов", "ев", "ин", "ын"].iter().find_map(|suffix| {
        let base = word.strip_suffix("ой").or_else(|| word.strip_suffix('у'))?;
        base.ends_with(suffix).then(|| format!("{base}а"))
    });
    let like_adjective =
        || word.strip_suffix("ской").or_else(|| word.strip_suffix("скую")).map(|base| format!("{base}ская"));
    hers.or_else(like_adjective).unwrap_or_else(|| nominative_of_other(word))
}

/// Patronymics in other cases: «Петровичу», «Георгиевну».
fn nominative_of_other(word: &str) -> String {
    const FEMALE: &[&str] = &["овну", "овны", "овне", "евну", "евны", "евне"];
    if let Some(ending) = FEMALE.iter().find(|ending| word.ends_with(*ending)) {
        let cut = word.len() - ending.chars().next_back().map_or(0, char::len_utf8);
        return format!("{}а", &word[..cut]);
    }
    // «Людочкой меня зовут»
    if let Some(base) =
        ["чкой", "нькой", "шкой"].iter().find_map(|end| word.ends_with(end).then(|| &word[..word.len() - "ой".len()]))
    {
        return format!("{base}а");
    }
    for ending in ["овича", "овичу", "евича", "евичу"] {
        if word.ends_with(ending) {
            return word.trim_end_matches(['а', 'у']).to_owned();
        }
    }
    word.to_owned()
}

pub fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
