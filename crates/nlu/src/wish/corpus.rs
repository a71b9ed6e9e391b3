//! The shipped training file, written out: templates become messages, details become marked words.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use super::features::{NUMBER, Scene, Sides, features, mark_of};
use super::settle::Look;
use crate::{
    chance::Chance,
    evidence::Evidence,
    intent,
    lexicon::{Lexicon, shipped},
    linear::{Feature, texts::sections},
    meaning::{Expecting, Intent},
    reading::read,
    topic,
    words::{self, Words},
};

/// A template with choices gives at least so many messages, if it has so many.
const MESSAGES_MIN: usize = 10;
/// A day like any other: what a date means does not matter to the wish.
const SOME_DAY: jiff::civil::DateTime = jiff::civil::datetime(2026, 11, 24, 22, 15, 0, 0);

/// Training lines are read without any business's names.
static NOBODY: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(&[], &[], false));

/// Words that stand for a detail in the templates; no Russian word begins so.
const DETAILS: &[(&str, &str)] = &[
    ("<service>", "ъуслуга"),
    ("<specialist>", "ъмастер"),
    ("<when>", "ъвремя"),
    ("<name>", "ъимя"),
    ("<phone>", "ъномер"),
];

/// A message ready to learn from.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    /// The message from one or several [`Sides`].
    pub sides: Vec<Vec<Feature>>,
    pub intents: Vec<Intent>,
    /// Messages of one family are said alike and stay on one side of a fold.
    pub family: String,
    /// Whether it was sent and labelled, not written out of a template.
    pub is_labelled: bool,
}

impl Sample {
    /// The fold of its family, under `folds`.
    pub fn fold(&self, folds: usize) -> usize {
        Chance::of(&self.family).below(folds)
    }
}

/// Reads one message as it is looked at from some sides; the words may carry roles already.
pub(super) fn seen(
    text: &str,
    mut words: Words,
    expecting: Option<Expecting>,
    lexicon: &Lexicon,
    now: jiff::civil::DateTime,
    sides: &[Sides],
) -> Seen {
    let reading = read(text, &mut words, expecting, lexicon, now);
    let hits = shipped().cues.find(&words);
    let evidence = Evidence::weigh(&hits);
    let rules = intent::decide(&evidence, &reading.findings, expecting, reading.language);
    let scene = Scene { words: &words, findings: &reading.findings, evidence: &evidence, expecting, rules: &rules };
    let sides = sides.iter().map(|sides| features(&scene, *sides)).collect();
    Seen { sides, look: Look::of(&words, &reading, expecting), rules }
}

/// What training and assessing need of one message.
pub(super) struct Seen {
    pub sides: Vec<Vec<Feature>>,
    /// What the rules decided.
    pub rules: Vec<(Intent, f32)>,
    pub look: Look,
}

/// All messages of the shipped training files, the same at every call.
pub(super) fn samples() -> Vec<Sample> {
    let mut samples = Vec::new();
    for (section, line) in lines(include_str!("../../data/intents.txt")) {
        let mut chance = Chance::of(line);
        for index in 0..messages(line) {
            let text = section.dressed(&written(line, index, &mut chance), index, &mut chance);
            let sample = section.sample(&text, &[Sides::All, Sides::Text, Sides::Rules]);
            samples.push(sample);
        }
    }
    for (section, line) in lines(include_str!("../../data/written.txt")) {
        let text = with_details(&line.replace(BREAK, "\n"));
        let slipped = slipped(&text, &mut Chance::of(line));
        samples.extend([text, slipped].iter().map(|text| section.sample(text, &[Sides::All, Sides::Text])));
    }
    let known: HashSet<&str> = lines(include_str!("../../data/written.txt")).map(|(_, line)| line).collect();
    for line in sections(include_str!("../../data/topics.txt")).filter(|line| !known.contains(line.text)) {
        let intent = if line.answers().any(topic::is_of_client) { Intent::Faq } else { Intent::Business };
        let section = Section { intents: vec![intent], family: format!("topic {}", line.text), ..Section::default() };
        let text = with_details(line.text);
        samples.push(section.sample(&text, &[Sides::All, Sides::Text]));
    }
    for (section, line) in lines(include_str!("../../data/messages.txt")) {
        // The rules know these messages by heart: nothing can be learned from what they heard.
        let text = with_details(&line.replace(BREAK, "\n"));
        let slipped = slipped(&text, &mut Chance::of(line));
        // What was labelled as the judge labels counts twice.
        samples.extend([&text, &text, &slipped].into_iter().map(|text| {
            let sample = section.sample(text, &[Sides::Text]);
            Sample { family: section.family.clone(), is_labelled: true, ..sample }
        }));
    }
    samples
}

