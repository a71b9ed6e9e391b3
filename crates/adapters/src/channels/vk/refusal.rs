//! What an error of VK means for us. Source: `VKCOM/vk-api-schema` 5.199 and dev.vk.com, read 2026-11-22.

use jiff::SignedDuration;

use crate::failure::{Failure, Scope, codes};

/// After «too many per second».
const PACE_WAIT: SignedDuration = SignedDuration::from_secs(1);
/// After «flood control» and «rate limit reached», which last from minutes to hours.
const FLOOD_WAIT: SignedDuration = SignedDuration::from_mins(5);

const TOKEN: &str = "ВКонтакте не принимает ключ сообщества. Выпустите новый: Управление → Работа с API → Ключи доступа, с правом на \
     сообщения, и замените его в кабинете: Ещё → Каналы.";
const RIGHTS: &str = "Ключу сообщества не хватает прав. Выпустите новый с правами «сообщения» и «управление»: Управление → Работа с \
     API → Ключи доступа.";
const BOTS: &str = "В сообществе выключены возможности ботов. Включите: Управление → Сообщения → Настройки для бота.";

/// `code` is VK's own; the words of an error may quote what was sent and are left out.
pub fn failure(code: i64) -> Failure {
    let why = format!("VK answered error {code}");
    let later = |after, scope, why| Failure::Later { after, scope, why };
    let broken = |hint, why| Failure::Broken { why, hint };
    let refused = |code: &str, why| Failure::Refused { code: code.to_owned(), why };
    match code {
        1 | 10 => later(None, Scope::Row, why),
        6 => later(Some(PACE_WAIT), Scope::Destination, why),
        9 => later(Some(FLOOD_WAIT), Scope::Row, why),
        29 => later(Some(FLOOD_WAIT), Scope::Destination, why),
        5 | 27 | 28 | 1117 => broken(TOKEN, why),
        7 | 15 | 203 => broken(RIGHTS, why),
        912 => broken(BOTS, why),
        14 => refused(codes::BLOCKED, why),
        18 | 900 | 901 | 902 | 985..=988 => refused(codes::UNREACHABLE, why),
        950 => refused(codes::WINDOW_CLOSED, why),
        909 => refused(codes::GONE, why),
        _ => refused(codes::MALFORMED, why),
    }
}
