//! What the reader understands, by tables and labelled messages.

mod common;
mod details;
mod dev;
mod folds;
mod labelled;
mod model;
mod times;
mod veil;
mod when;
mod window;
