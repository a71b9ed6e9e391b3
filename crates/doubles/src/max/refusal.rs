//! The errors of the API, in its own words.

use serde_json::json;

use crate::Answer;

/// `{"code":…,"message":…}` under an HTTP status.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    message: &'static str,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: &'static str) -> Self {
        Self { status, code, message }
    }

    /// The vendor documents this code for bodies; for messages and presses that are not there, where it documents
    /// nothing, this double uses it as well.
    pub(super) fn payload(message: &'static str) -> Self {
        Self::new(400, "proto.payload", message)
    }

    pub(super) fn unknown_recipient() -> Self {
        Self::payload("Unknown recipient")
    }

    pub(super) fn bad_token() -> Self {
        Self::new(401, "verify.token", "Invalid access_token: …")
    }

    pub(super) fn denied() -> Self {
        Self::new(403, "chat.denied", "chat.denied")
    }

    pub(super) fn no_dialog() -> Self {
        Self::new(404, "dialog.not.found", "dialog.not.found")
    }

    pub(super) fn no_chat() -> Self {
        Self::new(404, "chat.not.found", "chat.not.found")
    }

    pub(super) fn attachment_not_ready() -> Self {
        Self::new(400, "attachment.not.ready", "Key: errors.process.attachment.file.not.processed")
    }

    pub(super) fn too_many() -> Self {
        Self::new(429, "too.many.requests", "Too many requests")
    }

    pub(super) fn into_answer(self) -> Answer {
        Answer { status: self.status, body: json!({ "code": self.code, "message": self.message }) }
    }
}
