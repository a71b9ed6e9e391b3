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
