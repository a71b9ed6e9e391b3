//! The details of a message: language, phone, services, specialist, times, name.

use jiff::civil::DateTime;

use crate::{
    detail, glued,
    intent::{Findings, Sign},
    language,
    lexicon::{Lexicon, shipped},
    mash,
    meaning::{Expecting, Found, Language},
    names::{self, Part},
    numbers, phone, spelling, when, who,
    words::{Gap, Roles, Token, Words, stem},
};

/// One filling word may answer something; so many in a row say nothing.
const FILLERS_MIN: usize = 3;

/// Everything read before the wish.
#[derive(Debug)]
pub struct Reading {
    pub language: Language,
    pub phones: phone::Phones,
    pub services: Vec<Found<String>>,
    pub specialist: Option<Found<String>>,
    /// A name asked for that no specialist has.
    pub stranger: Option<String>,
    /// Specialists the client does not want.
    pub unwanted: Vec<String>,
    pub of_position: Vec<String>,
    pub spots: Vec<when::Spot>,
    pub name: Option<Found<String>>,
    /// The name is that of somebody the client speaks of.
    pub is_name_of_other: bool,
    pub choice: Option<u8>,
    pub rating: Option<u8>,
    /// A day was named that no calendar has, and no other one.
    pub is_day_nowhere: bool,
    pub findings: Findings,
}

/// Reads the details and marks the words they stand on; roles given before are kept.
pub fn read(text: &str, words: &mut Words, expecting: Option<Expecting>, lexicon: &Lexicon, now: DateTime) -> Reading {
    let language = language::settle(words, &lexicon.speller);
    glued::part(words);
    let is_name_asked = expecting == Some(Expecting::AskName) && who::is_as_long_as_a_name(words);
    let known_words = spell(words, lexicon, is_name_asked);
    let phones = phone::find(words, expecting == Some(Expecting::AskPhone));
    let unwanted = lexicon.specialists.unwanted(words);
    let specialist = lexicon.specialists.find(words, is_name_asked);
    let services = lexicon.services.find(words);
    let of_position = if specialist.is_none() { lexicon.positions.find(words) } else { Vec::new() };
    let is_hour_asked = match expecting {
        Some(Expecting::AskWhen) => true,
        Some(Expecting::OfferSlots | Expecting::Confirm) => !detail::is_number_of_offer(words),
        _ => false,
    };
    let spots = when::read(words, now, is_hour_asked);
    let is_day_nowhere = !spots.iter().any(|spot| spot.piece.is_date()) && when::names_no_day(words, now);
    let stranger = if specialist.is_none() { lexicon.specialists.stranger(words) } else { None };
    let name = who::find(words, expecting);
    let is_name_of_other = name.as_ref().is_some_and(|name| who::is_of_other(words, name.span));
    let has_mark = |mark: Gap| words.tail.has(mark) || words.tokens.iter().any(|token| token.gap.has(mark));
    let has_role = |is_so: fn(&Roles) -> bool| words.tokens.iter().any(|token| is_so(&token.roles));
    let choice = (expecting == Some(Expecting::OfferSlots)).then(|| detail::choice(words)).flatten();
    let rating = detail::rating(words, expecting == Some(Expecting::Csat));
    let findings = Findings {
        has_service: !services.is_empty() || has_role(|roles| roles.service),
        has_specialist: specialist.is_some() || has_role(|roles| roles.specialist),
        has_when: is_day_nowhere || !spots.is_empty() || has_role(|roles| roles.when),
        has_phone: phones.phone.is_some() || (!phones.is_broken && has_role(|roles| roles.phone)),
        is_phone_broken: phones.is_broken,
        has_name: name.is_some() || has_role(|roles| roles.name),
        has_choice: choice.is_some(),
        has_rating: rating.is_some(),
        has_two_times: spots.iter().filter(|spot| spot.piece.is_date()).count() >= 2
            || spots.iter().filter(|spot| spot.piece.is_time()).count() >= 2,
        is_question: has_mark(Gap::QUESTION),
        is_laughing: is_laughing(text),
        is_corrected: is_corrected(words, &spots),
        known_words,
        words: words.tokens.len(),
        is_mashed: known_words == 0 && !words.tokens.is_empty() && words.tokens.iter().all(mash::is_mashed)
            || words.tokens.len() >= FILLERS_MIN && words.tokens.iter().all(mash::is_filler),
        sign: sign(text, words),
    };
    Reading {
        language,
        phones,
        services,
        specialist,
        stranger,
        unwanted,
        of_position,
        spots,
        name,
        is_name_of_other,
        choice,
        rating,
        is_day_nowhere,
        findings,
    }
}

