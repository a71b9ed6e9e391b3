//! Working hours minus busy time gives slots.

mod busy;
mod by_hand;
mod conflicts;
mod day;
mod diary;
mod search;
mod visit;
mod window;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::values::{ServiceId, SpecialistId};

pub use crate::calendar::{is_after_hours, is_open, next_opening};
pub use busy::{Busy, Lesson, Seat, Subject, Unit};
pub use by_hand::{Doubt, HandAsk, NoPlace, Place, free_on, near, place};
pub use conflicts::{Conflict, Standing, Trouble, conflicts};
pub use search::{free_slots, nearest};
pub use visit::length_of;
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
    #[serde(default, skip_serializing_if = "Extra::is_plain")]
    pub extra: Extra,
}

/// What a visit takes besides its specialist from the beginning until `busy_until`, or leaves to
/// others. Most visits: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extra {
    /// Kept free before the visit.
    pub before_min: u16,
    /// Half-open times within the visit when the specialist is free for others, earliest first.
    pub gaps: Vec<(Timestamp, Timestamp)>,
    /// Chairs and rooms, each with its half-open time.
    pub units: Vec<(Unit, Timestamp, Timestamp)>,
    /// The seat of a group lesson.
    pub seat: Option<Seat>,
}

impl Extra {
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

impl Slot {
    /// Everything the visit takes, as it will stand in the diaries under this booking.
    pub fn takes(&self, booking: &str) -> Vec<Busy> {
        let busy = |subject, from, to| {
            let seat = self.extra.seat.clone();
            Busy { booking: booking.to_owned(), subject, from, to, seat }
        };
        let mut from = self.busy_from();
        let mut takes = Vec::with_capacity(1 + self.extra.gaps.len() + self.extra.units.len());
        for (gap_from, gap_to) in &self.extra.gaps {
            takes.push(busy(Subject::Specialist(self.specialist.clone()), from, *gap_from));
            from = *gap_to;
        }
        takes.push(busy(Subject::Specialist(self.specialist.clone()), from, self.busy_until));
        let units = self.extra.units.iter();
        takes.extend(units.map(|(unit, from, to)| busy(Subject::Unit(unit.clone()), *from, *to)));
        takes
    }

    /// Beginning of the busy part: the visit and the buffer before it.
    pub fn busy_from(&self) -> Timestamp {
        self.starts_at - SignedDuration::from_mins(i64::from(self.extra.before_min))
    }
}

/// What a client wants a slot for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotAsk {
    /// Done one after another by one specialist; a slot has no length while this is empty.
    pub services: Vec<ServiceId>,
    /// `None` is anybody who does them all.
    pub specialist: Option<SpecialistId>,
    /// None of these.
    pub without: Vec<SpecialistId>,
    /// When the visit may begin.
    pub window: Window,
}
