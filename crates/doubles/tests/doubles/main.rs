//! The doubles refuse what the real services refuse.

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
