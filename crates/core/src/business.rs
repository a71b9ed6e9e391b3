//! One business as its owner describes it, and the read-only snapshot a step looks at.

mod document;
mod hours;
mod problem;

use std::sync::Arc;

use jiff::tz::TimeZone;
use nochnik_nlu::Lexicon;

use crate::schedule::Busy;
use crate::values::BusinessId;

pub use document::{
    AnswerMode, ChannelEntry, CrmEntry, Document, HotPolicy, Level, Means, Person, Policy, Privacy, Role, Service,
    Shift, Specialist, Step,
};
pub use hours::{Hours, Interval, Week};
pub use problem::Problem;

/// A validated document with what is computed from it once. Cheap to clone.
#[derive(Clone)]
pub struct Settings {
    pub id: BusinessId,
    /// The stored version this was built from.
    pub version: i64,
    pub document: Arc<Document>,
    pub zone: TimeZone,
    pub lexicon: Arc<Lexicon>,
}

/// Everything a step may know about the business at this moment.
#[derive(Clone)]
pub struct Business {
    pub settings: Settings,
    /// Live bookings of the horizon, any order, may touch.
    pub busy: Arc<Vec<Busy>>,
}
