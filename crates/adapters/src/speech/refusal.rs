//! What a refusal of a speech server means for us: the status decides, words only tell cases apart and are never
//! repeated, for they may quote the key.

use crate::failure::{Failure, Scope, codes};
use crate::http::Answer;

const KEY: &str =
    "Сервер распознавания не принимает ключ. Возьмите новый у поставщика и замените его в настройках speech.";
const RIGHTS: &str = "Ключу не разрешено распознавать речь. Проверьте роль ключа и оплату в кабинете поставщика.";
const MONEY: &str = "У поставщика распознавания кончились деньги. Пополните счёт в его кабинете.";
const ADDRESS: &str = "По этому адресу нет такого распознавания. Проверьте base_url и model в настройках speech.";

/// Source: tables 1.4 and 1.6 of the contract sheet of language models, 2026-11-22.
pub fn failure(answer: &Answer) -> Failure {
    let why = format!("the speech server answered {}", answer.status);
    let words = String::from_utf8_lossy(&answer.body).to_lowercase();
    let later = |scope| Failure::Later { after: answer.retry_after, scope, why: why.clone() };
    let broken = |hint| Failure::Broken { why: why.clone(), hint };
    let refused = |code: &str| Failure::Refused { code: code.to_owned(), why: why.clone() };
    match answer.status {
        401 => broken(KEY),
        402 => broken(MONEY),
        403 => broken(RIGHTS),
        // llama.cpp with a model that has no ears answers 501.
        300..=399 | 404 | 405 | 501 => broken(ADDRESS),
        408 | 409 | 425 => later(Scope::Row),
        413 => refused(codes::MEDIA),
        429 if words.contains("insufficient_quota") => broken(MONEY),
        429 | 500.. => later(Scope::Destination),
        _ => refused(codes::MALFORMED),
    }
}

/// A page of a proxy, most often.
pub fn not_speech(status: u16) -> Failure {
    let why = format!("answer {status} is not one of a speech server");
    Failure::Later { after: None, scope: Scope::Destination, why }
}
