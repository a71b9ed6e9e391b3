//! Reads Russian: text in, [`Meaning`] out. Knows no clock, no network, no files.

#![forbid(unsafe_code)]

mod cues;
mod detail;
mod evidence;
mod intent;
pub mod label;
mod language;
mod lexicon;
mod meaning;
mod names;
mod numbers;
mod phone;
mod specialist;
mod spelling;
mod unfinished;
mod what;
mod when;
mod who;
mod words;

pub use label::label;
pub use lexicon::{Lexicon, ServiceWords, SpecialistWords, warm_up};
pub use meaning::{Expecting, Found, Grain, INTENTS_MAX, Intent, Language, Meaning, Risk, Urgency, When};
pub use words::TEXT_CHARS_MAX;

use evidence::Evidence;
use intent::{Findings, Sign};
use jiff::civil::DateTime;
use lexicon::shipped;
use words::{Gap, Words};

/// Reads one message (or one burst joined by line breaks).
///
/// `expecting` is what the bot asked last; `now` is the business's wall clock. Deterministic and
/// without I/O; only the first [`TEXT_CHARS_MAX`] characters count. Never panics, whatever the
/// text; spans lie on character boundaries of it.
pub fn understand(text: &str, expecting: Option<Expecting>, lexicon: &Lexicon, now: DateTime) -> Meaning {
    let mut words = words::split(text);
    let language = language::settle(&mut words, &lexicon.speller);
    let known_words = spell(&mut words, lexicon);
    let phones = phone::find(&mut words, expecting == Some(Expecting::AskPhone));
    let specialist = lexicon.specialists.find(&mut words);
    let services = lexicon.services.find(&mut words);
    let spots = when::read(&mut words, now, expecting == Some(Expecting::AskWhen));
    let name = who::find(&mut words, expecting);
    let hits = shipped().cues.find(&words);
    let evidence = Evidence::weigh(&hits);
    let is_question = words.tail.has(Gap::QUESTION) || words.tokens.iter().any(|token| token.gap.has(Gap::QUESTION));
    let choice = (expecting == Some(Expecting::OfferSlots)).then(|| detail::choice(&words)).flatten();
    let rating = detail::rating(&words, expecting == Some(Expecting::Csat));
    let findings = Findings {
        has_service: !services.is_empty(),
        has_specialist: specialist.is_some(),
        has_when: !spots.is_empty(),
        has_phone: phones.phone.is_some(),
        is_phone_broken: phones.is_broken,
        has_name: name.is_some(),
        has_choice: choice.is_some(),
        has_rating: rating.is_some(),
        has_two_times: spots.iter().filter(|spot| spot.piece.is_date()).count() >= 2
            || spots.iter().filter(|spot| spot.piece.is_time()).count() >= 2,
        is_question,
        known_words,
        words: words.tokens.len(),
        sign: sign(text, &words),
    };
    let intents = intent::decide(&evidence, &findings, expecting, language);
    let has = |wish: Intent| intents.iter().any(|(intent, _)| *intent == wish);
    let moves = has(Intent::Reschedule) || (has(Intent::Cancel) && has(Intent::Book));
    let marks = shipped().marks.find(&words);
    let windows = when::settle(&words.tokens, &spots, &marks, moves, lexicon.opens_early);
    let mut meaning = Meaning {
        certainty: intents.first().map_or(0.0, |(_, probability)| *probability),
        intents,
        name,
        phone: phones.phone,
        is_phone_broken: phones.is_broken,
        services,
        specialist,
        when: windows.when,
        when_old: windows.old,
        choice,
        rating,
        language,
        ..Meaning::default()
    };
    meaning.urgency = urgency(&evidence, &meaning);
    meaning.risks = risks(&evidence, &meaning);
    meaning.topics = topics(&evidence, &meaning);
    meaning.late_min = meaning.has(Intent::Late).then(|| detail::late_min(&words)).flatten();
    meaning.is_unfinished = unfinished::is_unfinished(&words, &meaning, is_question);
    meaning
}

/// Reads numbers, puts misspelt words right, and counts the words that are known after that.
fn spell(words: &mut Words, lexicon: &Lexicon) -> usize {
    let mut known = 0;
    for token in &mut words.tokens {
        token.number = numbers::of_token(token);
        let vocabularies = [&lexicon.speller, &shipped().speller];
        let is_known = token.number.is_some()
            || names::is_known(&token.text)
            || vocabularies.iter().any(|speller| speller.knows(token));
        known += usize::from(is_known);
        if is_known || token.is_digits() {
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

fn urgency(evidence: &Evidence<'_>, meaning: &Meaning) -> Urgency {
    if meaning.has(Intent::Medical) && evidence.score("emergency") >= 5.0 {
        return Urgency::Emergency;
    }
    let is_client = meaning.has(Intent::Book)
        || meaning.has(Intent::Medical)
        || meaning.has(Intent::Callback)
        || meaning.has(Intent::Inform);
    if is_client && evidence.score("urgent") >= 3.0 { Urgency::Urgent } else { Urgency::Normal }
}

fn risks(evidence: &Evidence<'_>, meaning: &Meaning) -> Vec<Risk> {
    let found = [
        (meaning.has(Intent::Medical), Risk::Medical),
        (meaning.urgency == Urgency::Emergency, Risk::Emergency),
        (meaning.has(Intent::Complaint) && evidence.score("legal") >= 4.0, Risk::Legal),
        (meaning.has(Intent::Complaint), Risk::Complaint),
        (evidence.score("selfharm") >= 5.0, Risk::SelfHarm),
    ];
    found.into_iter().filter(|(is_found, _)| *is_found).map(|(_, risk)| risk).collect()
}

/// Topics asked about, in the order said; a general question only if nothing surer was asked.
fn topics(evidence: &Evidence<'_>, meaning: &Meaning) -> Vec<String> {
    let family = match () {
        () if meaning.has(Intent::Business) => "business:",
        () if meaning.has(Intent::Faq) => "faq:",
        () if meaning.has(Intent::Smalltalk) => "smalltalk:",
        () => return Vec::new(),
    };
    let heard = evidence.under(family, 3.0);
    let mut topics: Vec<String> =
        heard.iter().map(|(topic, ..)| (*topic).to_owned()).filter(|topic| topic != "service_info").collect();
    if topics.is_empty() && family == "faq:" {
        topics.push("service_info".to_owned());
    }
    topics
}
