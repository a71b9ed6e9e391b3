//! What a refusal of MAX means for us. Source: dev.max.ru, read 2026-11-22; the code of «the person has
//! stopped the bot» is confirmed nowhere, so both it may have are read alike.

use jiff::SignedDuration;

use super::super::rest::Refusal;
use crate::failure::{Failure, Scope, codes};

/// The vendor's own advice for a file it has not yet taken in.
const ATTACHMENT_WAIT: SignedDuration = SignedDuration::from_secs(2);

/// Of a call about one person.
pub fn of_person(refusal: Refusal) -> Failure {
    match (refusal.status, code(&refusal)) {
        (403, _) | (404, "dialog.not.found" | "chat.not.found") => refused(codes::UNREACHABLE, &refusal),
        (404, _) => refused(codes::GONE, &refusal),
        (429 | 503, _) => later(&refusal, Scope::Row),
        // It may have been done before it went wrong.
        (500.., _) => Failure::Unknown { why: why(&refusal) },
        _ => of_any(refusal),
    }
}

/// Of a call about the bot itself, which can be made again.
pub fn of_bot(refusal: Refusal) -> Failure {
    match refusal.status {
        429 | 500.. => later(&refusal, Scope::Destination),
        _ => of_any(refusal),
    }
}

fn of_any(refusal: Refusal) -> Failure {
    match (refusal.status, code(&refusal)) {
        (401, _) => Failure::Broken {
            why: why(&refusal),
            hint: "MAX не принимает токен бота. Выпустите новый: business.max.ru → бот → Интеграция, и замените его в кабинете: Ещё → Каналы.",
        },
        (403, _) => Failure::Broken {
            why: why(&refusal),
            hint: "MAX не даёт боту доступа. Проверьте на business.max.ru, что бот прошёл модерацию и не остановлен.",
        },
        (_, "attachment.not.ready") => {
            Failure::Later { after: Some(ATTACHMENT_WAIT), scope: Scope::Row, why: why(&refusal) }
        }
        _ => refused(codes::MALFORMED, &refusal),
    }
}

fn later(refusal: &Refusal, scope: Scope) -> Failure {
    Failure::Later { after: refusal.retry_after, scope, why: why(refusal) }
}

fn refused(code: &str, refusal: &Refusal) -> Failure {
    Failure::Refused { code: code.to_owned(), why: why(refusal) }
}

fn code(refusal: &Refusal) -> &str {
    refusal.body["code"].as_str().unwrap_or_default()
}

/// The code alone: the words may quote what was sent.
fn why(refusal: &Refusal) -> String {
    format!("{} {}", refusal.status, code(refusal))
}
