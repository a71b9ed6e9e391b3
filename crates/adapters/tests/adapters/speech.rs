//! Voice messages: files fetched from their channels, and a strict speech server that hears them.

mod files;
mod server;
mod settings;
