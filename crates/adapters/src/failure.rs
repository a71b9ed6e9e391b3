//! How a call to the world may fail; the four words of the whole product.

use jiff::SignedDuration;

/// An answer that we do not understand is `Unknown`, never success.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Not done; safe to repeat under the same key. `after` is the vendor's own word, if it gave one.
    /// `scope` says who else must wait.
    #[error("later: {why}")]
    Later { after: Option<SignedDuration>, scope: Scope, why: String },
    /// Understood and refused for good.
    #[error("refused ({code}): {why}")]
    Refused { code: String, why: String },
    /// Our settings are wrong; a person must act, and `hint` (Russian) says how.
    #[error("broken: {why}")]
    Broken { why: String, hint: &'static str },
    /// Perhaps done: look it up before repeating.
    #[error("unknown: {why}")]
    Unknown { why: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This one message.
    Row,
    /// Everything that goes to the same destination.
    Destination,
}

/// Codes of `Refused` that the core understands.
pub mod codes {
    /// The person cannot be reached in this channel any more (blocked us, deleted the account).
    pub const UNREACHABLE: &str = "unreachable";
    /// The client has not written for so long that the channel takes no free text for them now.
    pub const WINDOW_CLOSED: &str = "window_closed";
    /// The message itself is impossible (empty, too long, bad markup): our fault.
    pub const MALFORMED: &str = "malformed";
    /// The prepared text is not there, not approved, or its places were filled wrongly.
    pub const TEMPLATE: &str = "template";
    /// Who calls does not prove who it is.
    pub const FORGED: &str = "forged";
    /// The message to be changed is gone; a new one may be sent instead.
    pub const GONE: &str = "gone";
    /// A model or a vendor of messages, or whoever watches over it, will not speak about this.
    pub const BLOCKED: &str = "blocked";
    /// A model's answer ended at the limit of tokens: what there is of it means nothing.
    pub const CUT: &str = "cut";
    /// A model answered something else than was asked for.
    pub const MISFIT: &str = "misfit";
    /// The vendor will send this person nothing more for now: its own guard against too many.
    pub const TOO_OFTEN: &str = "too_often";
    /// A file that may not be fetched or is not what was wanted: too large, too long, no sound, gone, or at an
    /// address that is nobody's business.
    pub const MEDIA: &str = "media";
    /// An event of a calendar is not as it was heard of: somebody changed it meanwhile.
    pub const CHANGED: &str = "changed";
    /// The time of a visit has gone to somebody else.
    pub const TAKEN: &str = "taken";
    /// An access that was given to us is not to be had any more: a person must give another.
    pub const LOST: &str = "lost";
    /// More text than the model can hold; a shorter question may pass.
    pub const TOO_LONG: &str = "too_long";
}
