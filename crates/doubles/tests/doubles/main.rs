//! The doubles refuse what the real services refuse.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod bitrix24;
mod examples;
mod instagram;
mod max;
mod means;
mod model;
mod speech;
mod telegram;
mod vk;
mod webhook;
mod whatsapp;
