//! What a refusal means for us. Bodies have many shapes (an object with `error`, `detail` or
//! `message`, a bare string, nothing), so the status decides and words only tell cases apart.
//!
//! A vendor's own words may quote the question or the key: they are looked at and never repeated.

use jiff::SignedDuration;
use serde_json::Value;

use crate::failure::{Failure, Scope, codes};

const KEY: &str = "Модель не принимает ключ. Возьмите новый у поставщика и замените его в настройках модели.";
const RIGHTS: &str = "Ключу не разрешено обращаться к модели. Проверьте роль ключа и оплату в кабинете поставщика.";
const MONEY: &str = "У поставщика модели кончились деньги или токены. Пополните счёт в его кабинете.";
const ADDRESS: &str = "По этому адресу нет такой модели. Проверьте адрес и название в настройках модели.";
const FORMAT: &str =
    "Сервер не умеет отвечать по схеме так, как его просят. Смените поле «structured» в настройках модели.";

/// The lower-cased words of an error, and its code where it is a word or a number.
struct Words {
    all: String,
    number: Option<u16>,
}

impl Words {
    fn of_bytes(body: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(body) {
            Ok(json) => Self::of(&json),
            Err(_) => Self { all: String::from_utf8_lossy(body).to_lowercase(), number: None },
        }
    }

    fn of(error: &Value) -> Self {
        let inner = if error["error"].is_null() { error } else { &error["error"] };
        let number = inner["code"].as_u64().and_then(|code| u16::try_from(code).ok());
        Self { all: error.to_string().to_lowercase(), number }
    }

    fn has(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.all.contains(word))
    }
}

/// For an answer with an error's status.
pub fn failure(status: u16, body: &[u8], retry_after: Option<SignedDuration>) -> Failure {
    sort(status, &Words::of_bytes(body), retry_after)
}

/// For an error inside an answer of status 200; its `code` stands for the status.
pub fn of_error(error: &Value, retry_after: Option<SignedDuration>) -> Failure {
    let words = Words::of(error);
    match words.number.filter(|number| (400..600).contains(number)) {
        Some(status) => sort(status, &words, retry_after),
        None => Failure::Later {
            after: retry_after,
            scope: Scope::Row,
            why: "the model broke off with an error of its own".to_owned(),
        },
    }
}

/// Source: table 1.4 of the contract sheet of language models, 2026-11-22.
fn sort(status: u16, words: &Words, after: Option<SignedDuration>) -> Failure {
    let why = format!("the model's server answered {status}");
    let later = |scope| Failure::Later { after, scope, why: why.clone() };
    let broken = |hint| Failure::Broken { why: why.clone(), hint };
    let refused = |code: &str| Failure::Refused { code: code.to_owned(), why: why.clone() };
    match status {
        401 => broken(KEY),
        402 => broken(MONEY),
        403 if words.has(&["moderation", "guardrail"]) => refused(codes::BLOCKED),
        403 => broken(RIGHTS),
        300..=399 | 404 | 405 => broken(ADDRESS),
        408 | 409 | 425 => later(Scope::Row),
        413 => refused(codes::TOO_LONG),
        429 if words.has(&["insufficient_quota"]) => broken(MONEY),
        429 => later(Scope::Destination),
        400 | 422 | 500 if words.has(&["response_format", "json_object"]) => broken(FORMAT),
        400 if words.has(&["context_length_exceeded", "exceed_context_size"]) => refused(codes::TOO_LONG),
        501 => refused(codes::MALFORMED),
        500.. => later(Scope::Destination),
        _ => refused(codes::MALFORMED),
    }
}
