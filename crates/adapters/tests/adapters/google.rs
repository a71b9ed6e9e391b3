//! Google Calendar against the double: visits written once whatever is lost, people's changes kept, every request and
//! answer held to the discovery document.

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
