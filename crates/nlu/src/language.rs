//! Which language a message is in, and Russian typed in Latin letters turned into Cyrillic.

use crate::{
    lexicon::shipped,
    meaning::Language,
    spelling::{Speller, put_right},
    words::{Token, Words},
};

/// So few unknown Latin words are keys struck at random («qwertyyy»), not a language.
const KEYS_WORDS_MAX: usize = 2;

/// Things that Russian calls so too.
const NAMED_ABROAD: &[&str] =
    &["wi", "fi", "wifi", "vip", "qr", "sms", "whatsapp", "telegram", "instagram", "apple", "pay"];

/// «4k» and «4s» are no words.
const FIGURED_LETTERS_MIN: usize = 3;

/// Decides the language; for Russian in Latin letters also respells the tokens in Cyrillic.
///
/// `own` is the vocabulary of the business. Brand names in Latin letters inside a Russian message
/// stay as they are.
pub fn settle(words: &mut Words, own: &Speller) -> Language {
    straighten(words);
    join_figures(words);
    let links = links(&words.tokens);
    let is_said = |(token, is_link): &(&Token, &bool)| !token.is_digits() && !**is_link;
    // «Есть wi-fi?»: some things have no Russian name.
    let is_foreign = |token: &Token| is_latin(token) && !token.is_any(NAMED_ABROAD);
    let latin = words.tokens.iter().zip(&links).filter(is_said).filter(|(token, _)| is_foreign(token)).count();
    let letters = words.tokens.iter().zip(&links).filter(is_said).count();
    if letters == 0 {
        return Language::Ru;
    }
    if says_thanks(words) {
        return Language::Ru;
    }
    if latin * 2 <= letters {
        return if looks_foreign(words) { Language::Other } else { Language::Ru };
    }
    let foreign = words.tokens.iter().filter(|token| shipped().foreign.contains(token.text.as_str())).count();
    let respelt: Vec<Option<String>> = words.tokens.iter().map(|token| respelt(token, own)).collect();
    let known = respelt.iter().flatten().count();
    if known == 0 && foreign == 0 && letters <= KEYS_WORDS_MAX {
        return Language::Ru;
    }
    if known == 0 || foreign >= known || known * 4 < letters {
        return Language::Other;
    }
    for (token, text) in words.tokens.iter_mut().zip(respelt) {
        if is_latin(token) {
            let text = text.unwrap_or_else(|| cyrillic(&token.text, Jot::Hard));
            token.respell(text);
        }
    }
    Language::Translit
}

/// «Thank you!», «ok, thanks» by somebody who writes Russian otherwise: said in Russian from here on.
fn says_thanks(words: &mut Words) -> bool {
    const THANKS: &[&str] = &["thank", "thanks", "thx", "merci", "danke", "gracias", "grazie"];
    const BESIDE: &[&str] =
        &["you", "u", "very", "much", "so", "a", "lot", "ok", "okay", "oh", "and", "bye", "ок", "ой"];
    let is_thanks = |token: &Token| token.is_any(THANKS);
    let is_all = words.tokens.iter().all(|token| is_thanks(token) || token.is_any(BESIDE));
    let is_said = is_all && words.tokens.iter().any(is_thanks);
    if is_said {
        words.tokens.iter_mut().filter(|token| is_thanks(token)).for_each(|token| token.respell("спасибо".to_owned()));
    }
    is_said
}

/// Which tokens are parts of an address: «https://t.me/name» is no language.
fn links(tokens: &[Token]) -> Vec<bool> {
    const PARTS: &[&str] = &["http", "https", "www", "com", "ru", "me", "org", "net", "io", "рф", "su"];
    let mut links = vec![false; tokens.len()];
    let mut from = 0;
    while from < tokens.len() {
        let glued = tokens.iter().skip(from + 1).take_while(|token| token.gap.is_glued()).count();
        let run = from..from + 1 + glued;
        let is_link = glued > 0 && tokens[run.clone()].iter().any(|token| token.is_any(PARTS));
        links[run.clone()].fill(is_link);
        from = run.end;
    }
    links
}

/// «4etverg»: a figure that stands for «ч» is a part of the word it begins.
fn join_figures(words: &mut Words) {
    let is_word = |token: &Token| token.gap.is_glued() && is_latin(token) && token.text.len() >= FIGURED_LETTERS_MIN;
    let begins = |pair: &[Token]| pair[0].is("4") && is_word(&pair[1]);
    while let Some(at) = words.tokens.windows(2).position(begins) {
        let figure = words.tokens.remove(at);
        let word = &mut words.tokens[at];
        word.respell(format!("ch{}", word.text));
        word.typed = format!("{}{}", figure.typed, word.typed);
        (word.span.0, word.gap) = (figure.span.0, figure.gap);
    }
}

/// Puts Cyrillic letters where Latin ones that look the same were typed: «c 2 до 5», «зaвтра».
fn straighten(words: &mut Words) {
    let is_russian = words.tokens.iter().any(|token| token.text.chars().any(is_russian_letter));
    for token in words.tokens.iter_mut().filter(|_| is_russian) {
        let has = |is_so: fn(char) -> bool| token.text.chars().any(is_so);
        let is_mixed = has(is_russian_letter) && has(|letter| letter.is_ascii_alphabetic());
        let is_preposition = matches!(token.text.as_str(), "c" | "k" | "o" | "y");
        if is_mixed || is_preposition {
            token.respell(token.text.chars().map(look_alike).collect());
        }
    }
}

