//! Any server that has OpenAI's transcriptions: OpenAI, vLLM and llama.cpp with a model that hears.
//!
//! The name of the model stands in the settings alone: those of today are announced to end on 2027-02-26. Source:
//! the OpenAI client 3.54.0, read 2026-11-22; `contracts/speech/`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nochnik_core::limits::TEXT_CHARS_MAX;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::multipart::{self, File};
use super::refusal::{failure, not_speech};
use crate::failure::{Failure, Scope, codes};
use crate::http::{Answer, Call, Http, Lost};
use crate::ports::{Field, Heard, Kind, Limits, Pace, Speech};
use crate::settings::{Settings, SettingsProblem};
use crate::sound::Sound;

pub static KIND: Kind = Kind {
    name: "openai",
    title: "Распознавание речи, совместимое с OpenAI",
    fields: &[
        field("base_url", "Адрес", "До /audio/transcriptions: https://…/v1 или http://127.0.0.1:8080/v1", true),
        field("model", "Модель", "Название, как его пишет поставщик", true),
        field("key", "Ключ", "Своему серверу он может быть не нужен", false),
        field("language", "Язык", "Две буквы, по умолчанию ru", false),
        field("proxy", "Прокси", "http://адрес:порт или socks5h://адрес:порт", false),
        field("extra_ca", "Корневой сертификат", "Путь к файлу PEM, если у сервера свой центр сертификации", false),
        field("per_s", "Запросов в секунду", "По умолчанию 2", false),
        field("burst", "Запросов подряд", "По умолчанию 4", false),
        field("parallel", "Запросов одновременно", "По умолчанию 2: столько слушает скромный сервер", false),
    ],
    limits: Limits { text_chars_max: usize::MAX, buttons_max: 0, label_chars_max: 0 },
    can_poll: false,
    has_hook: false,
    is_for_staff: false,
    notice: Some(
        "Голосовые клиентов уходят на этот сервер целиком: имена и телефоны в звуке не скрыть. Сервер за границей — это \
         трансграничная передача (152-ФЗ, ст. 12), чужой — поручение обработки (ст. 6 ч. 3). Спокойнее всего свой сервер \
         (ноябрь 2026 года).",
    ),
};

const fn field(name: &'static str, title: &'static str, help: &'static str, is_required: bool) -> Field {
    // A proxy's address may hold a password.
    let is_secret = matches!(name.as_bytes(), b"key" | b"proxy");
    let is_address = matches!(name.as_bytes(), b"base_url" | b"proxy");
    Field { name, title, help, is_required, is_secret, is_address }
}

const PACE: Pace = Pace { burst: 4, per_s: 2.0, parallel: 2, requests: 1 };
/// The last resort: whoever asks has a bound of its own, far shorter.
const TIMEOUT: Duration = Duration::from_secs(60);
const ANSWER_BYTES_MAX: usize = 256 * 1024;
const LANGUAGE: &str = "ru";

pub(super) fn open(settings: &Settings<'_>) -> Result<Arc<dyn Speech>, SettingsProblem> {
    let base = settings.url("base_url", "")?;
    let key = settings.text("key")?;
    let language = settings.text("language")?.unwrap_or(LANGUAGE);
    if language.len() != 2 || !language.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Err(settings.problem("language", "Язык записывается двумя строчными латинскими буквами: ru"));
    }
    Ok(Arc::new(OpenAi {
        http: Http::open(settings, &base)?,
        destination: destination(&base, key.unwrap_or_default()),
        headers: key.map(|key| authorization(settings, key)).transpose()?.into_iter().collect(),
        base: base.as_str().trim_end_matches('/').to_owned(),
        model: settings.required("model")?.to_owned(),
        language: language.to_owned(),
        pace: settings.pace(PACE)?,
    }))
}

