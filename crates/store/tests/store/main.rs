//! What the store promises, on both databases.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod api;
mod console;
mod engines;
mod forward;
mod lessons;
mod model;
mod plans;
mod retention;
mod story;
mod wish_models;
