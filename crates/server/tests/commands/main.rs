//! What is typed into a terminal, and what is answered there.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by falling over")]

mod accept;
mod calendar_command;
mod channel_command;
mod config;
mod crm_command;
mod init;
mod train;
mod understanding;
