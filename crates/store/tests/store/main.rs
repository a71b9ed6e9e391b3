//! What the store promises, on both databases.

mod api;
mod console;
mod engines;
mod forward;
mod lessons;
mod model;
mod plans;
mod story;
mod wish_models;
