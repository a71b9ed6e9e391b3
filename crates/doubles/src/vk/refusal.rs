//! The errors of VK, in its own words, under HTTP 200.

use serde_json::{Value, json};

use crate::Answer;

#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal {
    code: i64,
    /// Stands behind VK's words, after a colon.
    detail: Option<&'static str>,
}

impl Refusal {
    pub(super) fn new(code: i64) -> Self {
        Self { code, detail: None }
    }

    /// "One of the parameters specified was missing or invalid", and which.
    pub(super) fn parameter(detail: &'static str) -> Self {
        Self { code: 100, detail: Some(detail) }
    }

    /// An item of an answer about several people.
    pub(super) fn into_item(self) -> Value {
        json!({ "code": self.code, "description": description(self.code) })
    }

    pub(super) fn into_answer(self, shown: &[(String, String)]) -> Answer {
        let words = description(self.code);
        let words = self.detail.map_or(words.to_owned(), |detail| format!("{words}: {detail}"));
        let mut error = json!({ "error_code": self.code, "error_msg": words });
        if !shown.is_empty() {
            let shown = shown.iter().map(|(name, value)| json!({ "key": name, "value": value }));
            error["request_params"] = shown.collect();
        }
        Answer::ok(json!({ "error": error }))
    }
}

/// Words of `errors.json` of VK API 5.199.
fn description(code: i64) -> &'static str {
    match code {
        3 => "Unknown method passed",
        5 => "User authorization failed",
        6 => "Too many requests per second",
        7 => "Permission to perform this action is denied",
        8 => "Invalid request",
        9 => "Flood control",
        10 => "Internal server error",
        14 => "Captcha needed",
        15 => "Access denied",
        18 => "User was deleted or banned",
        27 => "Group authorization failed",
        28 => "Application authorization failed",
        29 => "Rate limit reached",
        100 => "One of the parameters specified was missing or invalid",
        203 => "Access to group denied",
        900 => "Can't send messages for users from blacklist",
        901 => "Can't send messages for users without permission",
        902 => "Can't send messages to this user due to their privacy settings",
        909 => "Can't edit this message, because it's too old",
        911 => "Keyboard format is invalid",
        912 => "This is a chat bot feature, change this status in settings",
        914 => "Message is too long",
        917 => "You don't have access to this chat",
        924 => "Can't delete this message for everybody",
        936 => "Contact not found",
        945 => "Chat was disabled",
        946 => "Chat not supported",
        950 => "Can't send message, reply timed out",
        985 => "Cannot write to notifications only groups",
        987 => "Need message request",
        988 => "Pending message request",
        1117 => "Access token has expired",
        2000 => "Servers number limit is reached",
        _ => "Unknown error occurred",
    }
}
