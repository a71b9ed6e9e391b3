//! What a refusal of the Bot API means for us. Its codes say little: the words tell cases apart.
//! Source: tdlib/telegram-bot-api, `Client.cpp`, read 2026-11-22.

use jiff::SignedDuration;

use crate::failure::{Failure, Scope, codes};

#[derive(Debug)]
pub struct Refusal {
    /// Equals the HTTP status.
    pub code: u16,
    /// Lower-case; English whatever the bot's language.
    pub description: String,
    pub retry_after_s: Option<u32>,
    pub migrate_to_chat_id: Option<i64>,
}

impl Refusal {
    pub fn has(&self, words: &str) -> bool {
        self.description.contains(words)
    }

    pub fn why(&self) -> String {
        format!("{} {}", self.code, self.description)
    }

    /// `waits` says who must wait when the vendor asks for time.
    pub fn failure(self, waits: Scope) -> Failure {
        match self.code {
            429 => {
                let after = self.retry_after_s.map(|s| SignedDuration::from_secs(i64::from(s)));
                Failure::Later { after, scope: waits, why: self.why() }
            }
            500.. => Failure::Later { after: None, scope: Scope::Destination, why: self.why() },
            401 | 404 => Failure::Broken {
                why: self.why(),
                hint: "Телеграм не принимает токен бота. Возьмите токен у @BotFather и замените его в кабинете: Ещё → Каналы.",
            },
            409 => Failure::Broken { hint: conflict_hint(&self), why: self.why() },
            403 => self.refused(codes::UNREACHABLE),
            _ if self.has("chat not found") => self.refused(codes::UNREACHABLE),
            _ if self.has("message to edit not found") || self.has("message can't be edited") => self.refused(codes::GONE),
            _ => self.refused(codes::MALFORMED),
        }
    }

    fn refused(&self, code: &str) -> Failure {
        Failure::Refused { code: code.to_owned(), why: self.why() }
    }
}

fn conflict_hint(refusal: &Refusal) -> &'static str {
    if refusal.has("webhook is active") {
        "Сообщения этого бота уходят на чужой адрес (webhook). Выключите его там или выпустите у @BotFather новый токен."
    } else {
        "Сообщения этого бота забирает ещё одна программа с тем же токеном. Оставьте одну или выпустите у @BotFather новый токен."
    }
}
