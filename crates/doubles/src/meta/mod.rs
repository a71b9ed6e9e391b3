//! What Meta's channels share: the Graph API's manner of refusing, Bearer tokens, signed webhooks.
//!
//! Source: the contract sheets of WhatsApp and Instagram of 2026-11-22 (developers.facebook.com pages of 2025–2026).
//! What a sheet leaves open is said beside the rule.

mod app;
mod call;
mod delivery;
mod double;
mod http;
mod pace;
mod refusal;
mod sign;

pub use app::{App, Challenge};
pub use call::{Call, bytes_of};
pub use delivery::Delivery;
pub use double::{Double, Side};
pub use http::{serve, serve_with};
pub use refusal::Refusal;
pub use sign::{encode, sign};

pub(crate) use call::{bytes, pick};
pub(crate) use pace::Bucket;
