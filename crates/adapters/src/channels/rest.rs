//! One call of a vendor that speaks JSON over HTTP. Addresses are never shown: tokens may stand there.

use std::time::Duration;

use jiff::SignedDuration;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;

use crate::failure::{Failure, Scope};
use crate::form;
use crate::http::{ANSWER_BYTES_MAX, Answer, Call, Http, Lost};

const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// The door to one vendor.
pub struct Rest {
    http: Http,
    base: Url,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// One request, made with the verb's own constructor.
pub struct Request<'a> {
    method: Method,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    content: Option<(&'static str, Vec<u8>)>,
    timeout: Duration,
}

impl<'a> Request<'a> {
    pub fn get(path: &'a str, query: &'a [(&'a str, &'a str)]) -> Self {
        Self { method: Method::GET, path, query, content: None, timeout: CALL_TIMEOUT }
    }

    pub fn delete(path: &'a str, query: &'a [(&'a str, &'a str)]) -> Self {
        Self { method: Method::DELETE, ..Self::get(path, query) }
    }

    pub fn post(path: &'a str, query: &'a [(&'a str, &'a str)], body: &Value) -> Self {
        let content = Some(("application/json", body.to_string().into_bytes()));
        Self { method: Method::POST, content, ..Self::get(path, query) }
    }

    pub fn put(path: &'a str, query: &'a [(&'a str, &'a str)], body: &Value) -> Self {
        Self { method: Method::PUT, ..Self::post(path, query, body) }
    }

    /// Everything in the address, nothing in the body.
    pub fn post_empty(path: &'a str, query: &'a [(&'a str, &'a str)]) -> Self {
        Self { method: Method::POST, ..Self::get(path, query) }
    }

    pub fn form(path: &'a str, pairs: &[(&str, &str)]) -> Self {
        let content = Some((form::CONTENT_TYPE, form::encode(pairs).into_bytes()));
        Self { method: Method::POST, content, ..Self::get(path, &[]) }
    }

    pub fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }
}

/// Why a call has no result.
#[derive(Debug)]
pub enum Trouble {
    Lost(Lost),
    /// An answer that is not the vendor's own.
    Strange {
        status: u16,
    },
    /// The vendor's own refusal.
    Said(Refusal),
}

/// A refusal in the vendor's words.
#[derive(Debug)]
pub struct Refusal {
    pub status: u16,
    pub retry_after: Option<SignedDuration>,
    pub body: Value,
}

impl Rest {
    pub fn new(http: Http, base: Url, headers: Vec<(HeaderName, HeaderValue)>) -> Self {
        Self { http, base, headers }
    }

    /// The JSON of an answer with a 2xx status.
    pub async fn call(&self, request: Request<'_>) -> Result<Value, Trouble> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{}", self.base.path().trim_end_matches('/'), request.path));
        if !request.query.is_empty() {
            url.set_query(Some(&form::encode(request.query)));
        }
        let Request { method, content, timeout, .. } = request;
        let headers = self.headers.as_slice();
        let call = Call { method, url, headers, content, timeout, answer_bytes_max: ANSWER_BYTES_MAX };
        said(self.http.call(call).await.map_err(Trouble::Lost)?)
    }

    /// The JSON at an address that the vendor gave; our headers do not go there.
    pub async fn fetch(&self, url: Url, timeout: Duration) -> Result<Value, Trouble> {
        let (method, answer_bytes_max) = (Method::GET, ANSWER_BYTES_MAX);
        let call = Call { method, url, headers: &[], content: None, timeout, answer_bytes_max };
        said(self.http.call(call).await.map_err(Trouble::Lost)?)
    }
}

fn said(answer: Answer) -> Result<Value, Trouble> {
    let Answer { status, retry_after, .. } = answer;
    match serde_json::from_slice(&answer.body) {
        Ok(body @ (Value::Object(_) | Value::Array(_))) if (200..300).contains(&status) => Ok(body),
        Ok(body @ Value::Object(_)) => Err(Trouble::Said(Refusal { status, retry_after, body })),
        _ => Err(Trouble::Strange { status }),
    }
}

impl Trouble {
    /// For a call that shows something new each time it is made; `refused` reads the vendor's words.
    pub fn of_send(self, refused: impl FnOnce(Refusal) -> Failure) -> Failure {
        match self {
            Self::Lost(lost) => lost.of_write(),
            Self::Strange { status } => Failure::Unknown { why: strange(status) },
            Self::Said(refusal) => refused(refusal),
        }
    }

    /// For a call that changes nothing when it is made again.
    pub fn of_repeatable(self, refused: impl FnOnce(Refusal) -> Failure) -> Failure {
        match self {
            Self::Lost(lost) => lost.of_read(),
            Self::Strange { status } => Failure::Later { after: None, scope: Scope::Destination, why: strange(status) },
            Self::Said(refusal) => refused(refusal),
        }
    }
}

fn strange(status: u16) -> String {
    format!("answer {status} is not the vendor's")
}
