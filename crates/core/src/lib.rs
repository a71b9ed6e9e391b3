//! Decides: (state, event, now) → (state, effects). Pure and synchronous; knows no clock, no
//! network, no database, no randomness.

#![forbid(unsafe_code)]

pub mod acquaintance;
pub mod burst;
pub mod business;
pub mod calendar;
mod card;
mod care;
pub mod consult;
pub mod conversation;
pub mod crm;
pub mod dialogue;
pub mod duty;
pub mod effect;
pub mod elsewhere;
pub mod escalation;
pub mod event;
pub mod lead;
pub mod lesson;
pub mod limits;
pub mod news;
mod notice;
pub mod numbers;
pub mod open_line;
pub mod outside;
pub mod phrases;
pub mod proof;
pub mod reach;
pub mod rephrase;
pub mod report;
pub mod request;
pub mod schedule;
pub mod score;
mod staff;
mod step;
pub mod storm;
pub mod story;
mod turn;
pub mod values;
pub mod waitlist;
pub mod wall;
mod wanted;

pub use notice::case_answers;
pub use step::step;
pub use wanted::wanted_words;
