//! What is typed into a terminal, and what is answered there.

mod accept;
mod channel_command;
mod config;
mod crm_command;
mod init;
mod train;
mod understanding;
