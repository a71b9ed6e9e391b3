//! The one way out over HTTP: time-outs, size caps, and errors sorted by the only question that
//! matters afterwards: may the other side have done it?

use std::error::Error;
use std::sync::{Arc, Once};
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Certificate, Client, Proxy, Url, redirect};

use crate::failure::{Failure, Scope};
use crate::settings::{Settings, SettingsProblem};

/// Longest answer read; every vendor's own answers are far smaller.
const ANSWER_BYTES_MAX: usize = 2 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than the minute after which the vendors' front servers close a silent connection, so
/// that a call seldom meets a closing one.
const POOL_IDLE: Duration = Duration::from_secs(30);
const POOL_IDLE_MAX: usize = 32;

/// Another way for the same requests, without sockets: how a simulator under virtual time stands
/// between the real adapters and its doubles.
#[async_trait]
pub trait Wire: Send + Sync {
    async fn post(&self, url: &Url, body: &[u8]) -> Result<Answer, Lost>;
}

/// A client of one destination.
#[derive(Clone)]
pub struct Http {
    way: Way,
}

#[derive(Clone)]
enum Way {
    Sockets(Client),
    Wire(Arc<dyn Wire>),
}

/// What the other side said, whatever the status.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    /// `Retry-After` in whole seconds, where one was given so.
    pub retry_after: Option<SignedDuration>,
    pub body: Vec<u8>,
}

/// There was no whole answer. The text holds neither address nor secret.
#[derive(Debug)]
pub enum Lost {
    /// Nothing left us.
    Before(String),
    /// The request went out, wholly or in part.
    Perhaps(String),
}

impl Lost {
    /// For a call that changes something over there.
    pub fn of_write(self) -> Failure {
        match self {
            Self::Before(why) => Failure::Later { after: None, scope: Scope::Destination, why },
            Self::Perhaps(why) => Failure::Unknown { why },
        }
    }

    /// For a call that only asks, or that may be made twice without harm.
    pub fn of_read(self) -> Failure {
        match self {
            Self::Before(why) => Failure::Later { after: None, scope: Scope::Destination, why },
            Self::Perhaps(why) => Failure::Later { after: None, scope: Scope::Row, why },
        }
    }
}

impl Http {
    /// Opens a client for `target`, with the entry's own `proxy` and `extra_ca`, where the kind has
    /// such fields. Redirects are never followed; the environment's proxies are not looked at.
    #[expect(clippy::disallowed_methods, reason = "this file is the one client")]
    pub fn open(settings: &Settings<'_>, target: &Url) -> Result<Self, SettingsProblem> {
        if let Some(wire) = settings.wire() {
            return Ok(Self { way: Way::Wire(wire) });
        }
        install_tls();
        let mut builder = Client::builder()
            .user_agent(concat!("nochnik/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(POOL_IDLE)
            .pool_max_idle_per_host(POOL_IDLE_MAX)
            .tcp_nodelay(true)
            .no_proxy();
        let extra = match settings.text("extra_ca")? {
            Some(path) => certificates(settings, path)?,
            None => Vec::new(),
        };
        // A plain loopback address needs no roots, and a machine without any must still reach it.
        builder =
            if target.scheme() == "http" { builder.tls_certs_only(extra) } else { builder.tls_certs_merge(extra) };
        if let Some(address) = settings.text("proxy")? {
            let proxy = Proxy::all(address).map_err(|_| {
                settings.problem("proxy", "Прокси записывается как http://адрес:порт или socks5h://адрес:порт")
            })?;
            builder = builder.proxy(proxy);
        }
        let client = builder.build().map_err(|_| {
            settings
                .problem("extra_ca", "Не удалось собрать список корневых сертификатов: проверьте пакет ca-certificates")
        })?;
        Ok(Self { way: Way::Sockets(client) })
    }

    /// Posts JSON and reads the answer whole, within `timeout` from first to last byte.
    pub async fn post_json(
        &self,
        url: Url,
        body: Vec<u8>,
        headers: &[(HeaderName, HeaderValue)],
        timeout: Duration,
    ) -> Result<Answer, Lost> {
        let client = match &self.way {
            Way::Sockets(client) => client,
            Way::Wire(wire) => {
                let posted = tokio::time::timeout(timeout, wire.post(&url, &body)).await;
                return posted.unwrap_or_else(|_| Err(Lost::Perhaps("timed out".to_owned())));
            }
        };
        let mut all = HeaderMap::with_capacity(headers.len() + 1);
        all.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        all.extend(headers.iter().cloned());
        let response = client.post(url).headers(all).body(body).timeout(timeout).send().await.map_err(lost)?;
        read(response).await
    }
}

async fn read(mut response: reqwest::Response) -> Result<Answer, Lost> {
    let text_of = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let mut answer = Answer {
        status: response.status().as_u16(),
        location: text_of(LOCATION).map(str::to_owned),
        retry_after: text_of(RETRY_AFTER).and_then(|text| text.parse().ok()).map(SignedDuration::from_secs),
        body: Vec::new(),
    };
    while let Some(chunk) = response.chunk().await.map_err(|error| Lost::Perhaps(reason(error)))? {
        if answer.body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Lost::Perhaps("the answer is too long".to_owned()));
        }
        answer.body.extend_from_slice(&chunk);
    }
    Ok(answer)
}

fn lost(error: reqwest::Error) -> Lost {
    if error.is_connect() || error.is_builder() { Lost::Before(reason(error)) } else { Lost::Perhaps(reason(error)) }
}

/// The error and its causes in one line, without the address: there the tokens stand.
fn reason(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn certificates(settings: &Settings<'_>, path: &str) -> Result<Vec<Certificate>, SettingsProblem> {
    let pem = std::fs::read(path)
        .map_err(|_| settings.problem("extra_ca", "Файл сертификата не читается: проверьте путь и права"))?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(list) if !list.is_empty() => Ok(list),
        _ => Err(settings.problem("extra_ca", "В файле нет сертификата в виде PEM")),
    }
}

/// Chooses ring for the whole process; a second choice, by us or by the server, changes nothing.
fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}
