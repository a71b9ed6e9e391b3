//! What the CRM must know, in our words.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::lead::Heat;
use crate::values::Phone;

/// The whole card of one request as it stands now. The CRM's adapter makes the CRM agree with it;
/// putting the same card twice changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Unique for ever: `business:conversation:n`. Written into the CRM's origin field, so that a
    /// create with an unknown end is looked up, not repeated.
    pub origin: String,
    /// Which request of its conversation this is.
    #[serde(default)]
    pub request_no: u32,
    /// «Маникюр — Анна»; the adapter adds the prefix «[ночной]».
    pub title: String,
    pub name: Option<String>,
    pub phone: Option<Phone>,
    pub is_phone_confirmed: bool,
    /// Names of services as the client knows them.
    pub services: Vec<String>,
    /// «завтра, ср 25 ноября, 18:30», or empty.
    pub wanted: String,
    /// Kind of the channel: `telegram`, `widget`.
    pub channel: String,
    pub channel_title: String,
    /// Advertisement tag of a start link.
    pub source: Option<String>,
    pub is_after_hours: bool,
    #[serde(default)]
    pub is_urgent: bool,
    /// Not said «стоп»: messages on our own account are welcome.
    #[serde(default)]
    pub takes_messages: bool,
    pub heat: Heat,
    /// 0 to 1.
    pub score: f64,
    pub reasons: Vec<String>,
    pub tags: Vec<String>,
    pub stage: Stage,
    pub booking: Option<BookedVisit>,
    pub todo: Option<Todo>,
    /// Who is on duty, by their ids in the CRM; whoever has none is left out.
    #[serde(default)]
    pub on_duty: Vec<i64>,
    /// Oldest first, at most [`crate::limits::TRANSCRIPT_LINES_MAX`].
    pub transcript: Vec<TranscriptLine>,
}

/// How far the request has come; the owner maps these to the CRM's own stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    New,
    Qualified,
    Booked,
    /// The client came.
    Arrived,
    /// The client did not come.
    NoShow,
    Cancelled,
    Lost,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookedVisit {
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub specialist: String,
    /// «среда, 25 ноября, 18:30».
    pub text: String,
}

/// Something a person must do, with its deadline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Todo {
    /// Short and unique, stands in the title: a repeated create finds it (`N-4f1c22`).
    pub marker: String,
    pub title: String,
    pub text: String,
    pub deadline: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TranscriptLine {
    pub at: Timestamp,
    /// [`CLIENT`], [`BOT`], or the person's name.
    pub who: String,
    pub text: String,
}

/// Who the client is in a transcript.
pub const CLIENT: &str = "клиент";
/// And the bot.
pub const BOT: &str = "бот";

/// The CRM's own ids of what stands there for one card; opaque to everybody but the adapter.
pub type CrmRefs = std::collections::BTreeMap<String, String>;
