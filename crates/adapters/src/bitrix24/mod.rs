//! One way to a Bitrix24 portal, for its cards and for its phone calls alike.

pub mod app;
pub mod batch;
pub mod call;
mod oauth;
