//! One way to a Bitrix24 portal, for its cards, its phone calls and its messenger alike.

pub mod app;
pub mod batch;
pub mod call;
pub mod codes;
mod oauth;
