//! Floor 5, shows: the web console, the site chat, webhooks, the command line. Decides nothing.

#![forbid(unsafe_code)]

pub mod app;
mod case_words;
mod channel_setup;
pub mod cli;
mod commands;
pub mod config;
mod desk;
pub mod key;
mod log;
mod opener;
pub mod ping;
mod push_key;
pub mod web;
