//! The errors of classic REST: flat, with a code that may be empty, a number or a phrase.

use serde_json::{Value, json};

use crate::Answer;

#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: u16,
    error: Value,
    description: String,
}

impl Refusal {
    pub(super) fn new(status: u16, error: &str, description: &str) -> Self {
        Self { status, error: json!(error), description: description.to_owned() }
    }

    /// 400 with a code.
    pub(super) fn bad(error: &str, description: &str) -> Self {
        Self::new(400, error, description)
    }

    /// 400 with an empty code: the older methods often give nothing but a text.
    pub(super) fn nameless(description: &str) -> Self {
        Self::new(400, "", description)
    }

    /// 400 with the number 100, the code of PHP-level argument errors.
    pub(super) fn argument(description: &str) -> Self {
        Self { status: 400, error: json!(100), description: description.to_owned() }
    }

    /// 400 with a number, as booking answers.
    pub(super) fn number(code: i64, description: String) -> Self {
        Self { status: 400, error: json!(code), description }
    }

    pub(super) fn missing(parameter: &str) -> Self {
        Self::argument(&format!("Could not find value for parameter {{{parameter}}}"))
    }

    pub(super) fn not_found() -> Self {
        Self::bad("NOT_FOUND", "Элемент не найден")
    }

    pub(super) fn owner_not_found() -> Self {
        Self::bad("OWNER_NOT_FOUND", "Владелец не найден")
    }

    pub(super) fn value_not_valid(field: &str) -> Self {
        Self::bad("CRM_FIELD_ERROR_VALUE_NOT_VALID", &format!("Недопустимое значение поля {field}<br>"))
    }

    pub(super) fn method_not_found() -> Self {
        Self::new(404, "ERROR_METHOD_NOT_FOUND", "Method not found!")
    }

    pub(super) fn no_auth() -> Self {
        Self::new(401, "NO_AUTH_FOUND", "Wrong authorization data")
    }

    pub(super) fn query_limit() -> Self {
        Self::new(503, "QUERY_LIMIT_EXCEEDED", "Too many requests")
    }

    pub(super) fn operation_time() -> Self {
        Self::new(429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.")
    }

    /// The code as text, for counting.
    pub(super) fn code(&self) -> String {
        self.error.as_str().map_or_else(|| self.error.to_string(), str::to_owned)
    }

    pub(super) fn into_json(self) -> Value {
        json!({ "error": self.error, "error_description": self.description })
    }

    pub(super) fn into_answer(self) -> Answer {
        Answer { status: self.status, body: self.into_json() }
    }
}
