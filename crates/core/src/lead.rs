//! A lead: how warm, and why.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heat {
    #[default]
    Cold,
    Warm,
    Hot,
}
