//! Yandex AI Studio (YandexGPT and the open models beside it) by its OpenAI-compatible door.
//!
//! Source: `yandex-cloud/docs`, en/ai-studio (chat/createChatCompletion, operations/disable-logging,
//! troubleshooting/error-codes), and the vendor's SDK 0.22.1, read 2026-11-22.

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::header::{HeaderName, HeaderValue};

use super::chat::{self, Chat, Wanted};
use super::fields::{BURST, LIMITS, PARALLEL, PER_S, PROXY, authorization, destination, field};
use super::structured::Structured;
use super::{OpenContext, answer, openai};
use crate::failure::Failure;
use crate::ports::{Asked, Kind, Model, Pace, Prompt};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "yandex",
    title: "YandexGPT",
    fields: &[
        field("folder", "Каталог", "Идентификатор каталога Yandex Cloud: b1g…", true),
        field("key", "Ключ API", "Ключ сервисного аккаунта, которому разрешено обращаться к моделям", true),
        field("model", "Модель", "Например yandexgpt-lite/latest; список — в консоли Yandex AI Studio", true),
        field(
            "structured",
            "Как просить ответ по схеме",
            "schema (по умолчанию); json_object — если модель не знает схем; off — только словами",
            false,
        ),
        field("base_url", "Адрес", "По умолчанию https://ai.api.cloud.yandex.net/v1", false),
        PROXY,
        field("extra_ca", "Корневой сертификат", "Путь к файлу PEM, если у прокси свой центр сертификации", false),
        PER_S,
        BURST,
        PARALLEL,
    ],
    limits: LIMITS,
    can_poll: false,
    has_hook: false,
    is_for_staff: false,
    notice: Some(
        "Ночник просит Яндекс не хранить запросы и заменяет имена, телефоны и адреса метками. Обработку данных \
         поручите Яндексу по договору (152-ФЗ, ст. 6, ноябрь 2026 года).",
    ),
};

/// Ten generations at once for the whole account. Source: limits of AI Studio, read 2026-11-22.
const PACE: Pace = Pace { burst: 10, per_s: 10.0, parallel: 10, requests: 1 };
const SCHEME: &str = "gpt://";

pub(super) fn open(settings: &Settings<'_>, _context: &OpenContext) -> Result<Arc<dyn Model>, SettingsProblem> {
    let base = settings.url("base_url", "https://ai.api.cloud.yandex.net/v1")?;
    let folder = settings.required("folder")?;
    let project = HeaderValue::from_str(folder)
        .ok()
        .filter(|_| folder.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)))
        .ok_or_else(|| settings.problem("folder", "Идентификатор каталога состоит из латинских букв и цифр: b1g…"))?;
    let headers = vec![
        (HeaderName::from_static("openai-project"), project),
        (HeaderName::from_static("x-data-logging-enabled"), HeaderValue::from_static("false")),
    ];
    Ok(Arc::new(Yandex {
        chat: Chat::open(settings, &base, headers)?,
        destination: destination(KIND.name, &base, folder.as_bytes()),
        authorization: authorization(settings, "Api-Key", settings.required("key")?)?,
        model: uri(folder, settings.required("model")?),
        structured: settings.choice("structured", &Structured::WORDS)?,
        pace: settings.pace(PACE)?,
    }))
}

/// `gpt://folder/model/branch`; the branch is `latest` where none is named.
fn uri(folder: &str, model: &str) -> String {
    match model {
        whole if whole.starts_with(SCHEME) => whole.to_owned(),
        with_branch if with_branch.contains(['/', '@']) => format!("{SCHEME}{folder}/{with_branch}"),
        bare => format!("{SCHEME}{folder}/{bare}/latest"),
    }
}

struct Yandex {
    chat: Chat,
    destination: String,
    authorization: HeaderValue,
    model: String,
    structured: Structured,
    pace: Pace,
}

#[async_trait]
impl Model for Yandex {
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
        let mut body = openai::body(&self.model, self.structured, prompt);
        body["max_tokens"] = prompt.tokens_max.into();
        body["temperature"] = 0.into();
        body.to_string()
    }

    async fn ask(&self, prompt: &Prompt) -> Asked {
        if let Err(failure) = chat::check_prompt(prompt) {
            return chat::unsent(failure);
        }
        let body = self.body(prompt);
        let exchange = self.chat.send(Some(&self.authorization), Wanted::Completion(&body)).await;
        chat::asked(exchange, body, self.structured.reading(), &prompt.schema)
    }

    async fn check(&self) -> Result<String, Failure> {
        let exchange = self.chat.send(Some(&self.authorization), Wanted::Models).await;
        answer::models(&exchange.answer?, &self.model)
    }
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_model_may_be_named_shortly() {
        for (model, expected) in [
            ("yandexgpt", "gpt://b1gexample/yandexgpt/latest"),
            ("yandexgpt-lite/rc", "gpt://b1gexample/yandexgpt-lite/rc"),
            ("yandexgpt@tamr1", "gpt://b1gexample/yandexgpt@tamr1"),
            ("gpt://b1gother/gpt-oss-20b/latest", "gpt://b1gother/gpt-oss-20b/latest"),
        ] {
            assert_eq!(uri("b1gexample", model), expected);
        }
    }
}
