//! What a question is about where no word of the lists says so: «8 марта отдыхаете?» asks for the hours. A linear model over
//! words and pieces of words; a question it is not sure of is one about the services.

use std::sync::LazyLock;

use crate::{
    evidence::Evidence,
    lexicon::shipped,
    linear::{
        Feature, Kind, Linear, group,
        texts::{School, best},
    },
    need,
    words::Words,
};

/// What the business has entries for, then everything else, then what those want who are no clients: the columns in order.
pub const TOPICS: [&str; 15] = [
    "address",
    "hours",
    "parking",
    "payment",
    "kids",
    "prep",
    "promo",
    "documents",
    "my_booking",
    "warranty",
    OTHER,
    "job",
    "supplier",
    "corporate",
    "partner",
];
/// The first of [`TOPICS`] that is of no client.
const OUTSIDE: usize = 11;
/// About the services themselves, or about nothing that has an entry of its own.
pub const OTHER: &str = "service_info";
/// A list is heard from this score on.
const HEARD_MIN: f32 = 3.0;
const MODEL: Kind = Kind { magic: *b"NTM1", rows: 16_000 };
/// A topic is believed from this share of right answers on: a wrong entry is worse than «передал администратору».
const SHARE_MIN: f32 = 0.6;
/// And only if no other comes so near, in logits.
const LEAD_MIN: f32 = 1.0;
const SCHOOL: School = School { kind: MODEL, column, features: |words| features(words, &heard(words)) };

/// A trained model of topics, a fifth of a megabyte.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicModel(Linear<{ TOPICS.len() }>);

impl TopicModel {
    /// The bytes to keep.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes(MODEL)
    }

    /// The topic of a question or of an offer, if the model is sure enough of it; `heard` is what the lists say it is about.
    pub fn find(&self, words: &Words, heard: &[String], is_of_client: bool) -> Option<&'static str> {
        let mut logits = self.0.logits(&features(words, heard));
        let (of_clients, of_others) = logits.split_at_mut(OUTSIDE);
        if is_of_client { of_others } else { of_clients }.fill(f32::NEG_INFINITY);
        let (column, logit, next) = best(&logits)?;
        let is_sure = self.0.calibration.share(logit) >= SHARE_MIN && logit - next >= LEAD_MIN;
        TOPICS.get(column).filter(|_| is_sure).copied()
    }
}

/// The shipped model, trained anew from `data/*.txt` without the families that are left out.
pub fn train_topics(is_left_out: impl Fn(&str) -> bool) -> TopicModel {
    let written = SCHOOL.samples(include_str!("../data/topics.txt"), false);
    let questions = SCHOOL.samples(include_str!("../data/questions.txt"), true);
    TopicModel(SCHOOL.train(written.chain(questions), is_left_out))
}

/// The model compiled into the program; bytes that are no model are sure of nothing.
pub fn shipped_topics() -> &'static TopicModel {
    static SHIPPED: LazyLock<TopicModel> = LazyLock::new(|| {
        let read = Linear::from_bytes(MODEL, include_bytes!("../data/topics.model"));
        TopicModel(read.unwrap_or_else(|_| Linear::blank(MODEL)))
    });
    &SHIPPED
}

/// What the model looks at: the words, and what the lists heard in them.
fn features(words: &Words, heard: &[String]) -> Vec<Feature> {
    let mut list = need::features(words);
    group(&mut list, 1.5, |see| heard.iter().for_each(|topic| see(&["heard", topic])));
    list
}

fn heard(words: &Words) -> Vec<String> {
    let hits = shipped().cues.find(words);
    let evidence = Evidence::weigh(&hits);
    ["faq:", "business:"].into_iter().flat_map(|family| of_lists(&evidence, family)).collect()
}

/// The topics of a family that the lists heard, in the order said.
pub fn of_lists(evidence: &Evidence<'_>, family: &str) -> Vec<String> {
    let heard = evidence.under(family, HEARD_MIN);
    heard.iter().map(|(topic, ..)| (*topic).to_owned()).filter(|topic| topic != OTHER).collect()
}

/// Whether a topic is one of clients.
pub fn is_of_client(topic: &str) -> bool {
    column(topic).is_some_and(|column| column < OUTSIDE)
}

fn column(topic: &str) -> Option<usize> {
    TOPICS.iter().position(|known| *known == topic)
}
