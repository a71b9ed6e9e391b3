//! The door to a calendar that rings: it says that something has changed, and not what.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Forged, Hook};
use crate::failure::Failure;

/// The bells of one calendar. None is ever prolonged: the next one is hung before the last one ends.
#[async_trait]
pub trait Bells: Send + Sync {
    /// Which calendar it is: a bell of another one is of no use.
    fn whose(&self) -> String;

    /// Has the calendar ring at an address. After an unknown end a second bell may ring too, which does no harm.
    async fn hang(&self, bell: &NewBell<'_>) -> Result<Bell, Failure>;

    /// Takes a bell down; one that is gone already is no failure.
    async fn take_down(&self, bell: &Bell) -> Result<(), Failure>;

    /// Whether a delivery that proves itself by `token` tells of a change.
    fn heard(&self, hook: &Hook<'_>, token: &str) -> Result<bool, Forged>;
}

/// A bell that is to be.
#[derive(Clone, Copy)]
pub struct NewBell<'a> {
    /// Never used before; at most 64 letters, digits, hyphens and underscores.
    pub id: &'a str,
    /// Public and encrypted; holds a secret path.
    pub url: &'a str,
    /// Rings bring it along; at most 256 bytes.
    pub token: &'a str,
}

/// A bell that hangs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bell {
    pub id: String,
    /// What the vendor calls the thing that rings.
    pub resource: String,
    /// From when on it is silent.
    pub until: Timestamp,
}
