//! What a refusal means for us. Source: table 1.6 of the contract sheet and the vendor's page on errors, 2026-11-22.
//!
//! The vendor's own words may quote what was sent: only the one-word reason is repeated.

use jiff::SignedDuration;
use serde_json::Value;

use super::call::Said;
use crate::failure::{Failure, Scope, codes};

const KEY: &str = "Google не принимает доступ к календарю. Подключите календарь заново: новый ключ робота или новое \
                   разрешение владельца.";
const SHARE: &str = "Календарь не найден или не открыт роботу. Google Календарь → ваш календарь → «Настройки и общий \
                     доступ» → «Доступ для пользователей» → добавьте адрес робота с правом «Вносить изменения в \
                     мероприятия» и сверьте идентификатор календаря.";
/// Also for a check that finds it out before the first write.
pub const RIGHTS: &str = "Нет права менять события. Google Календарь → ваш календарь → «Настройки и общий доступ» → \
                          «Доступ для пользователей» → для адреса робота выберите «Вносить изменения в мероприятия».";
const CONSENT: &str = "Разрешение владельца не даёт менять события. Подключите календарь заново и отметьте доступ к \
                       мероприятиям.";
const SWITCH: &str = "В проекте Google Cloud не включён календарь. API и сервисы → Библиотека → Google Calendar API → \
                      «Включить».";
const ADDRESS: &str = "По адресу календаря отвечает не Google. Проверьте поля base_url и proxy в настройках; из России \
                       может понадобиться прокси.";
/// How long a calendar is left alone that has had too much written into it, where Google names no time.
const QUOTA_PAUSE: SignedDuration = SignedDuration::from_hours(2);
const REASON_BYTES_MAX: usize = 60;

impl Said {
    /// Whether an error of Google's names this reason.
    pub fn has_reason(&self, word: &str) -> bool {
        self.reasons().any(|reason| reason == word)
    }

    /// Whether an error of Google's concerns this parameter.
    pub fn is_about(&self, parameter: &str) -> bool {
        self.errors().any(|error| error["location"] == parameter)
    }

    /// An error in Google's own shape: pages of proxies have none.
    pub fn is_googles(&self) -> bool {
        self.body["error"].is_object()
    }

    /// The event is not there, or not any more.
    pub fn is_gone(&self) -> bool {
        self.is_googles() && matches!(self.status, 404 | 410)
    }

    fn errors(&self) -> impl Iterator<Item = &Value> {
        let lists = [&self.body["error"]["errors"], &self.body["error"]["details"]];
        lists.into_iter().filter_map(Value::as_array).flatten()
    }

    fn reasons(&self) -> impl Iterator<Item = &str> {
        self.errors().filter_map(|error| error["reason"].as_str())
    }

    /// For a call that changes nothing.
    pub fn refusal_of_read(&self) -> Failure {
        match self.status {
            200..=299 | 500.. => Failure::Later { after: self.retry_after, scope: Scope::Destination, why: self.why() },
            _ => self.refusal(),
        }
    }

    /// For a call that may have done its work when the server failed afterwards.
    pub fn refusal_of_write(&self) -> Failure {
        match self.status {
            200..=299 | 500.. => Failure::Unknown { why: self.why() },
            _ => self.refusal(),
        }
    }

    fn refusal(&self) -> Failure {
        let later = |after, scope| Failure::Later { after, scope, why: self.why() };
        let broken = |hint| Failure::Broken { why: self.why(), hint };
        match self.status {
            401 => broken(KEY),
            403 if !self.is_googles() => broken(ADDRESS),
            403 if self.has_reason("quotaExceeded") => {
                later(self.retry_after.or(Some(QUOTA_PAUSE)), Scope::Destination)
            }
            403 if self.has_reason("accessNotConfigured") || self.has_reason("SERVICE_DISABLED") => broken(SWITCH),
            403 if self.is_hurry() => later(self.retry_after, Scope::Destination),
            403 if self.has_reason("insufficientPermissions") || self.has_reason("ACCESS_TOKEN_SCOPE_INSUFFICIENT") => {
                broken(CONSENT)
            }
            403 => broken(RIGHTS),
            404 | 410 if self.is_googles() => broken(SHARE),
            300..=399 | 404 | 405 | 407 | 410 => broken(ADDRESS),
            408 | 409 | 425 => later(self.retry_after, Scope::Row),
            429 => later(self.retry_after, Scope::Destination),
            _ => Failure::Refused { code: codes::MALFORMED.to_owned(), why: self.why() },
        }
    }

    /// Too many requests, for which Google says 403 as well as 429.
    fn is_hurry(&self) -> bool {
        const WORDS: [&str; 3] = ["userRateLimitExceeded", "rateLimitExceeded", "RATE_LIMIT_EXCEEDED"];
        WORDS.iter().any(|word| self.has_reason(word)) || self.errors().any(|error| error["domain"] == "usageLimits")
    }

    fn why(&self) -> String {
        let is_word = |reason: &&str| {
            reason.len() <= REASON_BYTES_MAX && reason.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        };
        match self.reasons().find(is_word) {
            Some(reason) => format!("Google Calendar answered {} ({reason})", self.status),
            None => format!("Google Calendar answered {}", self.status),
        }
    }
}
