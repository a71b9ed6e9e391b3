//! How long what clients told is kept.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// Days; whatever is not finished is kept until it is. The law asks for no longer than the purpose needs and names no
/// number. Source of the defaults: compliance P23.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// What was said, from the day it was said.
    pub messages_days: u16,
    /// A talk that came to no visit, with its lead, from its last message.
    pub leads_days: u16,
    /// A talk with visits, with its lead, from the last visit.
    pub visits_days: u16,
}

impl Retention {
    /// How long what was said is kept.
    pub fn words(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.messages_days))
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self { messages_days: 90, leads_days: 90, visits_days: 365 }
    }
}
