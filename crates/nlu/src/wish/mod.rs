//! The client's wish by a trained model: a linear classifier over words, letters and findings.
//!
//! The rules of [`crate::intent`] stay where they are certain; what they heard is one of the
//! things the model looks at. The shipped weights are built from `data/intents.txt`; a business
//! may train its own on top ([`crate::train`]).

mod corpus;
mod features;
mod learn;
mod model;
mod report;
mod settle;

pub use corpus::masked;
pub use learn::{EXAMPLES_MAX, Example, TrainError, Trained, train, train_shipped};
pub use model::{ModelError, WishModel};
pub use report::{IntentScore, Report};

pub(crate) use model::shipped;
pub(crate) use settle::settle;
