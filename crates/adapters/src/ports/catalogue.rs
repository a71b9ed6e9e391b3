//! The door to what a calendar sells: where a schedule is kept elsewhere, so are its services and who does them.

use std::fmt;

use async_trait::async_trait;

use crate::failure::Failure;

/// Fields of a calendar's entry that hold its own numbers of services and of specialists, by our ids.
pub const SERVICES: &str = "services";
pub const SPECIALISTS: &str = "staff";

/// Services and specialists of a calendar that keeps them.
#[async_trait]
pub trait Catalogue: Send + Sync {
    /// Reads all of it; writes nothing.
    async fn read(&self) -> Result<Offered, Failure>;
}

/// What clients may book there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// In the calendar's own order.
    pub services: Vec<OfferedService>,
    pub specialists: Vec<OfferedSpecialist>,
    pub left_out: Vec<LeftOut>,
}

/// Each is done by somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedService {
    /// The calendar's own number.
    pub id: i64,
    pub title: String,
    /// Whole roubles; the least of what its specialists take.
    pub price: i64,
    /// It may cost more.
    pub is_from: bool,
    /// The longest of what its specialists need.
    pub duration_min: u16,
    /// Some need less.
    pub lasts_differently: bool,
}

/// Somebody who serves.
#[derive(Clone, PartialEq, Eq)]
pub struct OfferedSpecialist {
    pub id: i64,
    pub name: String,
    /// What they are; may be empty.
    pub role: String,
    /// Numbers of what they do, of [`Offered::services`] alone.
    pub services: Vec<i64>,
}

/// Shows the number alone: names do not belong into logs.
impl fmt::Debug for OfferedSpecialist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfferedSpecialist")
            .field("id", &self.id)
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}

/// What stands there and cannot be booked by us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// `None`: it is no service or specialist with a number.
    pub id: Option<i64>,
    pub title: String,
    pub why: Hindrance,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// Money comes first, and a chat takes none.
    Prepaid,
    NoDuration,
    NoPrice,
    /// Many come to one start, which has a way of its own there.
    Group,
    /// Its people have switched it off for clients.
    Closed,
    /// Nobody does it.
    Undone,
    /// A specialist who does nothing that clients may book.
    Idle,
}
