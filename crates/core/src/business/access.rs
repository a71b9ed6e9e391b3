//! Who is let into the console, as far as the owner decides it for everybody.

use serde::{Deserialize, Serialize};

/// What is asked of every login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Access {
    /// Nobody looks at anything before a second factor is switched on: a code of the phone beside the password.
    pub second_factor: bool,
}
