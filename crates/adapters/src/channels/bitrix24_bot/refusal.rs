//! What the portal's refusals of a bot mean, and who mends them.

use crate::bitrix24::call::{Portal, Said};
use crate::failure::{Failure, Scope, codes};

/// Codes whose meaning stands here, whatever their status.
const OWN: &[&str] = &[
    "insufficient_scope", "SCOPE_ERROR", "ACCESS_DENIED", "ERROR_METHOD_NOT_FOUND", "BOT_NOT_FOUND",
    "BOT_OWNERSHIP_ERROR", "BOT_CODE_ALREADY_TAKEN", "BOT_LIMIT_EXCEEDED", "BOT_REGISTER_FAILED", "BOT_CODE_REQUIRED",
    "BOT_PROPERTIES_REQUIRED", "BOT_INVALID_TYPE", "BOT_INVALID_EVENT_MODE", "BOT_TOKEN_NOT_SPECIFIED",
    "BOT_TOKEN_INVALID_LENGTH", "BOT_ID_REQUIRED", "COMMAND_REGISTER_FAILED", "COMMAND_ANSWER_FAILED",
    "COMMAND_REQUIRED", "COMMAND_NAME_INVALID", "COMMAND_TITLE_REQUIRED", "EMPTY_MESSAGE", "SENDING_FAILED",
    "NO_AUTH_FOUND", "INVALID_CREDENTIALS",
];
/// The last of them are a webhook's; an application's access is renewed, and its loss is told by the portal's own words.
const OF_WEBHOOK: usize = 2;

const RIGHT: &str = "Битрикс24 не пускает Ночник к ботам. Отметьте право «Чат-боты (imbot)» в настройках вебхука или в карточке приложения на портале; приложение потом подключите заново: «Ещё → CRM».";
const WEBHOOK: &str = "Битрикс24 не принимает вебхук бота. Создайте новый входящий вебхук с правом «Чат-боты (imbot)» и вставьте его адрес в кабинете: «Ещё → Каналы → Бот в Битрикс24».";
const DENIED: &str = "Битрикс24 не даёт доступа к ботам: проверьте тариф с подпиской на Маркет и права сотрудника, чей это вебхук или кто подключил приложение.";
const OLD: &str = "Портал Битрикс24 слишком старый: он не знает ботов второй версии. Обновите его, а дежурных пока зовите другим способом.";
const LIMIT: &str = "На портале Битрикс24 уже сто ботов этого вебхука или приложения, новый не заводится. Пусть администратор портала удалит лишних.";
const FOREIGN: &str = "Бота Ночника на этом портале завёл другой вебхук или другое приложение. Пусть администратор портала удалит старого бота, нового Ночник заведёт сам.";

pub fn own(portal: &Portal) -> &'static [&'static str] {
    if portal.app().is_some() { &OWN[..OWN.len() - OF_WEBHOOK] } else { OWN }
}

pub fn no_right() -> Failure {
    broken("the bot's right is missing", RIGHT)
}

/// A person who cannot be written to is reached by other means.
pub fn of_send(said: &Said) -> Failure {
    match said.code.as_str() {
        "ACCESS_DENIED" => super::unreachable("the portal does not let the bot write to this employee"),
        _ => of_any(said),
    }
}

pub fn of_edit(said: &Said) -> Failure {
    match said.code.as_str() {
        "ACCESS_DENIED" => refused(codes::GONE, "the message is gone or not the bot's"),
        _ => of_any(said),
    }
}

/// A press that cannot be answered any more is not answered.
pub fn of_answer(said: &Said) -> Failure {
    match said.code.as_str() {
        "COMMAND_ANSWER_FAILED" | "ACCESS_DENIED" => refused(codes::GONE, "the press cannot be answered any more"),
        _ => of_any(said),
    }
}

pub fn of_any(said: &Said) -> Failure {
    let why = format!("the portal refused the bot: {}", said.code);
    match said.code.as_str() {
        "insufficient_scope" | "SCOPE_ERROR" => broken(&why, RIGHT),
        "NO_AUTH_FOUND" | "INVALID_CREDENTIALS" => broken(&why, WEBHOOK),
        "ACCESS_DENIED" => broken(&why, DENIED),
        "ERROR_METHOD_NOT_FOUND" => broken(&why, OLD),
        "BOT_LIMIT_EXCEEDED" => broken(&why, LIMIT),
        "BOT_OWNERSHIP_ERROR" | "BOT_CODE_ALREADY_TAKEN" => broken(&why, FOREIGN),
        "EMPTY_MESSAGE" => refused(codes::MALFORMED, &why),
        // Nothing was done, and the portal tells no reason.
        "BOT_NOT_FOUND" | "BOT_REGISTER_FAILED" | "COMMAND_REGISTER_FAILED" | "SENDING_FAILED" => {
            Failure::Later { after: None, scope: Scope::Row, why }
        }
        _ => refused("bitrix24", &why),
    }
}

fn broken(why: &str, hint: &'static str) -> Failure {
    Failure::Broken { why: why.to_owned(), hint }
}

fn refused(code: &str, why: &str) -> Failure {
    Failure::Refused { code: code.to_owned(), why: why.to_owned() }
}
