//! What is taken: a specialist, a chair, a seat of a lesson, from one moment to another.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::values::{ServiceId, SpecialistId};

/// Time that is taken. Half-open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    /// Whose; a client's own hold does not stand in the client's way. Empty is nobody's booking.
    pub booking: String,
    pub subject: Subject,
    pub from: Timestamp,
    pub to: Timestamp,
    /// A seat of a lesson, beside which others may sit; `None` keeps everybody else out.
    pub seat: Option<Seat>,
}

/// Who or what is taken.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    Specialist(SpecialistId),
    Unit(Unit),
}

/// One of the chairs, rooms or apparatus of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Unit {
    /// Id of an entry of the document's `resources`.
    pub resource: String,
    /// From 1.
    pub number: u16,
}

/// A place in a group lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    pub lesson: Lesson,
    /// From 1.
    pub number: u16,
}

/// What several clients come to together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    pub specialist: SpecialistId,
    pub service: ServiceId,
    pub starts_at: Timestamp,
}

impl Busy {
    /// Time of a specialist that nobody shares.
    pub fn of_specialist(specialist: SpecialistId, from: Timestamp, to: Timestamp) -> Self {
        Self { booking: String::new(), subject: Subject::Specialist(specialist), from, to, seat: None }
    }

    /// Whether both cannot stand: they meet in time and place, and are not two seats of one lesson.
    pub fn clashes(&self, other: &Self) -> bool {
        let may_share = match (&self.seat, &other.seat) {
            (Some(a), Some(b)) => a.lesson == b.lesson && a.number != b.number,
            _ => false,
        };
        self.subject == other.subject && self.from < other.to && other.from < self.to && !may_share
    }
}

/// Ids hold neither `#` nor `/` nor `@`, so the three forms below cannot be mixed up.
impl Subject {
    /// As the store keeps it: `anna`, `chair#2`.
    pub fn key(&self) -> String {
        match self {
            Self::Specialist(id) => id.to_string(),
            Self::Unit(unit) => format!("{}#{}", unit.resource, unit.number),
        }
    }

    /// Reads what [`Self::key`] wrote.
    pub fn parse(key: &str) -> Self {
        let unit = key.split_once('#').and_then(|(resource, number)| Some((resource, number.parse().ok()?)));
        match unit {
            Some((resource, number)) => Self::Unit(Unit { resource: resource.to_owned(), number }),
            None => Self::Specialist(SpecialistId::new(key)),
        }
    }
}

impl Lesson {
    /// As the store keeps it: `anna/yoga@1795622400000`.
    pub fn key(&self) -> String {
        format!("{}/{}@{}", self.specialist, self.service, self.starts_at.as_millisecond())
    }

    /// Reads what [`Self::key`] wrote; `None` for anything else.
    pub fn parse(key: &str) -> Option<Self> {
        let (who, at) = key.rsplit_once('@')?;
        let (specialist, service) = who.split_once('/')?;
        let starts_at = Timestamp::from_millisecond(at.parse().ok()?).ok()?;
        Some(Self { specialist: specialist.into(), service: service.into(), starts_at })
    }
}
