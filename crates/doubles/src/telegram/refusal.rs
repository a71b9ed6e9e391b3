//! The errors of the Bot API, in its own words.

use serde_json::{Value, json};

use crate::Answer;

/// `{"ok":false,…}`: `error_code` equals the HTTP status.
#[derive(Debug)]
pub(super) struct Refusal {
    code: u16,
    description: String,
    parameters: Option<Value>,
}

impl Refusal {
    pub(super) fn new(code: u16, description: &str) -> Self {
        Self { code, description: description.to_owned(), parameters: None }
    }

    pub(super) fn bad(what: &str) -> Self {
        Self::new(400, &format!("Bad Request: {what}"))
    }

    pub(super) fn forbidden(what: &str) -> Self {
        Self::new(403, &format!("Forbidden: {what}"))
    }

    pub(super) fn webhook_is_active() -> Self {
        Self::new(
            409,
            "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook \
             first",
        )
    }

    pub(super) fn other_poller() -> Self {
        Self::new(
            409,
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
        )
    }

    pub(super) fn too_many(retry_after_s: i64) -> Self {
        Self {
            parameters: Some(json!({ "retry_after": retry_after_s })),
            ..Self::new(429, &format!("Too Many Requests: retry after {retry_after_s}"))
        }
    }

    pub(super) fn migrated(to_chat: i64) -> Self {
        Self {
            parameters: Some(json!({ "migrate_to_chat_id": to_chat })),
            ..Self::bad("group chat was upgraded to a supergroup chat")
        }
    }

    pub(super) fn into_answer(self) -> Answer {
        let mut body = json!({ "ok": false, "error_code": self.code, "description": self.description });
        if let Some(parameters) = self.parameters {
            body["parameters"] = parameters;
        }
        Answer { status: self.code, body }
    }
}