/// The family of the labelled message that says word for word the same: left out with it, a copy teaches no fold.
fn family_of(words: &Words) -> Option<&'static str> {
    static LABELLED: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
        lines(include_str!("../../data/messages.txt"))
            .map(|(section, line)| (plain(&words::split(&with_details(&line.replace(BREAK, "\n")))), section.family))
            .collect()
    });
    LABELLED.get(&plain(words)).map(String::as_str)
}

/// The words of a message without marks and capitals.
fn plain(words: &Words) -> String {
    words.tokens.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// A message of a business's own: as it was sent, or as [`masked`] left it.
pub(super) fn unmasked(text: &str) -> (String, Words) {
    let text = with_details(&text.replace(BREAK, "\n"));
    let mut words = words::split(&text);
    mark(&mut words);
    (text, words)
}

/// The words of a line of a training file, read by nobody's lexicon.
pub fn read_alone(line: &str) -> Words {
    let (text, mut words) = unmasked(line);
    read(&text, &mut words, None, &NOBODY, SOME_DAY);
    words
}

/// The lines of a training file, each with the head of its section.
fn lines(source: &str) -> impl Iterator<Item = (Section, &str)> {
    let mut section = Section::default();
    source.lines().map(str::trim).filter_map(move |line| {
        if let Some(head) = line.strip_prefix('@') {
            section = Section::parse(head);
            return None;
        }
        (!line.is_empty() && !line.starts_with('#')).then(|| (section.clone(), line))
    })
}

/// Stands for a line break inside a message of a training file.
const BREAK: char = '⏎';

/// Writes a message as a line of a training file: details as marks, line breaks as [`BREAK`].
///
/// No name, phone or time is left of those we found.
pub fn masked(text: &str, expecting: Option<Expecting>, lexicon: &Lexicon, now: jiff::civil::DateTime) -> String {
    let mut words = words::split(text);
    read(text, &mut words, expecting, lexicon, now);
    let mut line = String::with_capacity(text.len());
    let mut end = 0;
    for token in &words.tokens {
        let mark = mark_of(token).filter(|mark| *mark != NUMBER);
        let gap = text.get(end..token.span.0).unwrap_or_default();
        let is_continued = mark.is_some_and(|mark| line.ends_with(mark));
        if !is_continued {
            line.push_str(gap);
            line.push_str(mark.or(text.get(token.span.0..token.span.1)).unwrap_or_default());
        }
        end = token.span.1;
    }
    line.push_str(text.get(end..).unwrap_or_default());
    line.replace(['\n', '\r'], &BREAK.to_string()).replace(['{', '}', '|'], " ").trim().to_owned()
}

/// The head of a section: `@intent[+also] [?context] family`.
#[derive(Clone, Debug, Default)]
struct Section {
    intents: Vec<Intent>,
    expecting: Option<Expecting>,
    family: String,
}

impl Section {
    fn parse(head: &str) -> Self {
        let mut parts = head.split_whitespace();
        let intents = parts.next().unwrap_or_default().split('+').filter_map(Intent::named).collect();
        let mut section = Self { intents, ..Self::default() };
        for part in parts {
            match part.strip_prefix('?') {
                Some(context) => section.expecting = expecting(context),
                None => section.family = part.to_owned(),
            }
        }
        section
    }

    /// A message of this section, its details already words.
    fn sample(&self, text: &str, sides: &[Sides]) -> Sample {
        let mut words = words::split(text);
        mark(&mut words);
        let family = family_of(&words).unwrap_or(&self.family).to_owned();
        let sides = seen(text, words, self.expecting, &NOBODY, SOME_DAY, sides).sides;
        Sample { sides, intents: self.intents.clone(), family, is_labelled: false }
    }

    /// The message as people send it: sometimes greeted, marked, or misspelt.
    fn dressed(&self, text: &str, index: usize, chance: &mut Chance) -> String {
        const GREETINGS: &[&str] = &[
            "Здравствуйте! ",
            "добрый вечер, ",
            "привет ",
            "Здравствуйте, подскажите ",
            "девушки, ",
            "скажите пожалуйста ",
        ];
        let is_client = self.intents.iter().all(|intent| !intent.is_outside() && *intent != Intent::Smalltalk);
        let is_greeted = self.expecting.is_none() && chance.below(100) < if is_client { 25 } else { 8 };
        let greeting = if is_greeted { GREETINGS[chance.below(GREETINGS.len())] } else { "" };
        let body = if index % 4 == 3 { slipped(text, chance) } else { text.to_owned() };
        let mark = match chance.below(100) {
            0..55 if asks(text) => "?",
            0..6 => "?",
            90..97 => "!",
            _ => "",
        };
        format!("{greeting}{body}{mark}")
    }
}

fn expecting(name: &str) -> Option<Expecting> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}

