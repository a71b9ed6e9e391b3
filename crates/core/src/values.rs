//! Small values, each parsed once at the door and trusted inside.

mod address;
mod id;
mod money;
mod phone;

pub use address::{Address, BY_HAND};
pub use id::{BusinessId, CaseId, ConversationId, PersonId, ServiceId, SpecialistId};
pub use money::Money;
pub use phone::{Phone, PhoneError};
