//! Reads Russian: text in, [`Meaning`] out. Knows no clock, no network, no files.

#![forbid(unsafe_code)]

mod chance;
mod cues;
mod detail;
mod evidence;
mod glued;
mod intent;
pub mod label;
mod language;
mod lexicon;
mod linear;
mod mash;
mod meaning;
mod names;
mod need;
mod numbers;
mod phone;
mod position;
mod reading;
mod specialist;
mod spelling;
mod topic;
mod unfinished;
mod veil;
mod what;
mod when;
mod who;
mod wish;
mod words;

pub use label::label;
pub use lexicon::{Lexicon, ServiceWords, SpecialistWords, warm_up};
pub use linear::ModelError;
pub use meaning::{Expecting, Found, Grain, INTENTS_MAX, Intent, Language, Meaning, Risk, Urgency, When};
pub use need::{NeedModel, kinds_of, shipped_needs, train_needs};
pub use topic::{TopicModel, shipped_topics, train_topics};
pub use veil::{Veiled, veil};
pub use wish::{
    EXAMPLES_MAX, Example, IntentScore, Report, TrainError, Trained, WishModel, assess, masked, shipped_model, train,
    train_shipped,
};
pub use words::{TEXT_CHARS_MAX, stem};

use evidence::Evidence;
use jiff::civil::DateTime;
use lexicon::shipped;

/// The score from which a list of dangers leaves no doubt.
const CERTAIN_DANGER: f32 = 6.0;

/// Reads one message (or one burst joined by line breaks).
///
/// `expecting` is what the bot asked last; `now` is the business's wall clock. Deterministic and
/// without I/O; only the first [`TEXT_CHARS_MAX`] characters count. Never panics, whatever the
/// text; spans lie on character boundaries of it.
pub fn understand(text: &str, expecting: Option<Expecting>, lexicon: &Lexicon, now: DateTime) -> Meaning {
    let mut words = words::split(text);
    let reading = reading::read(text, &mut words, expecting, lexicon, now);
    let hits = shipped().cues.find(&words);
    let evidence = Evidence::weigh(&hits);
    let mut intents = wish::settle(lexicon.model(), &words, &reading, &evidence, expecting);
    // «Попали в аварию, есть пострадавшие, нужен эвакуатор»: whatever else is wanted.
    let is_in_danger = evidence.score("danger") >= CERTAIN_DANGER;
    if is_in_danger && intents.first().is_none_or(|(first, _)| *first != Intent::Medical) {
        intents.retain(|(intent, _)| *intent != Intent::Medical);
        intents.insert(0, (Intent::Medical, 1.0));
        intents.truncate(INTENTS_MAX);
    }
    // «Урок со среды уберите на четверг»: nothing is called off, it moves.
    if let Some((first @ Intent::Cancel, _)) = intents.first_mut()
        && when::leads_on(&reading.spots)
    {
        *first = Intent::Reschedule;
    }
    let has = |wish: Intent| intents.iter().any(|(intent, _)| *intent == wish);
    let moves =
        has(Intent::Reschedule) || (has(Intent::Cancel) && (has(Intent::Book) || when::leads_on(&reading.spots)));
    let marks = shipped().marks.find(&words);
    let windows = when::settle(&words, &reading.spots, &marks, moves, lexicon.opens_early).without_past(now);
    let mut meaning = Meaning {
        certainty: intents.first().map_or(0.0, |(_, probability)| *probability),
        intents,
        name: reading.name,
        phone: reading.phones.phone,
        is_phone_broken: reading.phones.is_broken,
        services: reading.services,
        specialist: reading.specialist,
        stranger: reading.stranger,
        unwanted: reading.unwanted,
        is_name_of_other: reading.is_name_of_other,
        of_position: reading.of_position,
        when: windows.when,
        when_others: windows.others,
        weekdays: when::weekdays(&words, now),
        refused_part: windows.refused,
        shift_min: windows.shift_min,
        when_old: windows.old,
        is_day_nowhere: reading.is_day_nowhere,
        choice: reading.choice,
        rating: reading.rating,
        language: reading.language,
        ..Meaning::default()
    };
    // «снимите меня с четверга», «с 16:00»: that day or hour, not from it on.
    if meaning.intent() == Intent::Cancel
        && let Some(found) = &mut meaning.when
    {
        when::close(&mut found.value);
    }
    // An answer to any other question is about that question.
    if meaning.services.is_empty() && matches!(expecting, None | Some(Expecting::AskService)) {
        // «Чтоб ёжик на голове»: no abuse and nothing beside the point where a need is plain and no rule heard either.
        let is_guess = matches!(meaning.intent(), Intent::Abuse | Intent::Offtopic)
            && evidence.score("abuse") <= 0.0
            && evidence.score("offtopic") <= 0.0;
        let intent = if is_guess { Intent::Book } else { meaning.intent() };
        meaning.services.extend(lexicon.need(&words, intent));
        if is_guess && !meaning.services.is_empty() {
            meaning.intents = vec![(Intent::Book, meaning.certainty)];
        }
    }
    meaning.is_service_lacking = meaning.services.is_empty() && lexicon.is_lacking(&words, meaning.intent());
    meaning.urgency = urgency(&evidence, &meaning, reading.findings.is_laughing);
    meaning.risks = risks(&evidence, &meaning);
    meaning.topics = topics(&evidence, &meaning, |heard, is_of_client| lexicon.topic_of(&words, heard, is_of_client));
    meaning.late_min = meaning.has(Intent::Late).then(|| detail::late_min(&words)).flatten();
    meaning.is_unfinished = unfinished::is_unfinished(&words, &meaning, reading.findings.is_question);
    meaning
}

fn urgency(evidence: &Evidence<'_>, meaning: &Meaning, is_laughing: bool) -> Urgency {
    let score = evidence.score("emergency").max(evidence.score("danger"));
    if meaning.has(Intent::Medical) && score >= 5.0 {
        return Urgency::Emergency;
    }
    let is_client = meaning.has(Intent::Book)
        || meaning.has(Intent::Medical)
        || meaning.has(Intent::Callback)
        || meaning.has(Intent::Inform);
    // «Борода как у лешего, выручайте в субботу ))»: who jokes pleads no haste.
    let pleads = evidence.score("urgent") >= 3.0 && !is_laughing;
    if is_client && pleads { Urgency::Urgent } else { Urgency::Normal }
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
fn topics(
    evidence: &Evidence<'_>,
    meaning: &Meaning,
    guess: impl Fn(&[String], bool) -> Option<&'static str>,
) -> Vec<String> {
    let (family, rest) = match () {
        () if meaning.has(Intent::Business) => ("business:", None),
        () if meaning.has(Intent::Faq) => ("faq:", Some(topic::OTHER)),
        () if meaning.has(Intent::Smalltalk) => return topic::of_lists(evidence, "smalltalk:"),
        () => return Vec::new(),
    };
    let heard = topic::of_lists(evidence, family);
    if heard.len() > 1 {
        return heard;
    }
    let sure = guess(&heard, rest.is_some()).map(str::to_owned);
    sure.or_else(|| heard.into_iter().next()).or_else(|| rest.map(str::to_owned)).into_iter().collect()
}
