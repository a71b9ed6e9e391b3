//! What is counted, how a day of it is kept, and what each number means and aims at.
//!
//! A turn leaves facts ([`facts_of`]); facts of a day add up to a [`Tally`]; a [`Definition`] reads its number
//! from tallies. A fact belongs to the moment it became known, so a day that is over never changes.

mod definitions;
mod facts;
mod tally;

pub use definitions::{DEFINITIONS, Definition, FUNNEL, Group, Number, Target, Verdict};
pub use facts::{Fact, What, facts_of};
pub use tally::{BOUNDS_MS, Cell, Choice, Part, Tally};
