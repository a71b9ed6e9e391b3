//! How visits are looked after, as the document says it.

use jiff::civil::{Time, time};
use serde::{Deserialize, Serialize};

/// Stands for SMS in [`Care::elsewhere`].
pub const SMS: &str = "sms";

/// Reminders before a visit and the question after it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Care {
    /// Minutes before the visit, the earliest reminder first; empty means none.
    pub remind_before_min: Vec<u16>,
    /// From this hour of the wall clock nothing is sent to a client on our own account…
    pub quiet_from: Time,
    /// …until this one. Equal to `quiet_from`: no quiet hours.
    pub quiet_to: Time,
    /// Minutes without an answer to the first reminder, after which somebody should ring.
    pub ring_after_min: u16,
    /// Minutes after the visit at which a rating is asked; absent means never.
    pub rate_after_min: Option<u16>,
    /// Minutes of silence after our question, before we write once more; absent means never.
    pub follow_up_after_min: Option<u16>,
    /// From this hour of the wall clock we write first to who fell silent…
    pub follow_up_from: Time,
    /// …until this one.
    pub follow_up_to: Time,
    /// Of a hundred visits so many get no reminder, so that the effect of reminders can be measured.
    pub unreminded_percent: u8,
    /// Where a message goes that its own chat does not take, in this order: accounts of `channels` and the word
    /// [`SMS`]; what is not named is not used. Empty: the chat that the client wrote in last, then SMS.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<String>,
    /// The entry of `means` that sends a reminder by SMS when the client's chat is closed, to clients who agreed;
    /// absent means nobody is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms: Option<String>,
}

impl Default for Care {
    /// A day and two hours before, nobody disturbed at night. Source: the regulation, section «напоминания».
    fn default() -> Self {
        Self {
            remind_before_min: vec![24 * 60, 2 * 60],
            quiet_from: time(22, 0, 0, 0),
            quiet_to: time(9, 0, 0, 0),
            ring_after_min: 180,
            rate_after_min: Some(60),
            // Sooner than two hours is a push; judgement.
            follow_up_after_min: Some(120),
            follow_up_from: time(10, 0, 0, 0),
            follow_up_to: time(20, 0, 0, 0),
            unreminded_percent: 0,
            elsewhere: Vec::new(),
            sms: None,
        }
    }
}

impl Care {
    /// Whether this hour of the wall clock is quiet.
    pub fn is_quiet(&self, at: Time) -> bool {
        if self.quiet_from <= self.quiet_to {
            self.quiet_from <= at && at < self.quiet_to
        } else {
            at >= self.quiet_from || at < self.quiet_to
        }
    }
}
