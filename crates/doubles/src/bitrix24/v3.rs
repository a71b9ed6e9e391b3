//! REST 3.0: JSON only, `/rest/api/…`, errors of their own shape, and a key by which a repeated request is known.
//!
//! Source: `ar/rest-v3.md`: only successful answers are kept, for 24 hours, by caller, method and key; the same key with
//! another body is 422. Of its methods only `tasks.task.add` is played.

use serde_json::{Value, json};

use super::{Double, portal::Portal, refusal::Refusal};
use crate::{Answer, Outcome};

const KEPT_MS: i64 = 86_400_000;
const KEY_CHARS_MAX: usize = 255;
const BAD_KEY: &str = "INVALIDIDEMPOTENCYKEYEXCEPTION";

/// What a key was used for.
pub(super) struct Kept {
    caller: String,
    method: String,
    key: String,
    body: Value,
    answer: Answer,
    at_ms: i64,
}

/// An error of REST 3.0.
pub(super) struct Exception {
    status: u16,
    code: &'static str,
    message: String,
    field: Option<String>,
}

impl Exception {
    pub(super) fn new(status: u16, code: &'static str, message: &str) -> Self {
        Self { status, code, message: message.to_owned(), field: None }
    }

    pub(super) fn validation(field: &str, message: &str) -> Self {
        let field = Some(field.to_owned());
        Self { status: 400, code: "VALIDATION_REQUESTVALIDATIONEXCEPTION", message: message.to_owned(), field }
    }

    fn into_answer(self) -> Answer {
        let validation =
            self.field.map_or_else(|| json!([]), |field| json!([{ "field": field, "message": self.message }]));
        let code = format!("BITRIX_REST_V3_EXCEPTION_{}", self.code);
        let body = json!({ "error": { "code": code, "message": self.message, "validation": validation } });
        Answer { status: self.status, body }
    }
}

impl Double {
    /// One call through the fault plan, with its header `Idempotency-Key`.
    pub fn request_keyed(&self, path: &str, key: Option<&str>, body: &Value, now_ms: i64) -> Outcome {
        // A path has no space; what the gate postpones keeps the key with it.
        let target = key.map_or_else(|| path.to_owned(), |key| format!("{path} {key}"));
        self.world.gate.pass(self, super::method_of(path), &target, body, now_ms)
    }
}

impl Portal {
    pub(super) fn answer_v3(&mut self, path: &str, key: Option<&str>, body: &Value, now_ms: i64) -> Answer {
        let parts = path.trim_matches('/').split('/').collect::<Vec<_>>();
        if !self.settings.has_rest_v3 {
            return Refusal::method_not_found().into_answer();
        }
        let (caller, method) = match parts.as_slice() {
            ["rest", "api", user, code, method] => {
                if *user != self.settings.user_id.to_string() || *code != self.settings.code {
                    return Refusal::no_auth().into_answer();
                }
                ("webhook", *method)
            }
            ["rest", "api", method] => match self.check_token(body, now_ms) {
                Ok(()) => ("app", *method),
                Err(refusal) => return refusal.into_answer(),
            },
            _ => return Refusal::no_auth().into_answer(),
        };
        if let Err(refusal) = self.count_request(now_ms) {
            return refusal.into_answer();
        }
        *self.calls.entry(format!("v3:{method}")).or_default() += 1;
        let is_printable = |key: &str| key.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if key.is_some_and(|key| key.is_empty() || key.len() > KEY_CHARS_MAX || !is_printable(key)) {
            return Exception::new(400, BAD_KEY, "The key is 1 to 255 printable characters").into_answer();
        }
        self.kept.retain(|kept| now_ms - kept.at_ms < KEPT_MS);
        let is_same = |kept: &&Kept| kept.caller == caller && kept.method == method && Some(kept.key.as_str()) == key;
        if let Some(kept) = self.kept.iter().find(is_same) {
            if kept.body == *body {
                return kept.answer.clone();
            }
            let text = "The key was used with another request";
            return Exception::new(422, "IDEMPOTENCYKEYREUSEDEXCEPTION", text).into_answer();
        }
        match self.run_v3(method, body, now_ms) {
            Ok(result) => {
                let answer = Answer::ok(json!({ "result": result }));
                if let Some(key) = key {
                    self.kept.push(Kept {
                        caller: caller.to_owned(),
                        method: method.to_owned(),
                        key: key.to_owned(),
                        body: body.clone(),
                        answer: answer.clone(),
                        at_ms: now_ms,
                    });
                }
                answer
            }
            Err(exception) => exception.into_answer(),
        }
    }

    fn run_v3(&mut self, method: &str, body: &Value, now_ms: i64) -> Result<Value, Exception> {
        if method != "tasks.task.add" {
            return Err(Exception::new(404, "METHODNOTFOUNDEXCEPTION", "No such method"));
        }
        if !self.settings.scopes.iter().any(|scope| scope == "tasks") {
            return Err(Exception::new(403, "INSUFFICIENTSCOPEEXCEPTION", "The scope tasks is needed"));
        }
        self.task_add_v3(body, now_ms)
    }
}
