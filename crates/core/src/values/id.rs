//! Names of things: opaque, compared whole.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }
    )+};
}

impl PersonId {
    /// Somebody of the staff in the messenger's own app; nobody says which one.
    pub fn outside() -> Self {
        Self(OUTSIDE.to_owned())
    }

    pub fn is_outside(&self) -> bool {
        self.0 == OUTSIDE
    }
}

/// No id of a person has a colon.
const OUTSIDE: &str = ":outside";

ids! {
    /// A tenant: `salon`, `lotos`. Latin letters, digits and hyphens.
    BusinessId
    /// One client in one channel of one business.
    ConversationId
    /// Somebody of the business's staff who can be notified.
    PersonId
    /// One escalation, from the moment a person is wanted until it is closed.
    CaseId
    /// What is sold; the catalogue's own id.
    ServiceId
    /// Who serves; the catalogue's own id.
    SpecialistId
}
