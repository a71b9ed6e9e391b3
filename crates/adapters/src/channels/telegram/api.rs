//! One call of the Bot API. The token stands in the address, so addresses are never shown.

use std::time::Duration;

use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::refusal::Refusal;
use crate::failure::{Failure, Scope};
use crate::http::{ANSWER_BYTES_MAX, Call, Http, Lost};
use crate::media;
use crate::multipart::{self, File};
use crate::picture;
use crate::ports::Media;
use crate::settings::{Settings, SettingsProblem};

const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// A long poll is given this much over its own waiting time.
const POLL_GRACE: Duration = Duration::from_secs(10);

pub struct Api {
    http: Http,
    /// `https://api.telegram.org/bot<token>/`
    root: SecretString,
    /// `https://api.telegram.org/file/bot<token>/`
    files: SecretString,
}

/// Why a call has no result.
#[derive(Debug)]
pub enum Trouble {
    Lost(Lost),
    /// An answer that is not the Bot API's.
    Strange { status: u16 },
    Said(Refusal),
}

#[derive(Deserialize)]
struct Envelope {
    ok: bool,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    error_code: Option<u16>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Default, Deserialize)]
struct Parameters {
    retry_after: Option<u32>,
    migrate_to_chat_id: Option<i64>,
}

impl Api {
    pub fn open(settings: &Settings<'_>) -> Result<Self, SettingsProblem> {
        let base = settings.url("base_url", "https://api.telegram.org")?;
        let token = settings.required("token")?;
        if !is_token(token) {
            return Err(settings.problem("token", "Токен выглядит так: 7123456789:AA… — цифры, двоеточие, буквы и цифры"));
        }
        let root = SecretString::from(format!("{}/bot{token}/", base.as_str().trim_end_matches('/')));
        let files = settings.url("file_base_url", "https://api.telegram.org/file")?;
        let files = SecretString::from(format!("{}/bot{token}/", files.as_str().trim_end_matches('/')));
        Ok(Self { http: Http::open(settings, &base)?, root, files })
    }

    pub async fn call(&self, method: &str, body: &Value) -> Result<Value, Trouble> {
        self.post(method, body, CALL_TIMEOUT).await
    }

    pub async fn poll(&self, body: &Value, wait_s: u64) -> Result<Value, Trouble> {
        self.post("getUpdates", body, Duration::from_secs(wait_s) + POLL_GRACE).await
    }

    /// A file by the path that `getFile` told. Where it lies is the owner's own setting, so the path is all that is
    /// watched: a server of one's own may tell a path on its disk, which is no address.
    pub async fn file(&self, path: &str) -> Result<Media, Failure> {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
        if path.is_empty() || path.starts_with('/') || path.contains("..") || !path.chars().all(is_word) {
            return Err(media::refused("the file has a path that is no address"));
        }
        let url = Url::parse(&format!("{}{path}", self.files.expose_secret()));
        let url = url.map_err(|_| Lost::Before("the address is not whole".to_owned()).of_read())?;
        media::fetch(&self.http, url, &[]).await
    }

    /// `sendPhoto` with a picture of ours.
    pub async fn photo(&self, texts: &[(&str, String)], png: &[u8]) -> Result<Value, Trouble> {
        let texts: Vec<(&str, &str)> = texts.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let file = File { field: "photo", name: picture::NAME, mime: picture::MIME, bytes: png };
        let (kind, body) = multipart::encode(&texts, file);
        self.send("sendPhoto", &kind, body, CALL_TIMEOUT).await
    }

    async fn post(&self, method: &str, body: &Value, timeout: Duration) -> Result<Value, Trouble> {
        self.send(method, "application/json", body.to_string().into_bytes(), timeout).await
    }

    async fn send(&self, method: &str, kind: &str, body: Vec<u8>, timeout: Duration) -> Result<Value, Trouble> {
        let url = Url::parse(&format!("{}{method}", self.root.expose_secret()))
            .map_err(|_| Trouble::Lost(Lost::Before("the address is not whole".to_owned())))?;
        let content = Some((kind, body));
        let call =
            Call { method: Method::POST, url, headers: &[], content, timeout, answer_bytes_max: ANSWER_BYTES_MAX };
        let answer = self.http.call(call).await.map_err(Trouble::Lost)?;
        let envelope: Envelope =
            serde_json::from_slice(&answer.body).map_err(|_| Trouble::Strange { status: answer.status })?;
        if envelope.ok {
            return Ok(envelope.result);
        }
        Err(Trouble::Said(Refusal {
            code: envelope.error_code.unwrap_or(answer.status),
            description: envelope.description.to_lowercase(),
            retry_after_s: envelope.parameters.retry_after,
            migrate_to_chat_id: envelope.parameters.migrate_to_chat_id,
        }))
    }
}

impl Trouble {
    /// For `sendMessage`, which shows a second message when it is repeated. `is_everyones` tells
    /// whether a demand to wait concerns the whole bot.
    pub fn of_send(self, is_everyones: impl FnOnce() -> bool) -> Failure {
        match self {
            Self::Lost(lost) => lost.of_write(),
            Self::Strange { status } => Failure::Unknown { why: strange(status) },
            Self::Said(refusal) if refusal.code >= 500 => Failure::Unknown { why: refusal.why() },
            Self::Said(refusal) => {
                let scope = if refusal.code == 429 && is_everyones() { Scope::Destination } else { Scope::Row };
                refusal.failure(scope)
            }
        }
    }

    /// For calls that change nothing when they are repeated.
    pub fn of_repeatable(self) -> Failure {
        match self {
            Self::Lost(lost) => lost.of_read(),
            Self::Strange { status } => {
                Failure::Later { after: None, scope: Scope::Destination, why: strange(status) }
            }
            Self::Said(refusal) => refusal.failure(Scope::Destination),
        }
    }
}

fn strange(status: u16) -> String {
    format!("answer {status} is not the Bot API's")
}

fn is_token(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    text.split_once(':').is_some_and(|(bot, key)| {
        !bot.is_empty() && bot.chars().all(|c| c.is_ascii_digit()) && !key.is_empty() && key.chars().all(is_word)
    })
}
