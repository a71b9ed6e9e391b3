//! `POST /chat/completions` and `GET /models`, the two calls that every vendor here has.

use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;

use super::answer::{self, Reading};
use super::schema;
use crate::failure::{Failure, codes};
use crate::http::{Answer, Call, Http, Lost};
use crate::ports::{Asked, Prompt};
use crate::settings::{Settings, SettingsProblem};

/// A whole answer is a few kilobytes.
pub const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// The last resort: whoever asks has a bound of its own, far shorter.
pub const TIMEOUT: Duration = Duration::from_secs(60);
const NAME_CHARS: std::ops::RangeInclusive<usize> = 1..=64;

/// One server and the headers that go with every call.
pub struct Chat {
    http: Http,
    base: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// What is asked of a server.
#[derive(Clone, Copy)]
pub enum Wanted<'a> {
    /// The body as it shall leave.
    Completion(&'a str),
    Models,
}

/// How one call ended, and whether anything of it left us.
pub struct Exchange {
    pub answer: Result<Answer, Failure>,
    pub has_left: bool,
}

impl Exchange {
    pub fn unsent(failure: Failure) -> Self {
        Self { answer: Err(failure), has_left: false }
    }
}

impl Chat {
    pub fn open(
        settings: &Settings<'_>,
        base: &Url,
        headers: Vec<(HeaderName, HeaderValue)>,
    ) -> Result<Self, SettingsProblem> {
        let http = Http::open(settings, base)?;
        Ok(Self { http, base: base.as_str().trim_end_matches('/').to_owned(), headers })
    }

    pub async fn send(&self, authorization: Option<&HeaderValue>, wanted: Wanted<'_>) -> Exchange {
        let (method, path, content) = match wanted {
            Wanted::Completion(body) => {
                (Method::POST, "chat/completions", Some(("application/json", body.as_bytes().to_vec())))
            }
            Wanted::Models => (Method::GET, "models", None),
        };
        let Ok(url) = Url::parse(&format!("{}/{path}", self.base)) else {
            return Exchange::unsent(Lost::Before("the address is not whole".to_owned()).of_read());
        };
        let mut headers = self.headers.clone();
        headers.extend(authorization.map(|value| (reqwest::header::AUTHORIZATION, value.clone())));
        let call =
            Call { method, url, headers: &headers, content, timeout: TIMEOUT, answer_bytes_max: ANSWER_BYTES_MAX };
        let answer = self.http.call(call).await;
        let has_left = !matches!(answer, Err(Lost::Before(_)));
        Exchange { answer: answer.map_err(Lost::of_read), has_left }
    }
}

/// Refuses a prompt that no server would understand: our own mistake, found before anything leaves.
pub fn check_prompt(prompt: &Prompt) -> Result<(), Failure> {
    let malformed = |why: String| Failure::Refused { code: codes::MALFORMED.to_owned(), why };
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !NAME_CHARS.contains(&prompt.schema_name.len()) || !prompt.schema_name.chars().all(is_word) {
        return Err(malformed("the schema's name is not 1 to 64 of A-Za-z0-9_-".to_owned()));
    }
    schema::check(&prompt.schema).map_err(|why| malformed(format!("the schema: {why}")))
}

/// Sums up an exchange that began with `body`.
pub fn asked(exchange: Exchange, body: String, reading: Reading, schema: &Value) -> Asked {
    let sent = if exchange.has_left { body } else { String::new() };
    match exchange.answer {
        Ok(answer) => {
            let read = answer::read(&answer, reading, schema);
            Asked { done: read.done, sent, tokens: read.tokens }
        }
        Err(failure) => Asked { done: Err(failure), sent, tokens: None },
    }
}

/// Nothing left.
pub fn unsent(failure: Failure) -> Asked {
    Asked { done: Err(failure), sent: String::new(), tokens: None }
}
