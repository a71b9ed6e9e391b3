//! The Bitrix24 adapter against the double: one request, one card, whatever happens on the way.

mod app;
mod bot;
mod desk;
mod faults;
mod own_fields;
mod people;
mod refusals;
mod shares;
mod states;
mod steps;
mod tasks;
mod wholeness;
