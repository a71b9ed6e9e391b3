//! Calendars by CalDAV: against a real Radicale, against a double with the oddities of Yandex and Nextcloud, and a corpus of
//! events as other programs write them.

mod corpus;
mod desk;
mod discovery;
mod oddities;
mod radicale;
mod refusals;
mod settings;
