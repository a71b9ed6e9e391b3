//! The door to an open line of a CRM: a room in which its people answer clients.

use async_trait::async_trait;
use jiff::Timestamp;
use nochnik_core::open_line::{LinePlace, LineWords};

use super::Pace;
use crate::failure::Failure;

/// The line of one business.
#[async_trait]
pub trait OpenLine: Send + Sync {
    /// All that goes into the line shares this name, and with it the pace; cards go their own way, so that a line that
    /// is shut does not hold them up.
    fn destination(&self) -> String;

    fn pace(&self) -> Pace;

    /// Puts words into a dialogue, which they begin if they are its first. A repetition under the same key may be seen
    /// twice: nothing is promised by the vendor, and unsaid words are worse.
    async fn say(&self, spoken: &Spoken<'_>) -> Result<(), Failure>;

    /// Tells that what was written there has come to the client. A repetition changes nothing.
    async fn delivered(&self, dialogue: &str, place: &LinePlace, seen: &Seen<'_>) -> Result<(), Failure>;
}

/// Words for the line.
pub struct Spoken<'a> {
    /// Names them for ever.
    pub key: &'a str,
    /// Our own name of the conversation.
    pub dialogue: &'a str,
    pub words: &'a LineWords,
    pub at: Timestamp,
}

/// How words from the line came to the client.
pub struct Seen<'a> {
    /// The messenger's id of the message.
    pub vendor_id: &'a str,
    pub at: Timestamp,
}

/// What happened in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineNews {
    /// Somebody wrote to the client; `operator` is their number in the CRM.
    Said { dialogue: String, operator: Option<i64>, text: String, place: LinePlace },
    /// Somebody ended the dialogue; `session` names it for ever.
    Ended { dialogue: String, session: String },
    /// The line takes nothing from us any more.
    Closed,
}
