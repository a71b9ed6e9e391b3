//! The one way out over HTTP: time-outs, size caps, and errors sorted by the only question that
//! matters afterwards: may the other side have done it?

use std::error::Error;
use std::sync::{Arc, Once};
use std::time::Duration;

use async_trait::async_trait;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Certificate, Client, Method, Proxy, Url, redirect};

use crate::failure::{Failure, Scope};
use crate::guard::Guard;
use crate::settings::{Settings, SettingsProblem};

/// Longest answer read unless a call says otherwise; every vendor's own answers are far smaller.
pub const ANSWER_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Why an answer is lost that has more bytes than were asked for.
pub const TOO_LONG: &str = "the answer is too long";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than the minute after which the vendors' front servers close a silent connection, so
/// that a call seldom meets a closing one.
const POOL_IDLE: Duration = Duration::from_secs(30);
const POOL_IDLE_MAX: usize = 32;

/// Another way for the same requests, without sockets: how a simulator under virtual time stands
/// between the real adapters and its doubles.
#[async_trait]
pub trait Wire: Send + Sync {
    /// Carries one request; its time-out is kept by the caller.
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost>;
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

/// One request of any kind. Body and answer are small enough to be held whole.
#[derive(Clone)]
pub struct Call<'a> {
    pub method: Method,
    pub url: Url,
    pub headers: &'a [(HeaderName, HeaderValue)],
    /// Content type and bytes; `None` sends no body.
    pub content: Option<(&'a str, Vec<u8>)>,
    /// From the first byte to the last.
    pub timeout: Duration,
    pub answer_bytes_max: usize,
}

impl Call<'_> {
    /// The bytes that go out; none for a request without a body.
    pub fn body(&self) -> &[u8] {
        self.content.as_ref().map_or(&[], |(_, bytes)| bytes)
    }
}

/// What the other side said, whatever the status.
#[derive(Debug, Default)]
pub struct Answer {
    pub status: u16,
    /// As the header says it; a guess of the other side, no more.
    pub content_type: Option<String>,
    pub location: Option<String>,
    /// Which state of a thing this is, quotes and all.
    pub etag: Option<String>,
    /// How long the other side asks us to wait, by whichever header it says so.
    pub retry_after: Option<SignedDuration>,
    /// When the other side answered, by its own clock.
    pub date: Option<Timestamp>,
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
    pub fn open(settings: &Settings<'_>, target: &Url) -> Result<Self, SettingsProblem> {
        Self::open_trusting(settings, target, &[])
    }

    /// The same, trusting also the roots of `pem`: only where a vendor's certificates come from a
    /// centre that no system knows.
    pub fn open_trusting(settings: &Settings<'_>, target: &Url, pem: &[u8]) -> Result<Self, SettingsProblem> {
        Self::open_by(settings, target, pem, None)
    }

    /// A client for addresses that come from outside: names lead only where `guard` lets them.
    pub fn open_guarded(
        settings: &Settings<'_>,
        target: &Url,
        pem: &[u8],
        guard: Guard,
    ) -> Result<Self, SettingsProblem> {
        Self::open_by(settings, target, pem, Some(guard))
    }

