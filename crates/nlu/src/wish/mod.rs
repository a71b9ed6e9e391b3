//! The client's wish by a trained model: a linear classifier over words, letters and findings.
//!
//! The rules of [`crate::intent`] stay where they are certain; what they heard is one of the
//! things the model looks at. The shipped weights are built from `data/*.txt`; a business
//! may train its own on top ([`crate::train`]).

mod corpus;
mod features;
mod learn;
mod model;
mod own;
mod report;
mod settle;

pub use corpus::masked;
pub use learn::train_shipped;
pub use model::WishModel;
pub use own::{EXAMPLES_MAX, Example, TrainError, Trained, assess, train};
pub use report::{IntentScore, Report};

pub(crate) use corpus::read_alone;
pub(crate) use features::{pieces, symbols};
pub use model::shipped_model;
pub(crate) use settle::settle;
