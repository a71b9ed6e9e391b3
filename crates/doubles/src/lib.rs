//! Strict stand-ins of the services around Nochnik, for tests, simulation and the bench.
//!
//! Each double is a pure core (`call(…, now_ms)`: no socket, no clock, no randomness but a seed) and a thin HTTP
//! wrapper on 127.0.0.1. It is written from the vendors' published contracts (`contracts/README.md`), never from our
//! adapters, and refuses what the real service refuses. The product does not know this crate.

#![expect(
    clippy::disallowed_methods,
    reason = "stand-ins of the outside world keep its clock and its own plain client"
)]

pub mod amocrm;
pub mod answer;
pub mod bitrix24;
pub mod caldav;
mod courier;
mod envelope;
pub mod faults;
pub mod google;
pub mod instagram;
pub mod max;
pub mod means;
pub mod meta;
pub mod model;
pub mod push;
mod random;
mod request;
mod schema;
pub mod serve;
pub mod speech;
pub mod telegram;
mod upload;
pub mod vk;
pub mod webhook;
pub mod whatsapp;
mod whole;
mod window;
pub mod yclients;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use answer::{Answer, Outcome};
pub use faults::{Fault, Faults};
pub use request::Request;

/// Locks even after a panic elsewhere: a double must still show its ledger when a test has failed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
