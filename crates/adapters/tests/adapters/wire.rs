//! A line to a double or to a scripted answer: no socket, and the other end sees every request.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_doubles::Outcome;
use reqwest::Url;
use serde_json::Value;

/// What the other end does with one request.
pub enum Reply {
    Says(Answer),
    /// The connection could not be made.
    Unreachable,
    /// The connection closed without an answer.
    Drops,
    /// Nothing ever comes.
    Hangs,
}

impl Reply {
    pub fn says(status: u16, body: &Value) -> Self {
        Self::Says(Answer { status, body: body.to_string().into_bytes(), ..Answer::default() })
    }

    pub fn page(status: u16) -> Self {
        let body = b"<html><body>nginx</body></html>".to_vec();
        Self::Says(Answer { status, body, ..Answer::default() })
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self::Says(Answer { status, ..Answer::default() })
    }

    /// The portal or server has moved.
    pub fn moved(location: &str) -> Self {
        Self::Says(Answer { status: 302, location: Some(location.to_owned()), ..Answer::default() })
    }
}

impl From<Outcome> for Reply {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Answered(answer) | Outcome::Late { answer, .. } => match &answer.body {
                Value::String(_) => Self::page(answer.status),
                json => Self::says(answer.status, json),
            },
            Outcome::Lost => Self::Drops,
            Outcome::Hung => Self::Hangs,
        }
    }
}

type Respond = dyn Fn(&Heard) -> Reply + Send + Sync;

/// The line itself; clones share what was heard.
#[derive(Clone)]
pub struct Line {
    respond: Arc<Respond>,
    heard: Arc<Mutex<Vec<Heard>>>,
}

/// A request as it came off the line.
#[derive(Clone, Debug)]
pub struct Heard {
    pub method: String,
    pub url: Url,
    /// Names are lower-case.
    pub headers: BTreeMap<String, String>,
    /// A text where it is not JSON, null where there is none.
    pub body: Value,
}

impl Line {
    pub fn to(respond: impl Fn(&Url, &Value) -> Reply + Send + Sync + 'static) -> Self {
        Self::to_whole(move |heard| respond(&heard.url, &heard.body))
    }

    /// For an other end that looks at verb and headers too.
    pub fn to_whole(respond: impl Fn(&Heard) -> Reply + Send + Sync + 'static) -> Self {
        Self { respond: Arc::new(respond), heard: Arc::default() }
    }

    /// Takes out the requests since the last time: address and body, which is a text where it is not JSON.
    pub fn heard(&self) -> Vec<(Url, Value)> {
        self.heard_whole().into_iter().map(|heard| (heard.url, heard.body)).collect()
    }

    pub fn heard_whole(&self) -> Vec<Heard> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }

    pub fn wire(&self) -> Option<Arc<dyn Wire>> {
        Some(Arc::new(self.clone()))
    }
}

fn headers_of(call: &Call<'_>) -> BTreeMap<String, String> {
    let kind = call.content.as_ref().map(|(kind, _)| ("content-type".to_owned(), (*kind).to_owned()));
    let headers = call.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    headers.chain(kind).collect()
}

fn body_of(body: &[u8]) -> Value {
    let text = || Value::String(String::from_utf8_lossy(body).into_owned());
    if body.is_empty() { Value::Null } else { serde_json::from_slice(body).unwrap_or_else(|_| text()) }
}

#[async_trait]
impl Wire for Line {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        let heard = Heard {
            method: call.method.to_string(),
            url: call.url.clone(),
            headers: headers_of(call),
            body: body_of(call.body()),
        };
        self.heard.lock().unwrap().push(heard.clone());
        match (self.respond)(&heard) {
            Reply::Says(answer) => Ok(answer),
            Reply::Unreachable => Err(Lost::Before("refused".to_owned())),
            Reply::Drops => Err(Lost::Perhaps("the connection closed".to_owned())),
            Reply::Hangs => std::future::pending().await,
        }
    }
}