/// Whether a text opens as questions do.
fn asks(text: &str) -> bool {
    const OPENINGS: &[&str] = &[
        "где",
        "как",
        "скольк",
        "скок",
        "почем",
        "почём",
        "когда",
        "можно",
        "есть",
        "какой",
        "какая",
        "какие",
        "какое",
        "во скольк",
        "до скольк",
        "со скольк",
        "примете",
        "возьм",
        "свободн",
        "успе",
        "смож",
        "реальн",
        "чем",
        "что",
        "кто",
        "куда",
        "вы",
        "делаете",
        "на как",
        "с как",
        "нужна ли",
        "нужно ли",
        "нужен ли",
        "надо ли",
        "больно",
        "могу",
        "картой",
        "получится",
        "дорого",
        "это",
        "а",
    ];
    let lower = text.to_lowercase();
    OPENINGS.iter().any(|opening| lower.starts_with(opening))
}

/// How many messages a template gives: every choice is taken, and some choices meet others.
fn messages(template: &str) -> usize {
    let choices = template.split('{').skip(1).map(|part| part.split('}').next().unwrap_or_default().split('|').count());
    let (longest, product) =
        choices.fold((1, 1), |(longest, product), count| (count.max(longest), (product * count).min(1_000)));
    product.min(longest.max(MESSAGES_MIN))
}

/// The template with one of each choice taken; `index` goes through them all.
fn written(template: &str, index: usize, chance: &mut Chance) -> String {
    let mut text = String::with_capacity(template.len());
    for (place, part) in template.split('{').enumerate() {
        match part.split_once('}') {
            Some((choices, rest)) => {
                let choices: Vec<&str> = choices.split('|').collect();
                let at = if place == 1 || index < choices.len() { index * place } else { chance.below(choices.len()) };
                text.push_str(choices[at % choices.len()]);
                text.push_str(rest);
            }
            None => text.push_str(part),
        }
    }
    with_details(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Puts the words that stand for details in their place.
fn with_details(text: &str) -> String {
    DETAILS.iter().fold(text.to_owned(), |text, (detail, word)| text.replace(detail, word))
}

/// One slip of the finger in one long word: a letter lost, doubled or swapped with the next.
fn slipped(text: &str, chance: &mut Chance) -> String {
    let mut parts: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let long: Vec<usize> =
        (0..parts.len()).filter(|at| parts[*at].chars().count() >= 6 && !parts[*at].starts_with('ъ')).collect();
    if long.is_empty() {
        return text.to_owned();
    }
    let at = long[chance.below(long.len())];
    let mut letters: Vec<char> = parts[at].chars().collect();
    let place = 1 + chance.below(letters.len() - 2);
    match chance.below(3) {
        0 => drop(letters.remove(place)),
        1 => letters.insert(place, letters[place]),
        _ => letters.swap(place, place + 1),
    }
    parts[at] = letters.into_iter().collect();
    parts.join(" ")
}

/// Gives the words that stand for details their roles.
fn mark(words: &mut Words) {
    for token in &mut words.tokens {
        match token.text.as_str() {
            "ъуслуга" => token.roles.service = true,
            "ъмастер" => token.roles.specialist = true,
            "ъвремя" => token.roles.when = true,
            "ъимя" => token.roles.name = true,
            "ъномер" => token.roles.phone = true,
            _ => {}
        }
    }
}
