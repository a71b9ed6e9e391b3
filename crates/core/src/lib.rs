//! Decides: (state, event, now) → (state, effects). Pure and synchronous; knows no clock, no
//! network, no database, no randomness.

#![forbid(unsafe_code)]

pub mod business;
pub mod calendar;
pub mod crm;
pub mod duty;
pub mod effect;
pub mod event;
pub mod lead;
pub mod limits;
pub mod schedule;
pub mod values;
