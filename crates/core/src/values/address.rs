//! Where one client of one channel is reached.

use serde::{Deserialize, Serialize};

/// `channel` is the kind (`telegram`), `account` the business's own entry for it (one bot of
/// perhaps two), `peer` the vendor's id of the person. Opaque outside the channel's adapter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    pub channel: String,
    pub account: String,
    pub peer: String,
}

/// The channel of those whom a person entered by hand: they rang, or stood at the desk. A document names no such channel.
pub const BY_HAND: &str = "phone";

impl Address {
    /// Of somebody known by `peer` alone, to whom nothing can be written.
    pub fn by_hand(peer: String) -> Self {
        Self { channel: BY_HAND.to_owned(), account: BY_HAND.to_owned(), peer }
    }

    /// Whether there is a chat behind it.
    pub fn has_chat(&self) -> bool {
        self.channel != BY_HAND
    }
}
