//! GigaChat of Sber: like the others, but with a token of its own, its schema flat, and certificates
//! that chain to the Russian ministry's root.
//!
//! Source: developers.sber.ru (errors, limitations, structured output, tokens) and the vendor's SDK
//! 0.2.3, read 2026-11-22.

mod token;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use self::token::Tokens;
use super::answer::Reading;
use super::chat::{self, Chat, Exchange, Wanted};
use super::fields::{BURST, LIMITS, PARALLEL, PER_S, PROXY, authorization, destination, field};
use super::{OpenContext, answer};
use crate::failure::Failure;
use crate::http::Http;
use crate::ports::{Asked, Kind, Model, Pace, Prompt};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "gigachat",
    title: "ГигаЧат",
    fields: &[
        field("key", "Ключ авторизации", "Из кабинета разработчика, раздел «Настройки API»", true),
        field(
            "scope",
            "Версия API",
            "GIGACHAT_API_PERS — для физических лиц (по умолчанию), GIGACHAT_API_B2B — пакеты, GIGACHAT_API_CORP — оплата по факту",
            false,
        ),
        field("model", "Модель", "По умолчанию GigaChat-2", false),
        field(
            "structured",
            "Как просить ответ по схеме",
            "schema (по умолчанию); function — если доступ не позволяет задавать схему",
            false,
        ),
        field("extra_ca", "Корневой сертификат", "Путь к файлу PEM корневого сертификата Минцифры, его выдают Госуслуги", false),
        field("base_url", "Адрес", "По умолчанию https://api.giga.chat/v1", false),
        field("token_url", "Адрес выдачи доступа", "По умолчанию https://ngw.devices.sberbank.ru:9443/api/v2/oauth", false),
        PROXY,
        PER_S,
        BURST,
        PARALLEL,
    ],
    limits: LIMITS,
    can_poll: false,
    has_hook: false,
    is_for_staff: false,
    notice: Some(
        "Нужен корневой сертификат Минцифры. Физическому лицу ГигаЧат отвечает на один запрос за раз (ноябрь 2026 года). \
         Ночник заменяет имена, телефоны и адреса метками.",
    ),
};

/// One answer at a time for a person, ten for a company. Source: limitations, 2025-11.
const PACE_OF_PERSON: Pace = Pace { burst: 1, per_s: 5.0, parallel: 1, requests: 1 };
const PACE_OF_COMPANY: Pace = Pace { burst: 10, per_s: 10.0, parallel: 10, requests: 1 };
/// Near the least the vendor takes: zero is refused.
const TEMPERATURE: f64 = 0.1;

pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Model>, SettingsProblem> {
    let base = settings.url("base_url", "https://api.giga.chat/v1")?;
    let token_url = settings.url("token_url", "https://ngw.devices.sberbank.ru:9443/api/v2/oauth")?;
    let key = settings.required("key")?;
    let (scope, pace) = settings.choice(
        "scope",
        &[
            ("GIGACHAT_API_PERS", ("GIGACHAT_API_PERS", PACE_OF_PERSON)),
            ("GIGACHAT_API_B2B", ("GIGACHAT_API_B2B", PACE_OF_COMPANY)),
            ("GIGACHAT_API_CORP", ("GIGACHAT_API_CORP", PACE_OF_COMPANY)),
        ],
    )?;
    Ok(Arc::new(GigaChat {
        chat: Chat::open(settings, &base, Vec::new())?,
        destination: destination(KIND.name, &base, key.as_bytes()),
        tokens: Tokens {
            http: Http::open(settings, &token_url)?,
            url: token_url,
            key: authorization(settings, "Basic", key)?,
            scope,
            now: context.now.clone(),
            held: Mutex::new(None),
        },
        model: settings.text("model")?.unwrap_or("GigaChat-2").to_owned(),
        has_schema: settings.choice("structured", &[("schema", true), ("function", false)])?,
        pace: settings.pace(pace)?,
    }))
}

struct GigaChat {
    chat: Chat,
    destination: String,
    tokens: Tokens,
    model: String,
    /// Otherwise the answer comes as the arguments of a function.
    has_schema: bool,
    pace: Pace,
}

#[async_trait]
impl Model for GigaChat {
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
        let mut body = json!({
            "model": self.model,
            "messages": [
                { "role": "system", "content": prompt.system },
                { "role": "user", "content": prompt.user },
            ],
            "temperature": TEMPERATURE,
            "max_tokens": prompt.tokens_max,
        });
        if self.has_schema {
            body["response_format"] = json!({ "type": "json_schema", "strict": true, "schema": prompt.schema });
        } else {
            let name = function_name(&prompt.schema_name);
            body["functions"] = functions(&name, &prompt.schema);
            body["function_call"] = json!({ "name": name });
        }
        body.to_string()
    }

    async fn ask(&self, prompt: &Prompt) -> Asked {
        if let Err(failure) = chat::check_prompt(prompt) {
            return chat::unsent(failure);
        }
        let body = self.body(prompt);
        let reading = if self.has_schema { Reading::Strict } else { Reading::Function };
        let exchange = self.send(Wanted::Completion(&body)).await;
        chat::asked(exchange, body, reading, &prompt.schema)
    }

    async fn check(&self) -> Result<String, Failure> {
        answer::models(&self.send(Wanted::Models).await.answer?, &self.model)
    }
}

impl GigaChat {
    /// Sends with the token at hand; one that is refused is renewed once.
    async fn send(&self, wanted: Wanted<'_>) -> Exchange {
        let bearer = match self.tokens.bearer().await {
            Ok(bearer) => bearer,
            Err(failure) => return Exchange::unsent(failure),
        };
        let first = self.chat.send(Some(&bearer), wanted).await;
        if !matches!(&first.answer, Ok(answer) if answer.status == 401) {
            return first;
        }
        self.tokens.forget(&bearer).await;
        match self.tokens.bearer().await {
            Ok(bearer) => Exchange { has_left: true, ..self.chat.send(Some(&bearer), wanted).await },
            Err(failure) => Exchange { answer: Err(failure), has_left: true },
        }
    }
}

fn functions(name: &str, schema: &Value) -> Value {
    json!([{ "name": name, "description": "Принимает ответ", "parameters": schema }])
}

/// Latin letters, digits and `_`, not a digit first.
fn function_name(schema_name: &str) -> String {
    let name = schema_name.replace('-', "_");
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("f{name}") }
}
