//! The access token: an hour of life, got for a signed assertion or for the owner's consent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Method, Url};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::sync::Mutex;

use super::account::Account;
use super::call::TIMEOUT;
use crate::failure::{Failure, Scope};
use crate::form;
use crate::http::{Answer, Call, Http, Lost};

/// A token is renewed this long before its end, as the vendor's own library does.
const RESERVE: SignedDuration = SignedDuration::from_secs(3 * 60 + 45);
/// How long a token lives when the answer does not say, and the longest that is believed.
const LIFE_S: i64 = 3_599;
const ANSWER_BYTES_MAX: usize = 64 * 1024;
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// From here on a wrong clock may be why an assertion is refused.
const SKEW_MIN: SignedDuration = SignedDuration::from_mins(1);

const ROBOT: &str = "Google не принимает ключ робота: он удалён или отозван. Создайте новый ключ (Google Cloud → IAM → \
                     Сервисные аккаунты → Ключи → JSON) и подключите календарь заново.";
const CONSENT: &str = "Google больше не пускает в календарь: доступ отозван или устарел. Подключите календарь заново: \
                       владелец ещё раз разрешает доступ, и новый refresh_token встаёт в настройки.";
const CLIENT: &str = "Google не узнаёт приложение. Проверьте client_id и client_secret в настройках календаря: Google \
                      Cloud → API и сервисы → Учётные данные.";
const POLICY: &str = "Google не разрешает этот доступ. Проверьте в Google Cloud, что робот или приложение не отключены, а \
                      администратор домена не запретил доступ к календарям.";
const ADDRESS: &str = "По адресу выдачи доступа отвечает не Google. Проверьте поля token_url и proxy в настройках \
                       календаря.";

/// Gives out the token of one account and renews it, one renewal at a time.
pub struct Tokens {
    http: Http,
    url: Url,
    account: Account,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    held: Mutex<Held>,
    /// Renewals that have ended, well or not.
    ended: AtomicU64,
}

#[derive(Default)]
struct Held {
    token: Option<Token>,
    /// How the last renewal failed, for those who waited for it.
    failure: Option<Failure>,
}

struct Token {
    bearer: HeaderValue,
    renew_at: Timestamp,
}

impl Tokens {
    pub fn new(http: Http, url: Url, account: Account, now: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        Self { http, url, account, now, held: Mutex::default(), ended: AtomicU64::new(0) }
    }

    pub fn account(&self) -> &Account {
        &self.account
    }

    /// `Bearer …`. Whoever waited while another renewed shares what that came to, also when it failed: a key that is
    /// refused is not shown again by everybody in the queue.
    pub async fn bearer(&self) -> Result<HeaderValue, Failure> {
        let seen = self.ended.load(Ordering::Acquire);
        let mut held = self.held.lock().await;
        if let Some(token) = held.token.as_ref().filter(|token| (self.now)() < token.renew_at) {
            return Ok(token.bearer.clone());
        }
        if let Some(failure) = held.failure.as_ref().filter(|_| self.ended.load(Ordering::Acquire) != seen) {
            return Err(failure.clone());
        }
        let renewed = self.renew().await;
        self.ended.fetch_add(1, Ordering::Release);
        held.failure = renewed.as_ref().err().cloned();
        Ok(held.token.insert(renewed?).bearer.clone())
    }

    /// Drops a token that was refused before its time; one renewed meanwhile stays.
    pub async fn forget(&self, refused: &HeaderValue) {
        let mut held = self.held.lock().await;
        if held.token.as_ref().is_some_and(|token| token.bearer == *refused) {
            held.token = None;
        }
    }

