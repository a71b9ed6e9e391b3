//! Working hours minus busy time gives slots.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::values::SpecialistId;

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
