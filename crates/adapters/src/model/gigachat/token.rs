//! The access token: half an hour of life, bought with the key of the cabinet.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::super::chat::{ANSWER_BYTES_MAX, TIMEOUT};
use super::super::fields::secret_value;
use super::super::refusal;
use crate::failure::{Failure, Scope};
use crate::http::{Answer, Call, Http, Lost};

/// A token is renewed this long before its end: an ask under way must not meet it.
const RESERVE: SignedDuration = SignedDuration::from_secs(60);
/// How long a token lives when the answer does not say.
const LIFE: SignedDuration = SignedDuration::from_mins(30);
/// Moments above are in milliseconds, below in seconds: the vendor's papers disagree.
const SECONDS_MAX: i64 = 1_000_000_000_000;

/// Gives out the token of one account and renews it, one renewal at a time.
pub struct Tokens {
    pub http: Http,
    pub url: Url,
    /// `Basic …`, sensitive.
    pub key: HeaderValue,
    pub scope: &'static str,
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    pub held: Mutex<Option<Held>>,
}

pub struct Held {
    bearer: HeaderValue,
    renew_at: Timestamp,
}

impl Tokens {
    /// `Bearer …`, fresh for a minute at least.
    pub async fn bearer(&self) -> Result<HeaderValue, Failure> {
        let mut held = self.held.lock().await;
        if let Some(held) = held.as_ref().filter(|held| (self.now)() < held.renew_at) {
            return Ok(held.bearer.clone());
        }
        let renewed = self.renew().await?;
        Ok(held.insert(renewed).bearer.clone())
    }

    /// Drops a token that was refused before its time; one renewed meanwhile stays.
    pub async fn forget(&self, refused: &HeaderValue) {
        let mut held = self.held.lock().await;
        if held.as_ref().is_some_and(|held| held.bearer == *refused) {
            *held = None;
        }
    }

    async fn renew(&self) -> Result<Held, Failure> {
        let id = HeaderValue::from_str(&Uuid::new_v4().to_string()).expect("a UUID is ASCII");
        let headers = [
            (AUTHORIZATION, self.key.clone()),
            (ACCEPT, HeaderValue::from_static("application/json")),
            (HeaderName::from_static("rquid"), id),
        ];
        let call = Call {
            method: Method::POST,
            url: self.url.clone(),
            headers: &headers,
            content: Some(("application/x-www-form-urlencoded", format!("scope={}", self.scope).into_bytes())),
            timeout: TIMEOUT,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        let answer = self.http.call(call).await.map_err(Lost::of_read)?;
        read(&answer, (self.now)())
    }
}

fn read(answer: &Answer, now: Timestamp) -> Result<Held, Failure> {
    match answer.status {
        200 => {}
        400 => {
            return Err(Failure::Broken {
                why: "GigaChat gives no token: 400".to_owned(),
                hint: "ГигаЧат не выдаёт доступ: ключ от другой версии API. Сверьте поле «scope» с кабинетом разработчика.",
            });
        }
        status => return Err(refusal::failure(status, &answer.body, answer.retry_after)),
    }
    let strange = || Failure::Later {
        after: None,
        scope: Scope::Destination,
        why: "GigaChat answered 200 without a token".to_owned(),
    };
    let body: Value = serde_json::from_slice(&answer.body).map_err(|_| strange())?;
    let first = |names: [&str; 2]| names.into_iter().map(|name| &body[name]).find(|value| !value.is_null());
    let token = first(["access_token", "tok"]).and_then(Value::as_str).filter(|token| !token.is_empty());
    let bearer = token.and_then(|token| secret_value(&format!("Bearer {token}"))).ok_or_else(strange)?;
    let ends_at = first(["expires_at", "exp"]).and_then(Value::as_i64).and_then(moment);
    let ends_at = ends_at.or_else(|| now.checked_add(LIFE).ok()).ok_or_else(strange)?;
    let renew_at = ends_at.checked_sub(RESERVE).map_err(|_| strange())?;
    Ok(Held { bearer, renew_at })
}

fn moment(number: i64) -> Option<Timestamp> {
    let read = if number > SECONDS_MAX { Timestamp::from_millisecond } else { Timestamp::from_second };
    read(number).ok()
}