    async fn renew(&self) -> Result<Token, Failure> {
        let now = (self.now)();
        let call = Call {
            method: Method::POST,
            url: self.url.clone(),
            headers: &[(ACCEPT, HeaderValue::from_static("application/json"))],
            content: Some((form::CONTENT_TYPE, self.request(now)?.into_bytes())),
            timeout: TIMEOUT,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        let answer = self.http.call(call).await.map_err(Lost::of_read)?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        match answer.status {
            200 => read(&body, now).ok_or_else(strange),
            _ => Err(self.refusal(&answer, &body)),
        }
    }

    fn request(&self, now: Timestamp) -> Result<String, Failure> {
        Ok(match &self.account {
            Account::Robot(robot) => {
                let mute = || Failure::Broken { why: "the robot's key does not sign".to_owned(), hint: ROBOT };
                form::encode(&[("grant_type", GRANT), ("assertion", &robot.assertion(now).ok_or_else(mute)?)])
            }
            Account::Owner(owner) => form::encode(&[
                ("grant_type", "refresh_token"),
                ("client_id", &owner.client_id),
                ("client_secret", owner.client_secret.expose_secret()),
                ("refresh_token", owner.refresh_token.expose_secret()),
            ]),
        })
    }

    /// The vendor's words are looked at and not repeated. Source: RFC 6749, 5.2; the contract sheet, 1.1.
    fn refusal(&self, answer: &Answer, body: &Value) -> Failure {
        let status = answer.status;
        let broken = |hint| Failure::Broken { why: format!("Google gives no token: {status}"), hint };
        match (status, body["error"].as_str()) {
            (408 | 429 | 500.., _) => Failure::Later {
                after: answer.retry_after,
                scope: Scope::Destination,
                why: format!("Google gives no token now: {status}"),
            },
            (_, Some("invalid_grant")) => match (&self.account, answer.date) {
                (Account::Robot(_), Some(theirs)) => {
                    skewed((self.now)().duration_since(theirs)).unwrap_or_else(|| broken(ROBOT))
                }
                (Account::Robot(_), None) => broken(ROBOT),
                (Account::Owner(_), _) => broken(CONSENT),
            },
            (_, Some("invalid_client" | "unauthorized_client")) => match &self.account {
                Account::Robot(_) => broken(ROBOT),
                Account::Owner(_) => broken(CLIENT),
            },
            (_, Some(_)) => broken(POLICY),
            (_, None) => broken(ADDRESS),
        }
    }
}

/// A refusal that a wrong clock explains; `ahead` is how far ours runs before Google's.
fn skewed(ahead: SignedDuration) -> Option<Failure> {
    const FAST: [&str; 3] = [
        "Часы этого компьютера спешат на минуты, и Google не верит подписи. Включите синхронизацию времени (NTP).",
        "Часы этого компьютера спешат на часы, и Google не верит подписи. Включите синхронизацию времени (NTP).",
        "Часы этого компьютера спешат больше чем на сутки, и Google не верит подписи. Включите синхронизацию времени (NTP).",
    ];
    const SLOW: [&str; 3] = [
        "Часы этого компьютера отстают на минуты, и Google не верит подписи. Включите синхронизацию времени (NTP).",
        "Часы этого компьютера отстают на часы, и Google не верит подписи. Включите синхронизацию времени (NTP).",
        "Часы этого компьютера отстают больше чем на сутки, и Google не верит подписи. Включите синхронизацию времени (NTP).",
    ];
    if ahead.abs() < SKEW_MIN {
        return None;
    }
    let size = match ahead.abs().as_secs() {
        ..3_600 => 0,
        3_600..86_400 => 1,
        _ => 2,
    };
    let hint = if ahead.is_positive() { FAST[size] } else { SLOW[size] };
    Some(Failure::Broken {
        why: format!("Google gives no token: the clock here is {} s ahead of its own", ahead.as_secs()),
        hint,
    })
}

fn strange() -> Failure {
    let why = "Google answered 200 without a token".to_owned();
    Failure::Later { after: None, scope: Scope::Destination, why }
}

fn read(body: &Value, now: Timestamp) -> Option<Token> {
    let token = body["access_token"].as_str().filter(|token| !token.is_empty())?;
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    bearer.set_sensitive(true);
    let life_s = body["expires_in"].as_i64().unwrap_or(LIFE_S).clamp(0, LIFE_S);
    let renew_at = now.checked_add(SignedDuration::from_secs(life_s) - RESERVE).ok()?;
    Some(Token { bearer, renew_at })
}
