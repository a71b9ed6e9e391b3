//! How a server is told the shape of the answer. "OpenAI-compatible" servers differ in this most:
//! the same words are enforced, ignored, answered 400 or answered 500.

use serde_json::{Value, json};

use super::answer::Reading;
use crate::ports::Prompt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Structured {
    /// `json_schema` as OpenAI, llama.cpp, vLLM, Ollama and Yandex take it.
    Schema,
    /// `json_object` with the schema inside: llama-cpp-python, llama.cpp.
    JsonObjectSchema,
    /// `json_object`, the schema in the prompt: DeepSeek.
    JsonObject,
    /// Nothing but the prompt.
    Off,
}

impl Structured {
    pub const WORDS: [(&'static str, Self); 4] = [
        ("schema", Self::Schema),
        ("json_object_schema", Self::JsonObjectSchema),
        ("json_object", Self::JsonObject),
        ("off", Self::Off),
    ];

    pub fn response_format(self, prompt: &Prompt) -> Option<Value> {
        match self {
            Self::Schema => Some(json!({
                "type": "json_schema",
                "json_schema": { "name": prompt.schema_name, "strict": true, "schema": prompt.schema },
            })),
            Self::JsonObjectSchema => Some(json!({ "type": "json_object", "schema": prompt.schema })),
            Self::JsonObject => Some(json!({ "type": "json_object" })),
            Self::Off => None,
        }
    }

    /// The system text, with the schema where the server is not told it otherwise.
    pub fn system(self, prompt: &Prompt) -> String {
        match self {
            Self::Schema | Self::JsonObjectSchema => prompt.system.clone(),
            Self::JsonObject | Self::Off => format!(
                "{}\n\nОтветь одним объектом JSON, без пояснений и разметки. Он должен подходить под схему JSON Schema:\n{}",
                prompt.system, prompt.schema
            ),
        }
    }

    pub fn reading(self) -> Reading {
        match self {
            Self::Schema | Self::JsonObjectSchema => Reading::Strict,
            Self::JsonObject | Self::Off => Reading::Loose,
        }
    }
}
