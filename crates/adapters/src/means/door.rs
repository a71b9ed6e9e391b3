//! One call of a vendor's HTTP API, and what an answer that is not the vendor's own means.

use std::time::Duration;

use jiff::SignedDuration;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;

use super::fields;
use crate::failure::{Failure, Scope};
use crate::form;
use crate::http::{Answer, Call, Http, Lost};
use crate::settings::{Settings, SettingsProblem};

const TIMEOUT: Duration = Duration::from_secs(25);
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Whether a call sends something to a person.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Care {
    Asks,
    Sends,
    /// Sends, and by the vendor's contract a server that failed (5xx) has sent nothing.
    SendsOrFails,
}

/// Where the owner mends what is wrong.
#[derive(Clone, Copy)]
pub struct Hints {
    pub key: &'static str,
    pub money: &'static str,
    pub address: &'static str,
}

pub struct Door {
    http: Http,
    /// Ends with a slash.
    base: Url,
    hints: Hints,
}

impl Door {
    /// `default` is the vendor's address, with a slash at its end.
    pub fn open(settings: &Settings<'_>, default: &str, hints: Hints) -> Result<Self, SettingsProblem> {
        let mut base = settings.url("base_url", default)?;
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        Ok(Self { http: Http::open(settings, &base)?, base, hints })
    }

    /// `means:kind:host:port:account`, the account not to be read from it.
    pub fn destination(&self, kind: &str, account: &str) -> String {
        let host = self.base.host_str().unwrap_or_default();
        let port = self.base.port_or_known_default().unwrap_or_default();
        format!("means:{kind}:{host}:{port}:{}", fields::fingerprint(account))
    }

    /// Posts a form; a JSON object of status 200 is the vendor's answer, whatever it says.
    pub async fn form(&self, path: &str, pairs: &[(&str, &str)], care: Care) -> Result<Value, Failure> {
        let content = (form::CONTENT_TYPE, form::encode(pairs).into_bytes());
        self.call(self.address(path)?, &[], content, care).await
    }

    /// Posts with everything in the address and an empty body.
    pub async fn query(&self, path: &str, pairs: &[(&str, &str)], care: Care) -> Result<Value, Failure> {
        let mut url = self.address(path)?;
        url.set_query(Some(&form::encode(pairs)));
        self.call(url, &[], (form::CONTENT_TYPE, Vec::new()), care).await
    }

    pub async fn json(
        &self,
        path: &str,
        body: &Value,
        authorization: &HeaderValue,
        care: Care,
    ) -> Result<Value, Failure> {
        let headers = [(reqwest::header::AUTHORIZATION, authorization.clone())];
        let content = ("application/json", body.to_string().into_bytes());
        self.call(self.address(path)?, &headers, content, care).await
    }

    pub fn key_problem(&self, why: String) -> Failure {
        Failure::Broken { why, hint: self.hints.key }
    }

    pub fn money_problem(&self, why: String) -> Failure {
        Failure::Broken { why, hint: self.hints.money }
    }

    async fn call(
        &self,
        url: Url,
        headers: &[(HeaderName, HeaderValue)],
        content: (&'static str, Vec<u8>),
        care: Care,
    ) -> Result<Value, Failure> {
        let call = Call {
            method: Method::POST,
            url,
            headers,
            content: Some(content),
            timeout: TIMEOUT,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        let answer = self.http.call(call).await;
        let answer = answer.map_err(if care == Care::Asks { Lost::of_read } else { Lost::of_write })?;
        match serde_json::from_slice(&answer.body) {
            Ok(said @ Value::Object(_)) if answer.status == 200 => Ok(said),
            said => Err(self.failure(&answer, said.is_ok(), care)),
        }
    }

    /// `is_json`: the service itself has spoken, not a server before it.
    fn failure(&self, answer: &Answer, is_json: bool, care: Care) -> Failure {
        let why = format!("the answer was {}", answer.status);
        match answer.status {
            401 | 403 => self.key_problem(why),
            402 => self.money_problem(why),
            300..=399 | 404 | 405 => Failure::Broken { why, hint: self.hints.address },
            429 | 503 => {
                Failure::Later { after: answer.retry_after.map(at_most_an_hour), scope: Scope::Destination, why }
            }
            // The server before theirs lost patience, while theirs may have gone on.
            504 => strange(why, care),
            500.. if care == Care::SendsOrFails => Failure::Later { after: None, scope: Scope::Destination, why },
            400 | 413 | 422 if is_json => fields::refused(crate::failure::codes::MALFORMED, &why),
            _ => strange(why, care),
        }
    }

    fn address(&self, path: &str) -> Result<Url, Failure> {
        let hint = self.hints.address;
        self.base.join(path).map_err(|_| Failure::Broken { why: "the address is not whole".to_owned(), hint })
    }
}

/// For an answer that we do not understand.
pub fn strange(why: String, care: Care) -> Failure {
    match care {
        Care::Sends | Care::SendsOrFails => Failure::Unknown { why },
        Care::Asks => Failure::Later { after: None, scope: Scope::Destination, why },
    }
}

fn at_most_an_hour(wait: SignedDuration) -> SignedDuration {
    wait.min(SignedDuration::from_hours(1))
}
