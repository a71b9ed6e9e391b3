//! Errors in the shapes that Google gives them. Source: the vendor's page on errors; the contract sheet, 1.6.

use serde_json::{Value, json};

use super::discovery::Flaw;
use crate::Answer;

/// An error of the calendar's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    reason: String,
    /// The parameter or the header that it is about.
    location: Option<(&'static str, String)>,
}

impl Refusal {
    pub(super) fn new(status: u16, reason: &str) -> Self {
        Self { status, reason: reason.to_owned(), location: None }
    }

    pub(super) fn about(status: u16, reason: &str, parameter: &str) -> Self {
        Self { location: Some(("parameter", parameter.to_owned())), ..Self::new(status, reason) }
    }

    pub(super) fn header(status: u16, reason: &str, header: &str) -> Self {
        Self { location: Some(("header", header.to_owned())), ..Self::new(status, reason) }
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "notFound")
    }

    pub(super) fn of_status(status: u16) -> Self {
        match status {
            401 => Self::header(401, "authError", "Authorization"),
            403 | 429 => Self::new(status, "rateLimitExceeded"),
            500.. => Self::new(status, "backendError"),
            _ => Self::new(status, "invalid"),
        }
    }

    pub(super) fn is(&self, reason: &str) -> bool {
        self.reason == reason
    }

    pub(super) fn into_answer(self) -> Answer {
        let domain = match self.reason.as_str() {
            "rateLimitExceeded" | "userRateLimitExceeded" | "quotaExceeded" | "accessNotConfigured" => "usageLimits",
            "fullSyncRequired"
            | "updatedMinTooLongAgo"
            | "forbiddenForNonOrganizer"
            | "forbiddenForServiceAccounts" => "calendar",
            _ => "global",
        };
        let message = format!("Refused: {}", self.reason);
        let mut error = json!({ "domain": domain, "reason": self.reason, "message": message });
        if let Some((kind, location)) = self.location {
            error["locationType"] = kind.into();
            error["location"] = location.into();
        }
        let body = json!({ "error": { "errors": [error], "code": self.status, "message": message } });
        Answer { status: self.status, body }
    }
}

impl From<Flaw> for Refusal {
    fn from(flaw: Flaw) -> Self {
        let reason = if flaw.rule == "required" { "required" } else { "invalid" };
        Self::about(400, reason, &flaw.place)
    }
}

/// A refusal of the desk that gives out tokens.
pub(super) fn no_token(status: u16, error: &str, description: &str) -> Answer {
    let mut body = json!({ "error": error });
    if !description.is_empty() {
        body["error_description"] = Value::from(description);
    }
    Answer { status, body }
}
