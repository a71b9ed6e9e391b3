//! What an error of the Cloud API means for us, whether it answers a call or comes later as a status.
//! Source: Meta's table of error codes as mirrored in `pywa` 4.5.0, read 2026-11-22.

use jiff::SignedDuration;

use super::super::meta::GraphError;
use super::super::rest::Refusal;
use crate::failure::{Failure, Scope, codes};

/// Between two messages to one person, when there were too many at once.
const PAIR_WAIT: SignedDuration = SignedDuration::from_secs(6);

const TOKEN: &str = "WhatsApp не принимает токен. Выпустите новый у системного пользователя: Meta Business Suite → Настройки → Системные \
     пользователи, с правами whatsapp_business_messaging и whatsapp_business_management.";
const RIGHTS: &str = "Токену WhatsApp не хватает прав на этот номер. Дайте системному пользователю доступ к аккаунту WhatsApp и выпустите \
     токен заново.";
const ACCOUNT: &str = "Meta остановила отправку с этого номера. Причина видна в WhatsApp Manager → Обзор аккаунта.";
const MONEY: &str = "Meta не может списать оплату за WhatsApp. Проверьте способ оплаты в WhatsApp Manager → Платежи.";
const NUMBER: &str = "Номер WhatsApp не зарегистрирован или его имя не одобрено. Проверьте его в WhatsApp Manager → Номера телефонов.";

pub fn of(refusal: Refusal) -> Failure {
    failure(&GraphError::of(&refusal))
}

pub fn failure(error: &GraphError) -> Failure {
    let later = |after, scope| Failure::Later { after, scope, why: error.why() };
    match error.code {
        131_056 => later(Some(PAIR_WAIT), Scope::Row),
        4 | 80_007 | 130_429 | 131_057 | 133_016 => later(None, Scope::Destination),
        1 | 2 | 131_016 => later(None, Scope::Row),
        _ if error.is_transient => later(None, Scope::Row),
        // Repeated once: Meta says «a few times» and does not say why it failed.
        131_000 => Failure::Unknown { why: error.why() },
        131_047 => error.refused(codes::WINDOW_CLOSED),
        131_026 | 131_021 | 131_030 | 130_472 | 130_497 => error.refused(codes::UNREACHABLE),
        131_049 => error.refused(codes::TOO_OFTEN),
        131_050 => error.refused(codes::BLOCKED),
        132_000..=132_016 => error.refused(codes::TEMPLATE),
        190 => error.broken(TOKEN),
        10 | 200..=299 | 131_005 => error.broken(RIGHTS),
        368 | 131_031 | 131_048 => error.broken(ACCOUNT),
        131_042 => error.broken(MONEY),
        131_045 | 131_037 => error.broken(NUMBER),
        _ if error.status >= 500 => later(None, Scope::Row),
        _ => error.refused(codes::MALFORMED),
    }
}
