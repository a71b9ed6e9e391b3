//! The console, the site chat and the API as browsers, vendors and programs meet them: over a real store, with a desk that
//! only takes notes. One program, so that what they share is built once.

#![expect(clippy::unwrap_used, clippy::type_complexity, reason = "a test says what went wrong by falling over")]

mod api;
mod by_hand;
mod calendars;
mod channels;
mod chat;
mod check;
mod crm_form;
mod duty;
mod escalations;
mod invitations;
mod journal;
mod language_model;
mod lessons;
mod logins;
mod means;
mod meanwhile;
mod numbers;
mod portal;
mod push;
mod replay;
mod roles;
mod second_factor;
mod settings;
mod sheets;
mod subscribers;
mod support;
mod visits;
mod voice;
mod web;
