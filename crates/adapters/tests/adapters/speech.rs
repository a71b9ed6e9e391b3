//! Voice messages: files fetched from their channels, and a strict speech server that hears them.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod files;
mod server;
mod settings;
