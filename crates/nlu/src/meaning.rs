//! What a message means: the one answer of this crate.

use jiff::civil;
use serde::{Deserialize, Serialize};

/// What the bot asked last; the same word means different things after different questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expecting {
    Reminder,
    Confirm,
    OfferSlots,
    AskName,
    AskPhone,
    AskWhen,
    AskService,
    Csat,
}

/// What the client wants. The list and its meanings are those of the labelled set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    Medical,
    Complaint,
    Human,
    Cancel,
    Reschedule,
    Late,
    Confirm,
    Decline,
    Book,
    Callback,
    Price,
    Faq,
    Feedback,
    Inform,
    Smalltalk,
    Business,
    Spam,
    Abuse,
    Injection,
    Offtopic,
    OtherLang,
}

impl Intent {
    /// Every intent, in the order in which the primary one is chosen.
    pub const ALL: [Self; 21] = [
        Self::Medical,
        Self::Complaint,
        Self::Human,
        Self::Cancel,
        Self::Reschedule,
        Self::Late,
        Self::Confirm,
        Self::Decline,
        Self::Book,
        Self::Callback,
        Self::Price,
        Self::Faq,
        Self::Feedback,
        Self::Inform,
        Self::Smalltalk,
        Self::Business,
        Self::Spam,
        Self::Abuse,
        Self::Injection,
        Self::Offtopic,
        Self::OtherLang,
    ];

    /// The name in the labelled set.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Medical => "medical",
            Self::Complaint => "complaint",
            Self::Human => "human",
            Self::Cancel => "cancel",
            Self::Reschedule => "reschedule",
            Self::Late => "late",
            Self::Confirm => "confirm",
            Self::Decline => "decline",
            Self::Book => "book",
            Self::Callback => "callback",
            Self::Price => "price",
            Self::Faq => "faq",
            Self::Feedback => "feedback",
            Self::Inform => "inform",
            Self::Smalltalk => "smalltalk",
            Self::Business => "business",
            Self::Spam => "spam",
            Self::Abuse => "abuse",
            Self::Injection => "injection",
            Self::Offtopic => "offtopic",
            Self::OtherLang => "other_lang",
        }
    }

    /// The intent of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|intent| intent.name() == name)
    }

    /// Written by somebody who is no client, or not to us.
    pub const fn is_outside(self) -> bool {
        matches!(self, Self::Business | Self::Spam | Self::Abuse | Self::Injection | Self::Offtopic | Self::OtherLang)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    #[default]
    Normal,
    Urgent,
    Emergency,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// A health question or a complication: never answered by a bot.
    Medical,
    /// Danger right now: the safe text with 103 and 112 goes out at once.
    Emergency,
    /// A threat of court, a demand about personal data.
    Legal,
    Complaint,
    SelfHarm,
}

/// A value and where in the text it stands, in bytes, half-open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found<T> {
    pub value: T,
    pub span: (usize, usize),
}

/// How precisely a time was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    Time,
    Range,
    After,
    Before,
    Part,
    Day,
    Days,
    FromDay,
}

/// A wanted time on the business's wall clock; `from` and `to` as the grain says.
///
/// `from_on`/`to_on` are absent when no date was said; `from_at`/`to_at` are absent for whole days.
/// A `Time` has only `from`; an `After` only `from_at`; a `Before` only `to_at` (with the date in
/// both `_on` fields where one was said).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    pub grain: Grain,
    pub from_on: Option<civil::Date>,
    pub to_on: Option<civil::Date>,
    pub from_at: Option<civil::Time>,
    pub to_at: Option<civil::Time>,
    /// The date was stated, not supplied by us.
    pub is_date_stated: bool,
    /// The hour was stated and its half of the day needed no guess.
    pub is_hour_certain: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    Ru,
    /// Russian in Latin letters.
    Translit,
    Other,
}

/// One message (or one burst joined by line breaks), understood.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Meaning {
    /// Best first, each with its probability, at most [`INTENTS_MAX`]; never empty after `understand`.
    /// The first is the primary one by the order of the labelled set, not by probability alone.
    pub intents: Vec<(Intent, f32)>,
    pub name: Option<Found<String>>,
    /// E.164; only a complete, valid number.
    pub phone: Option<Found<String>>,
    /// Digits that look like a phone but are not a whole one: ask again, store nothing.
    pub is_phone_broken: bool,
    /// Ids of the business's services, in the order said.
    pub services: Vec<Found<String>>,
    /// Asks about a service of a kind that the business does not have: «сколько стоит снятие?».
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_service_lacking: bool,
    /// Id of the specialist asked for.
    pub specialist: Option<Found<String>>,
    /// «К Руслану», where nobody of that name works: the name in the nominative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stranger: Option<String>,
    /// Ids of specialists the client does not want: «только не к Анне».
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unwanted: Vec<String>,
    /// The name is that of somebody who comes along: «её Катя зовут».
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_name_of_other: bool,
    /// Ids of the specialists whose position was named («к хирургу»), where no name was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of_position: Vec<String>,
    pub when: Option<Found<When>>,
    /// Further times that would do as well, in the order said: «в пн, ср или пт» is `when` and two more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when_others: Vec<When>,
    /// Days of the week named, 0 for Monday, in their order, at most seven: «по вторникам и четвергам» is 1 and 3.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<i8>,
    /// A part of the day that does not suit, from and to: «в пятницу, только не утром».
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_part: Option<(civil::Time, civil::Time)>,
    /// Minutes by which the time spoken of before is to be moved, later or, below zero, sooner: «на полчаса позже».
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shift_min: Option<i64>,
    /// «31 июня»: a day that no calendar has; ask again.
    pub is_day_nowhere: bool,
    /// For a reschedule: the old time, where it was said.
    pub when_old: Option<When>,
    /// «первое», «второй вариант», «2»: one-based, only after offered slots.
    pub choice: Option<u8>,
    pub late_min: Option<u16>,
    /// `address hours parking payment kids service_info prep promo documents my_booking warranty`,
    /// `job supplier corporate partner`, `thanks bye bot`; in the order said.
    pub topics: Vec<String>,
    pub rating: Option<u8>,
    pub urgency: Urgency,
    pub risks: Vec<Risk>,
    pub language: Language,
    /// The message looks cut off (a bare greeting, a fragment): more is likely to follow.
    pub is_unfinished: bool,
    /// How sure we are of the whole, 0 to 1; under 0.5 a person would ask again.
    pub certainty: f32,
}

pub const INTENTS_MAX: usize = 5;

impl Meaning {
    /// The primary intent; `Offtopic` for a meaning that was never filled.
    pub fn intent(&self) -> Intent {
        self.intents.first().map_or(Intent::Offtopic, |(intent, _)| *intent)
    }

    /// What the question is about, the first one where there are several.
    pub fn topic(&self) -> Option<&str> {
        self.topics.first().map(String::as_str)
    }

    /// Whether this intent is among those found.
    pub fn has(&self, intent: Intent) -> bool {
        self.intents.iter().any(|(found, _)| *found == intent)
    }
}
