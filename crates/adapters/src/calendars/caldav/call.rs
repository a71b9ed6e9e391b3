//! One request to the server, and what its refusals mean.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use reqwest::{Method, Url};

use super::multistatus::{self, Multistatus};
use crate::failure::{Failure, Scope, codes};
use crate::http::{Answer, Call, Http, Lost};

/// One answer; a report of many events is asked for in parts.
pub const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
const XML: &str = "application/xml; charset=utf-8";
const CALENDAR: &str = "text/calendar; charset=utf-8";

const DENIED: &str = "Календарь не принимает логин или пароль. Нужен пароль приложения: у Яндекса — id.yandex.ru → \
    Безопасность → Пароли приложений → «Календарь CalDAV» (новый начинает действовать через 2–3 часа), \
    в Nextcloud — Настройки → Безопасность → Устройства и сеансы. Впишите его в поле password.";
const FORBIDDEN: &str = "Календарь не даёт прав: откройте этой учётной записи доступ на изменение или выберите в поле \
    calendar другой календарь.";
const NO_CALDAV: &str = "По этому адресу нет календаря CalDAV. Проверьте поле url: у Яндекса https://caldav.yandex.ru, \
    у Nextcloud https://ваш-сервер/remote.php/dav.";
const FULL: &str = "На сервере календаря кончилось место: освободите его и повторите.";

/// The account on its server.
pub struct Talk {
    pub http: Http,
    /// `Basic …`, sensitive.
    pub authorization: HeaderValue,
    pub timeout: Duration,
}

/// A state that the resource must be in.
pub enum Only<'a> {
    New,
    /// The version as it was heard, weak or strong.
    As(&'a str),
}

impl Talk {
    pub async fn propfind(&self, url: &Url, depth: &'static str, body: String) -> Result<Answer, Lost> {
        self.call(b"PROPFIND", url, vec![depth_of(depth)], Some((XML, body))).await
    }

    /// Asks for events by what they are.
    pub async fn query(&self, url: &Url, body: String) -> Result<Answer, Lost> {
        self.call(b"REPORT", url, vec![depth_of("1")], Some((XML, body))).await
    }

    /// Asks for events by name; a depth should not be sent with it (RFC 4791, 7.9).
    pub async fn several(&self, url: &Url, body: String) -> Result<Answer, Lost> {
        self.call(b"REPORT", url, Vec::new(), Some((XML, body))).await
    }

    /// Asks what changed; there is no other depth for it (RFC 6578, 3.2).
    pub async fn sync(&self, url: &Url, body: String) -> Result<Answer, Lost> {
        self.call(b"REPORT", url, vec![depth_of("0")], Some((XML, body))).await
    }

    pub async fn get(&self, url: &Url) -> Result<Answer, Lost> {
        self.call(b"GET", url, Vec::new(), None).await
    }

    pub async fn put(&self, url: &Url, text: String, only: Only<'_>) -> Result<Answer, Lost> {
        self.call(b"PUT", url, vec![condition(only)], Some((CALENDAR, text))).await
    }

    pub async fn delete(&self, url: &Url, version: &str) -> Result<Answer, Lost> {
        self.call(b"DELETE", url, vec![condition(Only::As(version))], None).await
    }

    async fn call(
        &self,
        method: &[u8],
        url: &Url,
        headers: Vec<(HeaderName, String)>,
        content: Option<(&str, String)>,
    ) -> Result<Answer, Lost> {
        let wrong = |_| Lost::Before("a header is not ASCII".to_owned());
        let mut all = vec![(AUTHORIZATION, self.authorization.clone())];
        for (name, value) in headers {
            all.push((name, HeaderValue::from_str(&value).map_err(wrong)?));
        }
        let method = Method::from_bytes(method).map_err(|_| Lost::Before("no such method".to_owned()))?;
        self.http
            .call(Call {
                method,
                url: url.clone(),
                headers: &all,
                content: content.map(|(kind, text)| (kind, text.into_bytes())),
                timeout: self.timeout,
                answer_bytes_max: ANSWER_BYTES_MAX,
            })
            .await
    }
}

fn depth_of(depth: &str) -> (HeaderName, String) {
    (HeaderName::from_static("depth"), depth.to_owned())
}

fn condition(only: Only<'_>) -> (HeaderName, String) {
    match only {
        Only::New => (IF_NONE_MATCH, "*".to_owned()),
        Only::As(version) => (IF_MATCH, strong(version).to_owned()),
    }
}

/// The version without its mark of weakness. A weak one fits no If-Match (RFC 9110, 13.1.1), but it was mostly made weak
/// on the way, by a proxy that packs answers: the server itself knows the strong one.
pub fn strong(version: &str) -> &str {
    version.strip_prefix("W/").unwrap_or(version)
}

pub fn is_same_version(one: &str, other: &str) -> bool {
    strong(one) == strong(other)
}

/// The body of a 207; anything else is a refusal of something that only asks.
pub fn many(answer: &Answer) -> Result<Multistatus, Failure> {
    if answer.status != 207 {
        return Err(refusal(answer));
    }
    multistatus::read(&answer.body).map_err(|_| strange())
}

pub fn strange() -> Failure {
    Failure::Later { after: None, scope: Scope::Destination, why: "the calendar's answer is no WebDAV".to_owned() }
}

/// What a status means for a request that has not been carried out.
pub fn refusal(answer: &Answer) -> Failure {
    let why = format!("the calendar answered {}", answer.status);
    let later = |scope| Failure::Later { after: answer.retry_after, scope, why: why.clone() };
    let broken = |hint| Failure::Broken { why: why.clone(), hint };
    match answer.status {
        401 => broken(DENIED),
        403 => broken(FORBIDDEN),
        300..=399 | 404 | 405 | 410 | 501 => broken(NO_CALDAV),
        507 => broken(FULL),
        408 | 409 | 423 | 425 => later(Scope::Row),
        429 | 500.. => later(Scope::Destination),
        _ => Failure::Refused { code: codes::MALFORMED.to_owned(), why },
    }
}

/// The same for a write: a server that stumbled may have written first, Yandex's 504 often has.
pub fn refusal_of_write(answer: &Answer) -> Failure {
    match answer.status {
        503 | 507 => refusal(answer),
        500.. => Failure::Unknown { why: format!("the calendar answered {}", answer.status) },
        200..=299 => Failure::Unknown { why: "the calendar did not say what it has done".to_owned() },
        400 | 413 | 415 => Failure::Refused {
            code: codes::MALFORMED.to_owned(),
            why: format!("the calendar answered {} to the event", answer.status),
        },
        _ => refusal(answer),
    }
}

pub fn changed(why: &str) -> Failure {
    Failure::Refused { code: codes::CHANGED.to_owned(), why: why.to_owned() }
}
