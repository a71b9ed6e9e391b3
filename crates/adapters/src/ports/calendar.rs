//! The door to a calendar outside: its busy time closes slots here, visits booked here stand in it.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use nochnik_core::values::{Phone, ServiceId, SpecialistId};

use super::{Bells, Catalogue, Kind, Pace};
use crate::failure::Failure;

/// A calendar outside, one account of it. Nothing in it is a lock: whatever is written may have been changed by a
/// person meanwhile, which is [`codes::CHANGED`](crate::failure::codes::CHANGED) and not overwritten.
#[async_trait]
pub trait Calendar: Send + Sync {
    fn kind(&self) -> &'static Kind;

    /// Calendars of one account share this name, and with it the pace.
    fn destination(&self) -> String;

    fn pace(&self) -> Pace;

    /// The calendar has the last word: a visit stands once it is written there, and not before.
    fn decides(&self) -> bool {
        false
    }

    /// What changed after `cursor`, or with `None` all that touches `span`. A cursor that the calendar does not know
    /// any more is no failure: everything comes again, as [`Changes::is_whole`]. What repeats comes as its single
    /// times within `span`.
    async fn changes(&self, cursor: Option<&str>, span: Span) -> Result<Changes, Failure>;

    /// Makes the visit stand as it is now. `known` is what was heard of its event last, `None` before the first put;
    /// with that, a second call after a lost answer finds the first one's work. Refused with `CHANGED` when the
    /// event is not as `known` says, with `TAKEN` when the calendar gives the time to somebody else.
    async fn put(&self, visit: &Visit, known: Option<&EventRef>) -> Result<EventRef, Failure>;

    /// Takes the visit away; one that is gone already is no failure. Refused with `CHANGED` as above.
    async fn remove(&self, known: &EventRef) -> Result<(), Failure>;

    /// Where services and specialists are kept too; `None`: it knows time alone.
    fn catalogue(&self) -> Option<&dyn Catalogue> {
        None
    }

    /// How it rings when something changes; `None`: it is asked from time to time alone.
    fn bells(&self) -> Option<&dyn Bells> {
        None
    }

    /// The live check of address, key and rights, in Russian sentences; writes nothing.
    async fn check(&self) -> Result<Vec<String>, Failure>;
}

/// Half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// How a calendar differs from what was heard of it before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Each event once, in any order.
    pub events: Vec<Changed>,
    /// From where to go on; `None`: the next time all is read again.
    pub cursor: Option<String>,
    /// These are all that there are: an event that is missing is gone.
    pub is_whole: bool,
}

/// One event as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub event: EventRef,
    pub state: EventState,
}

/// An event of the calendar's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRef {
    /// The calendar's own name for it, the same for as long as it stands; at most 1024 bytes.
    pub id: String,
    /// Another one after every change; empty where the calendar tells none.
    pub version: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventState {
    /// It was deleted or called off, or does not take anybody's time any more.
    Gone,
    /// Somebody else's: so much time is taken, at most [`TIMES_MAX`] of it, each within the span asked for.
    Busy(Vec<Taken>),
    /// A visit written by [`Calendar::put`]: where it stands now.
    Visit {
        /// Our id of the booking.
        booking: String,
        time: Taken,
    },
}

/// Times of one event that are read; a series has no more within half a year.
pub const TIMES_MAX: usize = 1_000;

/// Time that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Whose, where the calendar tells; `None`: of whomever the calendar belongs to.
    pub specialist: Option<SpecialistId>,
    pub span: Span,
}

/// A visit as it should stand in the calendar.
#[derive(Clone, PartialEq, Eq)]
pub struct Visit {
    /// Our id of the booking, unique within the business; ASCII, at most 200 bytes.
    pub booking: String,
    pub business: String,
    pub specialist: SpecialistId,
    /// Done one after another; never empty.
    pub services: Vec<ServiceId>,
    /// Their names as clients know them, joined.
    pub title: String,
    /// Without the buffers around it.
    pub span: Span,
    /// The zone of the business, an IANA name.
    pub zone: String,
    pub client_name: String,
    pub client_phone: Option<Phone>,
}

/// Shows no name, no phone: they do not belong into logs.
impl fmt::Debug for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visit").field("booking", &self.booking).field("span", &self.span).finish_non_exhaustive()
    }
}
