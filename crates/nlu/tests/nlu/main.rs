//! What the reader understands, by tables and labelled messages.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;
mod details;
mod dev;
mod folds;
mod labelled;
mod model;
mod needs;
mod times;
mod topics;
mod veil;
mod when;
mod window;
