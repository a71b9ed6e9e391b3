//! An event as it lies in the inbox.

use jiff::Timestamp;
use nochnik_core::event::{Input, What};
use nochnik_core::values::{Address, ConversationId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Payload of an inbox row. A client's input brings its address, so that the first one can begin the
/// conversation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrived {
    Client {
        address: Address,
        input: Input,
        /// A voice message that is being listened to: until this moment its turn waits for the words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        listening_until_ms: Option<i64>,
    },
    Reachable {
        address: Address,
        is_reachable: bool,
    },
    Happened(What),
    /// One of the staff acts on a client who may be new to us, and whom nothing can be written to.
    ByHand {
        address: Address,
        what: What,
    },
}

impl Arrived {
    /// Name of the row's kind, for counters.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Client { .. } => "client",
            Self::Reachable { .. } => "reachable",
            Self::Happened(What::Alarm(_)) => "alarm",
            Self::Happened(What::Sent { .. }) => "sent",
            Self::Happened(_) | Self::ByHand { .. } => "staff",
        }
    }

    /// Until when its turn waits, if it still does.
    pub fn listening_until_ms(&self, now_ms: i64) -> Option<i64> {
        match self {
            Self::Client { listening_until_ms, .. } => listening_until_ms.filter(|until_ms| *until_ms > now_ms),
            Self::Reachable { .. } | Self::Happened(_) | Self::ByHand { .. } => None,
        }
    }

    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Client { address, .. } | Self::Reachable { address, .. } | Self::ByHand { address, .. } => {
                Some(address)
            }
            Self::Happened(_) => None,
        }
    }
}

/// One client in one channel of one business is one conversation for ever: the id follows from the
/// address, so two nodes can never begin it twice.
pub fn conversation_id(business: &str, address: &Address) -> ConversationId {
    let mut hash = Sha256::new();
    for part in [business, &address.channel, &address.account, &address.peer] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest = hash.finalize();
    ConversationId::new(digest.iter().take(10).map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// The moment in whole milliseconds, as the store keeps it.
pub fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}
