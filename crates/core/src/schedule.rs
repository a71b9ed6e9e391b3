//! Working hours minus busy time gives slots.

mod day;
mod search;
mod window;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::values::{ServiceId, SpecialistId};

pub use crate::calendar::{is_after_hours, is_open, next_opening};
pub use search::{free_slots, nearest};
pub use window::{Window, window_of};

/// Free time of one specialist, long enough for the wanted services. Half-open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    pub specialist: SpecialistId,
    pub starts_at: Timestamp,
    /// End of the visit as the client sees it.
    pub ends_at: Timestamp,
    /// End of the busy part: the visit and the buffer behind it.
    pub busy_until: Timestamp,
}

/// Time of a specialist that is taken. Half-open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    pub specialist: SpecialistId,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// What a client wants a slot for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotAsk {
    /// Done one after another by one specialist; a slot has no length while this is empty.
    pub services: Vec<ServiceId>,
    /// `None` is anybody who does them all.
    pub specialist: Option<SpecialistId>,
    /// When the visit may begin.
    pub window: Window,
}
