//! The engine as a whole over both databases, on virtual time: each file is one thing it does. One program, because
//! linking thirty took longer than running them.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod acquaintance;
mod backlog;
mod bells;
mod by_hand;
mod calendars;
mod canary;
mod consents;
mod consult;
mod doors;
mod endings;
mod grants;
mod grants_amocrm;
mod holds;
mod lessons;
mod links;
mod means;
mod numbers;
mod open_line;
mod outcomes;
mod push;
mod races;
mod report;
mod requests;
mod retention;
mod roster;
mod salon;
mod scores;
mod staff_bot;
mod stages_amocrm;
mod taught;
mod visit;
mod voice;
mod waitlist;
