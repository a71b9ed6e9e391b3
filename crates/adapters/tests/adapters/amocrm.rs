//! The amoCRM adapter against the double: one request, one lead, whatever happens on the way.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;
mod faults;
mod people;
mod refusals;
mod states;
mod steps;
mod wholeness;
