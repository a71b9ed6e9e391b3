//! Everything that can happen to a conversation. One door in: all of it comes through the inbox.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::acquaintance::Acquaintance;
use crate::dialogue::{CalendarAnswer, HandVisit};
use crate::effect::{Alarm, IfLost};
use crate::limits::FILE_NAME_BYTES_MAX;
use crate::open_line::LineAct;
use crate::outside::{CalendarChange, VisitChange};
use crate::reach::Target;
use crate::request::RequestEnd;
use crate::values::{CaseId, PersonId, Phone};

/// One happening. `id` names the effects it causes: effect n is sent under the key `id#n`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub id: String,
    /// When it happened by the world's clock; a turn may run later.
    pub at: Timestamp,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The client wrote: one message, or a burst of them, oldest first. Never empty.
    Client(Vec<Input>),
    /// Somebody of the staff acts on this conversation.
    Staff { person: PersonId, act: StaffAct },
    /// A person answers a notice.
    Answer { case: CaseId, person: PersonId, answer: NoticeAnswer, press_id: Option<String> },
    /// A button whose half hour is over: the person gets a fresh card instead of a refusal.
    StalePress { case: CaseId, person: PersonId, press_id: Option<String> },
    /// A means did not bring a case to a person, and will not.
    Unreached { case: CaseId, target: Target },
    /// A moment we asked to be woken at has come, perhaps late.
    Alarm(Alarm),
    /// A row of the outbox ended; `key` is the effect's `id#n`.
    Sent {
        key: String,
        outcome: SendOutcome,
        /// As the message itself said.
        #[serde(default)]
        if_lost: IfLost,
    },
    /// The second reader answered, or could not. `since` says which question it was.
    Consulted { since: Timestamp, answer: Option<serde_json::Value> },
    /// The client blocked us, or came back.
    Reachable(bool),
    /// The name in the client's profile, looked up: a hint, never the client's word.
    Named(String),
    /// The channel says that the client has another number now.
    NewNumber(Phone),
    /// Other conversations have the client's number, the newest first; never empty.
    Acquainted(Vec<Acquaintance>),
    /// A calendar outside that has the last word about a visit has said it.
    CalendarAnswered { booking: String, answer: CalendarAnswer },
    /// A visit was moved or called off in a calendar outside.
    CalendarChanged(CalendarChange),
    /// People ended a request of this conversation in the CRM.
    RequestEnded { request_no: u32, end: RequestEnd },
    /// People said in the CRM whether the client of this request came.
    VisitJudged { request_no: u32, has_come: bool },
}

/// One thing the client did in the channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    pub at: Timestamp,
    /// The vendor's id of the message, for edits and order.
    pub message_id: String,
    pub what: InputKind,
    /// The name in the client's profile, if the channel shows one; a hint, never the client's word.
    pub profile_name: Option<String>,
    /// The sender's own number, where the channel shows it and vouches for it.
    #[serde(default)]
    pub own_phone: Option<Phone>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    Text {
        text: String,
    },
    /// The new wording of an earlier message (`message_id` is the old one's).
    Edited {
        text: String,
    },
    /// A button of ours; `id` is what we put on it.
    Button {
        id: String,
        press_id: Option<String>,
    },
    /// The client's own number, vouched for by the channel.
    OwnPhone {
        phone: Phone,
    },
    /// Somebody's number, perhaps not the client's.
    Contact {
        phone: Option<Phone>,
    },
    /// Came by a link: the advertisement or place it was printed on.
    Start {
        source: Option<String>,
    },
    /// Words that a machine heard in a voice message: it may have misheard.
    Spoken {
        text: String,
    },
    /// What a bot cannot read. The caption, if any, comes as a `Text` beside it.
    Attachment {
        kind: AttachmentKind,
        /// Where the channel keeps it, if that is worth asking for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<FileRef>,
    },
    /// A kind this version does not know; kept, counted, shown to a person.
    Unknown,
}

impl InputKind {
    /// Words of the client's, typed or heard.
    pub fn is_said(&self) -> bool {
        matches!(self, Self::Text { .. } | Self::Edited { .. } | Self::Spoken { .. })
    }
}

impl InputKind {
    /// An attachment whose file nobody asks for.
    pub fn attachment(kind: AttachmentKind) -> Self {
        Self::Attachment { kind, file: None }
    }
}

/// A file as its channel names it, by an id or an address: of no meaning to anybody else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    name: String,
    /// How long it sounds, where the channel tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
}

impl FileRef {
    /// `None` when the name is empty or longer than [`FILE_NAME_BYTES_MAX`].
    pub fn new(name: &str, seconds: Option<u32>) -> Option<Self> {
        let is_name = !name.is_empty() && name.len() <= FILE_NAME_BYTES_MAX;
        is_name.then(|| Self { name: name.to_owned(), seconds })
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Shows no name: an address may let in whoever has it.
impl fmt::Debug for FileRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileRef").field("name_bytes", &self.name.len()).field("seconds", &self.seconds).finish()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentKind {
    Voice,
    Photo,
    Sticker,
    Document,
    Video,
    Location,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffAct {
    /// Writes to the client; the bot falls silent.
    Reply {
        text: String,
    },
    /// Has written to the client already, in the messenger's own app; the bot falls silent.
    WroteElsewhere {
        text: String,
        /// The vendor's id of the message.
        message_id: String,
    },
    /// Leaves a word for one's own people: the client never sees it, and nothing else changes.
    Note {
        text: String,
    },
    TakeOver,
    GiveBack,
    /// Something happens to the dialogue in an open line of the CRM.
    Line(LineAct),
    /// Whether the client came to a visit that has begun.
    Came {
        booking: String,
        has_come: bool,
    },
    /// Moves a visit to come, or calls it off: the client is told.
    Visit(VisitChange),
    /// Enters a visit of somebody who rang, or stands at the desk.
    Enter(Box<HandVisit>),
    /// Says whether a visit that waits for a person's word stands: the client is told.
    Decide {
        booking: String,
        is_approved: bool,
    },
}

/// The buttons under a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeAnswer {
    /// «Беру»
    Take,
    /// «Не могу»
    Cannot,
    /// «Утром»
    Morning,
    /// «Подтвердить» a booking that waits for a person.
    Approve,
    /// «Отказать»
    Decline,
    /// How it ended, asked a quarter of an hour after «Беру».
    Booked,
    NoAnswer,
    Refused,
    Spam,
}

impl NoticeAnswer {
    /// How a case that somebody took may end.
    pub const OUTCOMES: [Self; 4] = [Self::Booked, Self::NoAnswer, Self::Refused, Self::Spam];
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendOutcome {
    Delivered,
    /// Understood and refused by the vendor, for good.
    Refused {
        code: String,
    },
    /// Given up; a person sees it among the dead letters.
    Dead,
}
