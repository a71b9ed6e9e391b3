//! Speaks: one vendor = one module. Knows neither the store nor the engine.

#![forbid(unsafe_code)]

mod access;
mod bitrix24;
pub mod calendars;
pub mod channels;
pub mod crm;
pub mod failure;
mod form;
mod guard;
pub mod heartbeat;
pub mod http;
pub mod means;
mod media;
pub mod model;
mod multipart;
pub mod phone;
mod picture;
pub mod ports;
mod settings;
mod signed;
pub mod sound;
pub mod speech;
pub mod subscribers;

pub use failure::Failure;
pub use settings::SettingsProblem;
