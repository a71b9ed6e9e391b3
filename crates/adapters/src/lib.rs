//! Speaks: one vendor = one file. Knows neither the store nor the engine.

#![forbid(unsafe_code)]

pub mod failure;
pub mod ports;

pub use failure::Failure;
