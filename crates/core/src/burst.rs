//! When a burst of short messages is ready to be answered as one.

use jiff::Timestamp;

use crate::business::Settings;
use crate::conversation::Asking;
use crate::dialogue::expecting;
use crate::event::{Input, InputKind};
use crate::limits::{BURST_QUIET_MS, BURST_WAIT_MS};

/// Text long enough to be a whole request; shorter ones are looked at.
const WHOLE_CHARS: usize = 60;

/// Until when to wait for more of an unfinished burst; `None` when it is to be answered now.
///
/// A complete question is answered at once. A bare greeting or a fragment waits for
/// [`BURST_QUIET_MS`] of silence, at most [`BURST_WAIT_MS`] from its first message.
pub fn wait_until(inputs: &[Input], asking: Asking, settings: &Settings, now: Timestamp) -> Option<Timestamp> {
    let (first, last) = (inputs.first()?, inputs.last()?);
    let mut text = String::new();
    for input in inputs {
        match &input.what {
            InputKind::Text { text: line } | InputKind::Edited { text: line } | InputKind::Spoken { text: line } => {
                text.push_str(line);
                text.push('\n');
            }
            InputKind::Unknown | InputKind::Attachment { .. } => {}
            InputKind::Button { .. }
            | InputKind::OwnPhone { .. }
            | InputKind::Contact { .. }
            | InputKind::Start { .. } => {
                return None;
            }
        }
    }
    if text.is_empty() || text.chars().count() > WHOLE_CHARS {
        return None;
    }
    let today = now.to_zoned(settings.zone.clone()).datetime();
    if !settings.reader.read(text.trim_end(), expecting(asking), today).is_unfinished {
        return None;
    }
    let quiet_end = last.at.as_millisecond() + BURST_QUIET_MS;
    let wait_end = first.at.as_millisecond() + BURST_WAIT_MS;
    let until = Timestamp::from_millisecond(quiet_end.min(wait_end)).ok()?;
    (until > now).then_some(until)
}
