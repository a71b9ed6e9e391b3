//! Every vendor and the strict double or the real program at its other end.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod amocrm;
mod bitrix24;
mod bitrix24_calendar;
mod caldav;
mod cards;
mod contracts;
mod google;
mod means;
mod messengers;
mod model;
mod outsider;
mod picture;
mod speech;
mod telegram;
mod webhook;
mod wire;
mod yclients;
