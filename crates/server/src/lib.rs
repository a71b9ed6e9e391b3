//! Floor 5, shows: the web console, the site chat, webhooks, the command line. Decides nothing.

#![forbid(unsafe_code)]

pub mod app;
pub mod cli;
mod commands;
pub mod config;
pub mod key;
mod log;
pub mod web;
