//! What a service answers, and what of it reaches the caller.

use serde_json::Value;

/// HTTP status and body. A body that is a bare JSON string stands for an HTML page, as proxies send on 502.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    pub fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    /// The page a reverse proxy shows in place of the service.
    pub fn html(status: u16) -> Self {
        Self { status, body: Value::String(format!("<html><body><h1>{status}</h1></body></html>")) }
    }
}

/// What the caller gets of a call that went through the fault plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Answered(Answer),
    /// The answer arrives this many milliseconds after the call; a caller with a shorter time-out sees nothing.
    Late {
        after_ms: i64,
        answer: Answer,
    },
    /// The connection closed without an answer; whether the call was executed is for the caller to find out.
    Lost,
    /// Nothing ever arrives and the connection stays open: only the caller's time-out ends it.
    Hung,
}
