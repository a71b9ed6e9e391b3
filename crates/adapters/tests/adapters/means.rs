//! Means to reach a person: the adapters against strict doubles of every service, against servers by
//! other hands where there are any, and against answers that nobody wants.

mod answers;
mod bitrix24;
mod desk;
mod email;
mod push;
mod push_service;
mod receipts;
mod requests;
mod settings;
mod unknown;