    #[expect(clippy::disallowed_methods, reason = "this file is the one client")]
    fn open_by(
        settings: &Settings<'_>,
        target: &Url,
        pem: &[u8],
        guard: Option<Guard>,
    ) -> Result<Self, SettingsProblem> {
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
        let mut extra = if pem.is_empty() { Vec::new() } else { certificates(settings, pem)? };
        if let Some(pem) = settings.extra_ca()? {
            extra.extend(certificates(settings, &pem)?);
        }
        // A plain loopback address needs no roots, and a machine without any must still reach it.
        builder =
            if target.scheme() == "http" { builder.tls_certs_only(extra) } else { builder.tls_certs_merge(extra) };
        if let Some(address) = settings.text("proxy")? {
            let proxy = Proxy::all(address).map_err(|_| {
                settings.problem("proxy", "Прокси записывается как http://адрес:порт или socks5h://адрес:порт")
            })?;
            builder = builder.proxy(proxy);
        }
        if let Some(guard) = guard {
            builder = builder.dns_resolver(Arc::new(guard));
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
        let content = Some(("application/json", body));
        self.call(Call { method: Method::POST, url, headers, content, timeout, answer_bytes_max: ANSWER_BYTES_MAX })
            .await
    }

    /// Makes one request.
    pub async fn call(&self, call: Call<'_>) -> Result<Answer, Lost> {
        let client = match &self.way {
            Way::Sockets(client) => client,
            Way::Wire(wire) => {
                let carried = tokio::time::timeout(call.timeout, wire.carry(&call)).await;
                return carried.unwrap_or_else(|_| Err(Lost::Perhaps("timed out".to_owned())));
            }
        };
        let mut request = client.request(call.method, call.url).timeout(call.timeout);
        let mut headers = HeaderMap::with_capacity(call.headers.len() + 1);
        if let Some((kind, body)) = call.content {
            let kind = HeaderValue::from_str(kind).map_err(|_| Lost::Before("no such content type".to_owned()))?;
            headers.insert(CONTENT_TYPE, kind);
            request = request.body(body);
        }
        headers.extend(call.headers.iter().cloned());
        let response = request.headers(headers).send().await.map_err(lost)?;
        read(response, call.answer_bytes_max).await
    }
}

async fn read(mut response: reqwest::Response, bytes_max: usize) -> Result<Answer, Lost> {
    let mut answer = Answer {
        status: response.status().as_u16(),
        content_type: text_of(response.headers(), &CONTENT_TYPE).map(str::to_owned),
        location: text_of(response.headers(), &LOCATION).map(str::to_owned),
        etag: text_of(response.headers(), &ETAG).map(str::to_owned),
        retry_after: retry_after(response.headers()),
        date: text_of(response.headers(), &DATE).and_then(moment),
        body: Vec::new(),
    };
    while let Some(chunk) = response.chunk().await.map_err(|error| Lost::Perhaps(reason(error)))? {
        if answer.body.len() + chunk.len() > bytes_max {
            return Err(Lost::Perhaps(TOO_LONG.to_owned()));
        }
        answer.body.extend_from_slice(&chunk);
    }
    Ok(answer)
}

fn text_of<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

/// `retry-after-ms` (of OpenAI), or `Retry-After` in seconds, or as a date counted from the
/// answer's own `Date`: so the clocks need not agree. A moment that has passed asks for no wait.
fn retry_after(headers: &HeaderMap) -> Option<SignedDuration> {
    let exact = text_of(headers, &HeaderName::from_static("retry-after-ms")).and_then(|text| text.parse::<u32>().ok());
    if let Some(ms) = exact {
        return Some(SignedDuration::from_millis(i64::from(ms)));
    }
    let text = text_of(headers, &RETRY_AFTER)?;
    if let Ok(s) = text.parse::<u32>() {
        return Some(SignedDuration::from_secs(i64::from(s)));
    }
    let wait = moment(text)?.duration_since(moment(text_of(headers, &DATE)?)?);
    Some(wait.max(SignedDuration::ZERO))
}

fn moment(text: &str) -> Option<Timestamp> {
    rfc2822::parse(text).ok().map(|zoned| zoned.timestamp())
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

fn certificates(settings: &Settings<'_>, pem: &[u8]) -> Result<Vec<Certificate>, SettingsProblem> {
    match Certificate::from_pem_bundle(pem) {
        Ok(list) if !list.is_empty() => Ok(list),
        _ => Err(settings.problem("extra_ca", "В файле нет сертификата в виде PEM")),
    }
}

/// Chooses ring for the whole process; a second choice, by us or by the server, changes nothing.
fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::retry_after;

    fn check(said: &[(&'static str, &'static str)], expected_ms: Option<i64>) {
        let headers: HeaderMap =
            said.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect();
        assert_eq!(retry_after(&headers), expected_ms.map(SignedDuration::from_millis), "{said:?}");
    }

    /// The dates are the examples of RFC 9110, 5.6.7 and 10.2.3.
    #[test]
    fn a_wait_is_read_however_it_is_said() {
        let at = ("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT");
        check(&[], None);
        check(&[("retry-after", "120")], Some(120_000));
        check(&[("retry-after", "7"), ("retry-after-ms", "6500")], Some(6_500));
        check(&[at, ("date", "Sun, 06 Nov 1994 08:48:37 GMT")], Some(60_000));
        check(&[at, ("date", "Fri, 31 Dec 1999 23:59:59 GMT")], Some(0));
        check(&[at], None);
        check(&[("retry-after", "-5")], None);
        check(&[("retry-after", "soon")], None);
    }
}
