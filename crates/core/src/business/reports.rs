//! What the owner is told on our own account.

use jiff::civil::{Time, time};
use serde::{Deserialize, Serialize};

/// When the owner hears how it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reports {
    /// Whether the morning's report is sent.
    pub morning: bool,
    /// Whether the week's report is sent on Mondays.
    pub weekly: bool,
    /// At this hour of the wall clock.
    pub morning_at: Time,
}

impl Default for Reports {
    fn default() -> Self {
        Self { morning: true, weekly: true, morning_at: time(9, 0, 0, 0) }
    }
}