/// Reads numbers, puts misspelt words right, and counts the words that are known after that.
///
/// A short answer to «как вас зовут?» is left as it is: a rare name is not a misspelt word.
fn spell(words: &mut Words, lexicon: &Lexicon, is_name_asked: bool) -> usize {
    // Known by its beginning alone, and no name, number or word of a list.
    let is_only_begun = |token: &Token| {
        !is_name_asked && token.number.is_none() && !names::is_known(&token.text) && !shipped().speller.has(token)
    };
    let mut known = 0;
    let laters = laters(words);
    let surnames = surnames(words);
    for (at, token) in words.tokens.iter_mut().enumerate() {
        // «ф пятнитцу», «не ранше 4», «на час позднее»
        if let Some(right) = spelling::put_right(&token.text) {
            token.respell(right.to_owned());
        }
        match token.text.as_str() {
            "позднее" | "поздней" if laters.contains(&at) => token.respell("позже".to_owned()),
            "попозднее" | "попоздней" => token.respell("попозже".to_owned()),
            _ => {}
        }
        token.number = numbers::of_token(token);
        let vocabularies = [&lexicon.speller, &shipped().speller];
        let is_known = token.number.is_some()
            || names::is_known(&token.text)
            || surnames.contains(&at)
            || vocabularies.iter().any(|speller| speller.knows(token));
        known += usize::from(is_known);
        if is_known || is_name_asked || token.is_digits() {
            // «пятнецу» begins like «пятна» and sounds like a day.
            if let Some(day) = shipped().speller.sounding_day(token).filter(|_| !is_name_asked) {
                token.respell(day);
            } else if is_only_begun(token)
                && let Some(own) = lexicon.speller.homophone(token)
            {
                // «нарощивание» begins like a word of ours and sounds like one of the business.
                token.respell(own);
            }
            continue;
        }
        let short = spelling::undrawn(&token.text).map(|text| Token { stem: stem(&text), text, ..Token::default() });
        if let Some(short) = short.filter(|short| vocabularies.iter().any(|speller| speller.knows(short))) {
            token.respell(short.text);
            known += 1;
            continue;
        }
        let nearest =
            vocabularies.iter().filter_map(|speller| speller.nearest(token)).min_by_key(|(_, distance)| *distance);
        if let Some(text) = nearest.map(|(text, _)| text.to_owned()) {
            token.respell(text);
            token.number = numbers::of_token(token);
            known += 1;
        }
    }
    known
}

/// «на час позднее», «позднее 18», but neither «самое позднее» nor «позднее окошко», «после поздней смены».
fn laters(words: &Words) -> Vec<usize> {
    let is_later = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| words.tokens.get(before));
        let next = words.tokens.get(at + 1);
        let is_bound =
            next.is_none_or(|next| next.gap.ends_clause() || next.is_digits() || next.is_any(&["чем", "можно"]));
        is_bound && !before.is_some_and(|token| token.is_any(&["самое", "более"]))
    };
    let found = words.tokens.iter().enumerate().filter(|(_, token)| token.is_any(&["позднее", "поздней"]));
    found.map(|(at, _)| at).filter(|at| is_later(*at)).collect()
}

/// «Ирина Котова» is not «готова»: what looks like a surname beside a first name.
fn surnames(words: &Words) -> Vec<usize> {
    let is_surname = |token: &Token| token.is_capital() && names::part_of(&token.text) == Some(Part::Surname);
    let is_first = |at: Option<usize>| {
        at.and_then(|at| words.tokens.get(at)).is_some_and(|token| token.is_capital() && names::is_known(&token.text))
    };
    let found = words.tokens.iter().enumerate().filter(|(_, token)| is_surname(token)).map(|(at, _)| at);
    found.filter(|at| is_first(at.checked_sub(1)) || is_first(at.checked_add(1))).collect()
}

fn is_laughing(text: &str) -> bool {
    const LAUGHTER: &[&str] = &["))", "😂", "🤣", "😅", "😄", "😁", "😆", "ахах", "хаха"];
    let lower = text.to_lowercase();
    LAUGHTER.iter().any(|laughter| lower.contains(laughter))
}

/// Whether a correction stands between two times of the message.
fn is_corrected(words: &Words, spots: &[when::Spot]) -> bool {
    let [first, .., last] = spots else { return false };
    let marks = shipped().marks.find(words);
    marks
        .iter()
        .filter(|mark| when::is_correction(&words.tokens, mark))
        .any(|mark| mark.start >= first.end && mark.start <= last.start)
}

/// What a message without words says.
fn sign(text: &str, words: &Words) -> Option<Sign> {
    if !words.tokens.is_empty() {
        return None;
    }
    const YES: &[char] = &['+', '👍', '👌', '✅', '🙏', '❤', '🔥', '🤝', '💯', '🥰', '😍'];
    const NO: &[char] = &['👎', '❌', '🚫'];
    Some(match () {
        () if text.contains(NO) => Sign::No,
        () if text.contains(YES) => Sign::Yes,
        () => Sign::Other,
    })
}
