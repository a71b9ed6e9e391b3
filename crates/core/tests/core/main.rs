//! The rules of the core, each file one of them: what happens to a conversation, a case, a visit.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod acceptance;
mod business;
mod care;
mod consult;
mod duty;
mod lessons;
mod news;
mod numbers;
mod open_line;
mod quarter;
mod read_back;
mod rehearsal;
mod rephrase;
mod replay;
mod report;
mod rules;
mod schedule;
mod score;
mod waitlist;
mod written;
