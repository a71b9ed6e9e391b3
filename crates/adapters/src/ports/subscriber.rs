//! The door to a program that is told news.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Pace;
use crate::failure::Failure;

/// One address that an owner typed.
#[async_trait]
pub trait Subscriber: Send + Sync {
    fn pace(&self) -> Pace;

    /// Brings one piece of news; under the same `name` it is the same, and a repeat is known. Returns the status that
    /// was answered.
    async fn bring(&self, name: &str, body: &str, now: Timestamp) -> Result<u16, Failure>;
}
