//! The errors of REST v4: `application/problem+json`, plain text for 429, pages of the proxy in front for the rest.

use serde_json::{Value, json};

use crate::Answer;

#[derive(Debug, Clone)]
pub(super) struct Refusal {
    answer: Answer,
}

/// One fault in one element of the body.
#[derive(Debug, Clone)]
pub(super) struct Flaw {
    pub code: &'static str,
    pub path: String,
}

impl Refusal {
    pub(super) fn of_status(status: u16) -> Self {
        let title = match status {
            400 => "Bad Request",
            401 => "Unauthorized",
            402 => "Payment Required",
            403 => "Forbidden",
            404 => "Not Found",
            422 => "Unprocessable Entity",
            429 => return Self { answer: Answer { status, body: Value::String("Too Many Requests".to_owned()) } },
            other => return Self { answer: Answer::html(other) },
        };
        Self { answer: Answer { status, body: problem(status, title, title) } }
    }

    pub(super) fn bad(detail: &str) -> Self {
        Self { answer: Answer { status: 400, body: problem(400, "Bad Request", detail) } }
    }

    /// The no of the authorisation: its words are for people, the status says all.
    pub(super) fn token(status: u16, hint: &str, detail: &str) -> Self {
        let mut body = problem(status, "Неавторизованный", detail);
        body["hint"] = json!(hint);
        body["type"] = json!("https://developers.amocrm.ru/v3/errors/OAuthProblemJson");
        Self { answer: Answer { status, body } }
    }

    /// Flaws by the `request_id` of their element. The whole request is refused.
    pub(super) fn invalid(flaws: Vec<(String, Vec<Flaw>)>) -> Self {
        let mut body = problem(400, "Bad Request", "Request validation failed");
        let of_one = |(request_id, flaws): (String, Vec<Flaw>)| {
            let errors: Vec<Value> = flaws
                .into_iter()
                .map(|flaw| json!({ "code": flaw.code, "path": flaw.path, "detail": "The value is not valid." }))
                .collect();
            json!({ "request_id": request_id, "errors": errors })
        };
        body["validation-errors"] = flaws.into_iter().map(of_one).collect();
        Self { answer: Answer { status: 400, body } }
    }

    pub(super) fn into_answer(self) -> Answer {
        self.answer
    }
}

fn problem(status: u16, title: &str, detail: &str) -> Value {
    json!({ "type": format!("https://httpstatus.es/{status}"), "title": title, "status": status, "detail": detail })
}
