//! One business as its owner describes it, and the read-only snapshot a step looks at.

mod access;
mod care;
mod check;
mod condition;
mod document;
mod former;
mod hours;
mod lint;
mod matrix;
mod means;
mod problem;
mod questions;
mod reader;
mod reports;
mod retention;
mod rota;
mod settings;
mod shift;
mod words;

use std::sync::Arc;

use crate::duty::Changes;
use crate::schedule::Busy;

pub use access::Access;
pub use care::{Care, SMS};
pub use condition::Condition;
pub use document::{
    AnswerMode, CalendarEntry, ChannelEntry, ConfirmMode, CrmEntry, Document, Gap, Holidays, HotPolicy, Level,
    ModelEntry, Person, Policy, Privacy, Resource, Role, Service, Specialist, SpeechEntry, Step, SubscriberEntry,
};
pub use former::Former;
pub use hours::{Hours, Interval, WEEKDAYS, Week};
pub use lint::lint_phrase;
pub use means::{Line, Means, MeansEntry, PUSH, Quiet, Rest, Route, Way};
pub use problem::Problem;
pub use questions::{Fact, Questions};
pub use reader::Reader;
pub use reports::Reports;
pub use retention::Retention;
pub use rota::{DaysOff, Pattern, Rotation, WeekTime};
pub use settings::Settings;
pub use shift::{Every, Shift};

/// Everything a step may know about the business at this moment.
#[derive(Clone)]
pub struct Business {
    pub settings: Settings,
    /// Who stands in for whom on duty, who is away.
    pub changes: Arc<Changes>,
    /// Live bookings of the horizon, any order, may touch.
    pub busy: Arc<Vec<Busy>>,
}
