//! Google Calendar against the double: visits written once whatever is lost, people's changes kept, every request and
//! answer held to the discovery document.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod bells;
mod contract;
mod desk;
mod fuzzed;
mod keys;
mod people;
mod privacy;
mod reading;
mod refusals;
mod settings;
mod tokens;
mod visits;