fn authorization(settings: &Settings<'_>, key: &str) -> Result<(HeaderName, HeaderValue), SettingsProblem> {
    let is_plain = key.bytes().all(|byte| byte.is_ascii_graphic());
    let value = HeaderValue::from_str(&format!("Bearer {key}")).ok().filter(|_| is_plain);
    let mut value = value.ok_or_else(|| {
        settings.problem("key", "В ключе есть недопустимые символы: скопируйте его ещё раз, без пробелов и переносов")
    })?;
    value.set_sensitive(true);
    Ok((AUTHORIZATION, value))
}

/// `key` tells accounts of one server apart and is not shown.
fn destination(base: &Url, key: &str) -> String {
    let host = base.host_str().unwrap_or_default();
    let port = base.port_or_known_default().unwrap_or_default();
    let digest = Sha256::digest(key);
    format!("speech:openai:{host}:{port}:{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3])
}

struct OpenAi {
    http: Http,
    destination: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    base: String,
    model: String,
    language: String,
    pace: Pace,
}

#[async_trait]
impl Speech for OpenAi {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn destination(&self) -> String {
        self.destination.clone()
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    async fn hear(&self, sound: &Sound) -> Result<Heard, Failure> {
        let (name, mime) = (format!("voice.{}", sound.kind().ending()), sound.kind().mime());
        let file = File { field: "file", name: &name, mime, bytes: sound.bytes() };
        let texts = [("model", self.model.as_str()), ("language", &self.language), ("response_format", "json")];
        let (kind, body) = multipart::encode(&texts, file);
        heard(&self.call(Method::POST, "audio/transcriptions", Some((&kind, body))).await?)
    }

    /// Servers that do nothing but listen may keep no list of models.
    async fn check(&self) -> Result<String, Failure> {
        let answer = self.call(Method::GET, "models", None).await?;
        if answer.status == 404 {
            return Ok("Сервер отвечает, списка моделей у него нет. Проверьте его голосовым сообщением.".to_owned());
        }
        let body = body_of(&answer)?;
        let Some(list) = body["data"].as_array() else { return Err(not_speech(answer.status)) };
        Ok(if list.iter().any(|entry| entry["id"] == self.model.as_str()) {
            format!("Ключ принят, модель «{}» есть в списке поставщика.", self.model)
        } else {
            format!("Ключ принят, но модели «{}» в списке поставщика нет. Проверьте название.", self.model)
        })
    }
}

impl OpenAi {
    async fn call(&self, method: Method, path: &str, content: Option<(&str, Vec<u8>)>) -> Result<Answer, Failure> {
        let url = Url::parse(&format!("{}/{path}", self.base));
        let url = url.map_err(|_| Lost::Before("the address is not whole".to_owned()).of_read())?;
        let headers = self.headers.as_slice();
        let call = Call { method, url, headers, content, timeout: TIMEOUT, answer_bytes_max: ANSWER_BYTES_MAX };
        // A server that takes a sound and says nothing is ill, whatever the sound.
        self.http.call(call).await.map_err(|(Lost::Before(why) | Lost::Perhaps(why))| Failure::Later {
            after: None,
            scope: Scope::Destination,
            why,
        })
    }
}

/// The JSON of a success. Errors may come with status 200.
fn body_of(answer: &Answer) -> Result<Value, Failure> {
    if !(200..300).contains(&answer.status) {
        return Err(failure(answer));
    }
    let body: Value = serde_json::from_slice(&answer.body).map_err(|_| not_speech(answer.status))?;
    if body["error"].is_null() { Ok(body) } else { Err(not_speech(answer.status)) }
}

fn heard(answer: &Answer) -> Result<Heard, Failure> {
    let body = body_of(answer)?;
    let text = body["text"].as_str().ok_or_else(|| not_speech(answer.status))?.trim();
    let text: String = text.chars().take(TEXT_CHARS_MAX).collect();
    if text.is_empty() {
        return Err(Failure::Refused { code: codes::MISFIT.to_owned(), why: "nothing was heard".to_owned() });
    }
    Ok(Heard { text })
}
