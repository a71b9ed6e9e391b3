//! Language models: the adapters against a strict server of every vendor, and against a real one.

mod cases;
mod desk;
mod gigachat;
mod local;
mod privacy;
mod schema;
mod settings;
