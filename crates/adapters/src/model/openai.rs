//! Any server that speaks OpenAI's chat completions: OpenAI and OpenRouter, vLLM, Ollama, and
//! llama.cpp on the owner's own machine.
//!
//! Source: the OpenAI client 3.54.0 and own runs against llama.cpp (xllamacpp 2026.10.11549), 2026-11-22.

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

use super::chat::{self, Chat, Wanted};
use super::fields::{BURST, LIMITS, PARALLEL, PER_S, PROXY, authorization, destination, field};
use super::structured::Structured;
use super::{OpenContext, answer};
use crate::failure::Failure;
use crate::ports::{Asked, Kind, Model, Pace, Prompt};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "openai",
    title: "Сервер, совместимый с OpenAI",
    fields: &[
        field("base_url", "Адрес", "До /chat/completions: https://…/v1 или http://127.0.0.1:8080/v1", true),
        field("model", "Модель", "Название, как его пишет поставщик", true),
        field("key", "Ключ", "Своему серверу он может быть не нужен", false),
        field(
            "structured",
            "Как просить ответ по схеме",
            "schema — json_schema (по умолчанию: OpenAI, llama.cpp, vLLM, Ollama); json_object_schema — llama-cpp-python; \
             json_object — DeepSeek; off — только словами",
            false,
        ),
        field(
            "tokens_field",
            "Поле длины ответа",
            "max_tokens (по умолчанию) или max_completion_tokens — для рассуждающих моделей OpenAI",
            false,
        ),
        PROXY,
        field("extra_ca", "Корневой сертификат", "Путь к файлу PEM, если у сервера свой центр сертификации", false),
        PER_S,
        BURST,
        PARALLEL,
    ],
    limits: LIMITS,
    can_poll: false,
    has_hook: false,
    is_for_staff: false,
    notice: Some(
        "Сервер за границей — это трансграничная передача (152-ФЗ, ст. 12). Ночник заменяет имена, телефоны и адреса \
         метками, но выбирайте российского поставщика или свой сервер (ноябрь 2026 года).",
    ),
};

/// A modest server answers a question in about a second, one at a time.
const PACE: Pace = Pace { burst: 4, per_s: 4.0, parallel: 4, requests: 1 };

pub(super) fn open(settings: &Settings<'_>, _context: &OpenContext) -> Result<Arc<dyn Model>, SettingsProblem> {
    let base = settings.url("base_url", "")?;
    let key = settings.text("key")?;
    Ok(Arc::new(OpenAi {
        chat: Chat::open(settings, &base, Vec::new())?,
        destination: destination(KIND.name, &base, key.unwrap_or_default().as_bytes()),
        authorization: key.map(|key| authorization(settings, "Bearer", key)).transpose()?,
        model: settings.required("model")?.to_owned(),
        structured: settings.choice("structured", &Structured::WORDS)?,
        is_reasoning: settings.choice("tokens_field", &[("max_tokens", false), ("max_completion_tokens", true)])?,
        pace: settings.pace(PACE)?,
    }))
}

struct OpenAi {
    chat: Chat,
    destination: String,
    authorization: Option<HeaderValue>,
    model: String,
    structured: Structured,
    /// The model thinks before it answers: it counts its thoughts and takes no temperature.
    is_reasoning: bool,
    pace: Pace,
}

#[async_trait]
impl Model for OpenAi {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn destination(&self) -> String {
        self.destination.clone()
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn body(&self, prompt: &Prompt) -> String {
        let mut body = body(&self.model, self.structured, prompt);
        if self.is_reasoning {
            body["max_completion_tokens"] = prompt.tokens_max.into();
        } else {
            body["max_tokens"] = prompt.tokens_max.into();
            body["temperature"] = 0.into();
        }
        body.to_string()
    }

    async fn ask(&self, prompt: &Prompt) -> Asked {
        if let Err(failure) = chat::check_prompt(prompt) {
            return chat::unsent(failure);
        }
        let body = self.body(prompt);
        let exchange = self.chat.send(self.authorization.as_ref(), Wanted::Completion(&body)).await;
        chat::asked(exchange, body, self.structured.reading(), &prompt.schema)
    }

    async fn check(&self) -> Result<String, Failure> {
        let exchange = self.chat.send(self.authorization.as_ref(), Wanted::Models).await;
        answer::models(&exchange.answer?, &self.model)
    }
}

/// What every server of this family takes; how long an answer may be, they spell differently.
pub(super) fn body(model: &str, structured: Structured, prompt: &Prompt) -> Value {
    let mut body = json!({
        "model": model,
        "messages": [
            { "role": "system", "content": structured.system(prompt) },
            { "role": "user", "content": prompt.user },
        ],
    });
    if let Some(format) = structured.response_format(prompt) {
        body["response_format"] = format;
    }
    body
}
