//! The seven vendors: what each takes, and how each says no.

use serde_json::{Value, json};

use super::Reply;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    OpenAi,
    /// The native server of llama.cpp.
    LlamaCpp,
    /// The Python server over llama.cpp.
    LlamaCppPython,
    DeepSeek,
    OpenRouter,
    Yandex,
    GigaChat,
}

impl Profile {
    pub const ALL: [Self; 7] = [
        Self::OpenAi,
        Self::LlamaCpp,
        Self::LlamaCppPython,
        Self::DeepSeek,
        Self::OpenRouter,
        Self::Yandex,
        Self::GigaChat,
    ];

    pub(super) fn model(self) -> &'static str {
        match self {
            Self::OpenAi => "gpt-example",
            Self::LlamaCpp | Self::LlamaCppPython => "smollm2-135m",
            Self::DeepSeek => "deepseek-flash",
            Self::OpenRouter => "example/model",
            Self::Yandex => "yandexgpt-lite/latest",
            Self::GigaChat => "GigaChat-2",
        }
    }

    /// Abroad: nothing that points at a person may arrive.
    pub(super) fn is_foreign(self) -> bool {
        matches!(self, Self::OpenAi | Self::DeepSeek | Self::OpenRouter)
    }

    /// Takes any name for its model.
    pub(super) fn takes_any_model(self) -> bool {
        matches!(self, Self::LlamaCpp | Self::LlamaCppPython)
    }

    /// Passes over fields it does not know.
    pub(super) fn takes_any_field(self) -> bool {
        matches!(self, Self::LlamaCpp | Self::LlamaCppPython)
    }

    /// Top-level fields of a question.
    pub(super) fn fields(self) -> &'static [&'static str] {
        match self {
            Self::OpenAi => &[
                "model",
                "messages",
                "max_tokens",
                "max_completion_tokens",
                "temperature",
                "response_format",
                "stream",
                "safety_identifier",
            ],
            Self::Yandex => &[
                "model",
                "messages",
                "max_tokens",
                "max_completion_tokens",
                "temperature",
                "response_format",
                "stream",
            ],
            Self::GigaChat => &[
                "model",
                "messages",
                "max_tokens",
                "temperature",
                "response_format",
                "functions",
                "function_call",
                "stream",
            ],
            Self::LlamaCpp | Self::LlamaCppPython | Self::DeepSeek | Self::OpenRouter => {
                &["model", "messages", "max_tokens", "temperature", "response_format", "stream"]
            }
        }
    }

    /// A refusal in this vendor's shape; `code` and `message` are its usual ones where empty.
    pub(super) fn refuses(self, status: u16, code: &str, message: &str) -> Reply {
        if self == Self::LlamaCppPython && status == 500 && code.is_empty() {
            return Reply { status, headers: Vec::new(), body: "Internal Server Error".to_owned() };
        }
        if self == Self::Yandex && status == 429 {
            return Reply { status, headers: Vec::new(), body: String::new() };
        }
        let message = if message.is_empty() { usual_message(status) } else { message };
        Reply::json(status, &self.error(status, code, message))
    }

    fn error(self, status: u16, code: &str, message: &str) -> Value {
        let kind = usual_kind(status);
        match self {
            Self::OpenAi | Self::DeepSeek => {
                let code = if code.is_empty() { kind } else { code };
                json!({ "error": { "message": message, "type": kind, "param": null, "code": code } })
            }
            Self::LlamaCpp => {
                let kind = if code.is_empty() { kind } else { code };
                json!({ "error": { "code": status, "message": message, "type": kind } })
            }
            Self::LlamaCppPython if status == 401 => json!({ "detail": "Invalid API key" }),
            Self::LlamaCppPython => {
                json!({ "error": { "message": message, "type": "internal_server_error", "param": null, "code": code } })
            }
            Self::OpenRouter => {
                json!({ "error": { "code": status, "message": message, "metadata": { "reason": code } } })
            }
            // The shape is not confirmed: a bare string is the least a caller must bear.
            Self::Yandex if status == 401 => json!("Unknown api key"),
            Self::Yandex => json!({ "error": { "message": message, "type": kind, "code": grpc_code(status) } }),
            Self::GigaChat => json!({ "status": status, "message": message }),
        }
    }
}

/// Source: llama.cpp, recorded 2026-11-22; the others use the same words or similar ones.
fn usual_message(status: u16) -> &'static str {
    match status {
        401 => "Invalid API Key",
        402 => "Payment Required",
        403 => "Permission denied",
        404 => "No such model",
        413 => "Payload too large",
        422 => "Invalid params",
        429 => "Too many requests",
        503 => "Loading model",
        _ => "Something went wrong",
    }
}

fn usual_kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        503 => "unavailable_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    }
}

/// Source: AI Studio, troubleshooting/error-codes, read 2026-11-22.
fn grpc_code(status: u16) -> u8 {
    match status {
        400 => 3,
        401 => 16,
        403 => 7,
        429 => 8,
        501 => 12,
        503 => 14,
        504 => 4,
        _ => 13,
    }
}