const fn is_russian_letter(letter: char) -> bool {
    matches!(letter, 'а'..='я')
}

const fn look_alike(letter: char) -> char {
    match letter {
        'a' => 'а',
        'c' => 'с',
        'e' => 'е',
        'k' => 'к',
        'o' => 'о',
        'p' => 'р',
        'x' => 'х',
        'y' => 'у',
        other => other,
    }
}

fn is_latin(token: &Token) -> bool {
    token.text.chars().all(|letter| letter.is_ascii_alphabetic())
}

/// Whether letters or common words of another language in Cyrillic or another script prevail.
fn looks_foreign(words: &Words) -> bool {
    let foreign = words
        .tokens
        .iter()
        .filter(|token| shipped().foreign.contains(token.text.as_str()) || token.text.chars().any(is_foreign_letter));
    let letters = words.tokens.iter().filter(|token| !token.is_digits()).count();
    let count = foreign.count();
    count >= 2 || (count == 1 && letters <= 2)
}

const fn is_foreign_letter(letter: char) -> bool {
    if letter.is_ascii() {
        return false;
    }
    !matches!(letter, 'а'..='я' | 'ё' | '\u{300}'..='\u{36f}')
}

/// Words of the trade as they are written in Latin letters, whatever the letters would say.
const TRADE_WORDS: &[(&str, &str)] = &[
    ("fade", "фейд"),
    ("airtouch", "аиртач"),
    ("haircut", "стрижка"),
    ("manicure", "маникюр"),
    ("pedicure", "педикюр"),
    ("massage", "массаж"),
];

/// The Cyrillic spelling of a Latin word if it gives a word we know.
fn respelt(token: &Token, own: &Speller) -> Option<String> {
    if !is_latin(token) {
        return None;
    }
    [Jot::Hard, Jot::Soft, Jot::Round, Jot::Vowel].into_iter().find_map(|jot| {
        if let Some((_, word)) = TRADE_WORDS.iter().find(|(latin, _)| *latin == token.text) {
            return Some((*word).to_owned());
        }
        let text = cyrillic(&token.text, jot);
        let text = put_right(&text).map_or(text, str::to_owned);
        let mut trial = Token::default();
        trial.respell(text);
        let vocabularies = [own, &shipped().speller];
        if vocabularies.iter().any(|speller| speller.knows(&trial)) || crate::names::is_known(&trial.text) {
            return Some(trial.text);
        }
        vocabularies.iter().find_map(|speller| speller.nearest(&trial)).map(|(text, _)| text.to_owned())
    })
}

/// How «j» is read: «mojno» or «ja».
#[derive(Clone, Copy)]
enum Jot {
    Hard,
    Soft,
    /// «yoga» begins with «йо», not with «ё».
    Round,
    /// «piatnica», «delaiu»: «i» before a vowel stands for «й».
    Vowel,
}

/// The usual spellings, longest first.
const SPELLINGS: &[(&str, &str)] = &[
    ("shch", "щ"),
    ("sch", "щ"),
    ("iya", "ия"),
    ("iyu", "ию"),
    ("iye", "ие"),
    ("zh", "ж"),
    ("kh", "х"),
    ("ch", "ч"),
    ("sh", "ш"),
    ("yu", "ю"),
    ("ya", "я"),
    ("yo", "е"),
    ("ye", "е"),
    ("ju", "ю"),
    ("ja", "я"),
    ("jo", "е"),
    ("iy", "ий"),
    ("yi", "ый"),
    ("yj", "ый"),
    ("ij", "ий"),
    ("ck", "к"),
    ("ts", "ц"),
    ("tz", "ц"),
    ("a", "а"),
    ("b", "б"),
    ("c", "ц"),
    ("d", "д"),
    ("e", "е"),
    ("f", "ф"),
    ("g", "г"),
    ("h", "х"),
    ("i", "и"),
    ("j", "ж"),
    ("k", "к"),
    ("l", "л"),
    ("m", "м"),
    ("n", "н"),
    ("o", "о"),
    ("p", "п"),
    ("q", "к"),
    ("r", "р"),
    ("s", "с"),
    ("t", "т"),
    ("u", "у"),
    ("v", "в"),
    ("w", "в"),
    ("x", "х"),
    ("y", "ы"),
    ("z", "з"),
];

fn cyrillic(word: &str, jot: Jot) -> String {
    let mut text = String::with_capacity(word.len() * 2);
    let iotated =
        if matches!(jot, Jot::Vowel) { word.replace("ia", "ya").replace("iu", "yu") } else { word.to_owned() };
    let mut left = iotated.as_str();
    if let Some(rest) = word.strip_prefix("yo").filter(|_| matches!(jot, Jot::Round)) {
        text.push_str("йо");
        left = rest;
    }
    while !left.is_empty() {
        let is_jot_pair = ["ju", "ja", "jo"].iter().any(|pair| left.starts_with(pair));
        let found = SPELLINGS.iter().find(|(latin, _)| {
            left.starts_with(latin) && !(is_jot_pair && latin.len() == 2 && matches!(jot, Jot::Hard))
        });
        let Some((latin, letters)) = found else { break };
        let is_after_vowel = text.ends_with(['а', 'е', 'и', 'о', 'у', 'ы', 'э', 'ю', 'я']);
        text.push_str(if *latin == "y" && is_after_vowel { "й" } else { letters });
        left = &left[latin.len()..];
    }
    text
}
