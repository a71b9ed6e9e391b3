//! Floor 5, shows: the web console, the site chat, webhooks, the command line. Decides nothing.

#![forbid(unsafe_code)]

pub mod app;
mod calendar_import;
mod calendar_setup;
mod case_words;
mod channel_setup;
pub mod cli;
mod cli_help;
mod commands;
pub mod config;
mod conflicts;
mod crm_setup;
mod days_text;
mod desk;
mod document_change;
mod document_diff;
mod duty_words;
mod hours_text;
pub mod key;
mod kind_setup;
mod log;
mod means_setup;
mod model_setup;
mod opener;
pub mod ping;
mod preset;
mod price_file;
mod price_list;
mod push_key;
mod shift_text;
mod speech_setup;
mod stored;
mod teaching;
pub mod web;
