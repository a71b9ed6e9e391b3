//! What lies in the outbox: an effect made ready for one destination.

use nochnik_adapters::ports::{Alert, Outgoing};
use nochnik_core::consult::Inquiry;
use nochnik_core::effect::{IfLost, Reminding};
use nochnik_core::event::{Event, FileRef, StaffAct, What};
use nochnik_core::open_line::{LineAct, LinePlace, LineWords};
use nochnik_core::values::CaseId;
use nochnik_store::outbox::OutboxRow;
use serde::{Deserialize, Serialize};

use crate::businesses::Known;
use crate::numbers::Answering;

/// Payload of an outbox row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    /// To the client; `seq` is the number of its bubble.
    Say {
        seq: i64,
        account: String,
        peer: String,
        message: Outgoing,
        #[serde(default)]
        may_reword: bool,
        #[serde(default)]
        reminder: Option<Reminding>,
        #[serde(default)]
        if_lost: IfLost,
        /// The client waits for it; `None` for what we say of our own accord.
        #[serde(default)]
        answers: Option<Answering>,
        /// It was written in an open line, which is told when it has come.
        #[serde(default)]
        line: Option<Written>,
    },
    /// To one of the staff; `token` names the notice.
    Notice { account: String, peer: String, token: String, message: Outgoing },
    /// Cards that came at once, to one of the staff in one message.
    Bundle { account: String, peer: String, cards: Vec<Card> },
    /// To one of the staff by SMS, call, letter or push; `token` names the notice.
    Summon { means: String, to: String, token: String, case: CaseId, alert: Alert, is_urgent: bool },
    /// A reminder to the client's own phone, or a letter to an owner; later than `until_ms` it helps nobody.
    Text { means: String, to: String, alert: Alert, until_ms: i64 },
    /// Asks how far a summons has come, `round` times having asked before. `is_doubtful`: its end is unknown.
    Look { means: String, to: String, token: String, vendor_id: String, round: usize, is_doubtful: bool },
    /// A new text for a notice sent before; its vendor id is looked up when the row is sent.
    Edit { account: String, peer: String, token: String, message: Outgoing },
    /// To one of the staff, about nothing in particular.
    Tell { account: String, peer: String, message: Outgoing },
    /// Ends the waiting circle on a button.
    Press { account: String, press_id: String, text: Option<String> },
    /// Words into the open line in which a conversation stands.
    Line { words: LineWords },
    /// What somebody wrote in the line has come to the client.
    Seen { place: LinePlace, vendor_id: String, at_ms: i64 },
    /// The CRM card of a conversation.
    Card { card: Box<nochnik_core::crm::Card> },
    /// A booking into a calendar outside, as it stands when the row is sent; `is_forced`: even where nothing differs.
    Visit { calendar: String, booking: String, is_forced: bool },
    /// A piece of news for a program of the business, as JSON.
    News { subscriber: String, body: String },
    /// A question to the second reader.
    Consult { inquiry: Box<Inquiry> },
    /// A voice message to be turned into words; its update lies in the inbox under `arrival` and waits until `until_ms`.
    Listen { account: String, file: FileRef, arrival: String, until_ms: i64 },
}

/// A message of an open line, and where the line's own rows wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Written {
    pub place: LinePlace,
    pub destination: String,
}

impl Written {
    /// The message of an open line that this event is.
    pub fn of(event: &Event, known: &Known) -> Option<Self> {
        let What::Staff { act: StaffAct::Line(LineAct::Said { place, .. }), .. } = &event.what else { return None };
        let destination = known.ports.crm.as_ref()?.line()?.destination();
        Some(Self { place: place.clone(), destination })
    }
}

/// A card of a case within a bundle; `token` names its notice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    pub token: String,
    pub case: CaseId,
    pub line: String,
}

/// Kind of the rows that carry a CRM card: creates that are looked up before they are repeated.
pub const CARD: &str = "card";

/// Kind of the rows that bring a booking into a calendar: looked up before they are repeated.
pub const VISIT: &str = "visit";

/// Kind of the rows that tell news: a receiver knows a repeat.
pub const NEWS: &str = "news";

/// Kind of the rows that ask the second reader: asked once, whatever comes of it.
pub const CONSULT: &str = "consult";

/// Kind of the rows that listen to a voice message: once, and only as long as its turn waits.
pub const LISTEN: &str = "listen";

/// Kind of the rows that call a person: stale within minutes, passed on when they fail.
pub const SUMMON: &str = "summon";

/// Kind of the rows that bring a client an SMS.
pub const TEXT: &str = "text";

/// Kind of the rows that only ask.
pub const LOOK: &str = "look";

impl Errand {
    /// Name of the row's kind; rows of one kind in one lane may replace each other.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Say { .. } => "say",
            Self::Notice { .. } => "notice",
            Self::Bundle { .. } => "bundle",
            Self::Summon { .. } => SUMMON,
            Self::Text { .. } => TEXT,
            Self::Look { .. } => LOOK,
            Self::Edit { .. } => "edit",
            Self::Tell { .. } => "tell",
            Self::Press { .. } => "press",
            Self::Line { .. } => "line",
            Self::Seen { .. } => "seen",
            Self::Card { .. } => CARD,
            Self::Visit { .. } => VISIT,
            Self::News { .. } => NEWS,
            Self::Consult { .. } => CONSULT,
            Self::Listen { .. } => LISTEN,
        }
    }

    /// The number of the client's bubble in a row that brings one.
    pub fn bubble(row: &OutboxRow) -> Option<i64> {
        Self::said(row).map(|(seq, _)| seq)
    }

    /// The same, with what becomes of it when it does not come.
    pub fn said(row: &OutboxRow) -> Option<(i64, IfLost)> {
        match serde_json::from_str(&row.payload) {
            Ok(Self::Say { seq, if_lost, .. }) => Some((seq, if_lost)),
            _ => None,
        }
    }

    /// The entry of `means` it leaves by.
    pub fn means(&self) -> Option<&str> {
        match self {
            Self::Summon { means, .. } | Self::Text { means, .. } | Self::Look { means, .. } => Some(means),
            _ => None,
        }
    }

    /// The account it leaves by; `None` for means, calendars, the CRM and its line, the model and the speech server.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Say { account, .. }
            | Self::Notice { account, .. }
            | Self::Bundle { account, .. }
            | Self::Edit { account, .. }
            | Self::Tell { account, .. }
            | Self::Press { account, .. } => Some(account),
            Self::Line { .. }
            | Self::Seen { .. }
            | Self::Card { .. }
            | Self::Visit { .. }
            | Self::News { .. }
            | Self::Consult { .. }
            | Self::Listen { .. }
            | Self::Summon { .. }
            | Self::Text { .. }
            | Self::Look { .. } => None,
        }
    }
}

/// Under which name it is known that an account cannot be listened to.
pub fn inbound(business: &str, account: &str) -> String {
    format!("listen:{business}/{account}")
}

/// Where an account's rows wait: one pace for each.
pub fn channel_destination(business: &str, account: &str) -> String {
    format!("channel:{business}/{account}")
}

/// Where news for a program wait: one pace for each.
pub fn subscriber_destination(business: &str, subscriber: &str) -> String {
    format!("subscriber:{business}/{subscriber}")
}

/// What is told to a line stands there in the order in which it was said.
pub fn line_lane(conversation: &str) -> String {
    format!("line:{conversation}")
}
