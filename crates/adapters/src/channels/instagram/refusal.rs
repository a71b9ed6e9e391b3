//! What an error of Instagram means for us. Source: developers.facebook.com, Instagram Platform, read
//! 2026-11-22; the subcodes of a closed window are confirmed for the page-linked kind alone.

use super::super::meta::GraphError;
use super::super::rest::Refusal;
use crate::failure::{Failure, Scope, codes};

const TOKEN: &str = "Instagram не принимает токен: он истёк или отозван. Получите новый в кабинете приложения Meta и замените его в \
     кабинете Ночника: Ещё → Каналы.";
const RIGHTS: &str = "Приложению не хватает прав на сообщения Instagram. Проверьте разрешения приложения и «доступ к сообщениям» в настройках \
     аккаунта.";
const ACCOUNT: &str = "Meta остановила отправку из этого аккаунта за нарушение правил. Причина видна в поддержке аккаунта.";

pub fn of(refusal: Refusal) -> Failure {
    let error = GraphError::of(&refusal);
    match (error.code, error.subcode) {
        (10, 2_534_022 | 2_018_278) => error.refused(codes::WINDOW_CLOSED),
        (551, _) | (100, 2_018_001) => error.refused(codes::UNREACHABLE),
        (190, _) => error.broken(TOKEN),
        (3 | 10 | 200..=299, _) => error.broken(RIGHTS),
        (368, _) => error.broken(ACCOUNT),
        (4 | 17 | 32 | 613, _) => Failure::Later { after: None, scope: Scope::Destination, why: error.why() },
        // It may hide a person who has blocked us: a loop would never end.
        (-1 | 1 | 2, _) => Failure::Unknown { why: error.why() },
        _ if error.status >= 500 => Failure::Unknown { why: error.why() },
        _ => error.refused(codes::MALFORMED),
    }
}

/// Of a call that changes nothing when it is made again.
pub fn of_repeatable(refusal: Refusal) -> Failure {
    match of(refusal) {
        Failure::Unknown { why } => Failure::Later { after: None, scope: Scope::Destination, why },
        failure => failure,
    }
}
