//! What must be provable about a client's consent: each is a row of the consent log.
//!
//! Booking needs no consent (152-FZ, article 6 part 1 point 5), only a notice; messages on our own account
//! (reminders, the question after a visit) stop when the client says so, at once.

use serde::{Deserialize, Serialize};

/// One thing shown or said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub purpose: Purpose,
    pub deed: Deed,
    /// The text as the client saw it, or the client's own words.
    pub text: String,
}

/// What the data are used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Answering and booking, on the client's own initiative.
    Booking,
    /// Reminders and the question after a visit.
    Messages,
    /// Reminders by SMS, which the law wants agreed to apart. Source: 126-FZ, article 44.1.
    Sms,
    /// Keeping the data at all.
    Storage,
}

impl Purpose {
    /// The stored word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Booking => "booking",
            Self::Messages => "messages",
            Self::Sms => "sms",
            Self::Storage => "storage",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// The client was shown the text.
    Notified,
    Given,
    Withdrawn,
}

impl Deed {
    /// The stored word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Notified => "notified",
            Self::Given => "given",
            Self::Withdrawn => "withdrawn",
        }
    }
}
