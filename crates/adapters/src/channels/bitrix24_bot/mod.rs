//! A bot in the messenger of a Bitrix24 portal, for the people of the business: whoever is on duty is written to there,
//! and a pressed button is their answer.
//!
//! Events are fetched, so nothing needs a public address. Nobody who writes to the bot is a client.
//! Source: b24-rest-docs `api-reference/chat-bots/chat-bots-v2/**`, read 2026-11-28; `contracts/bitrix24/methods.json`.

mod enrolment;
mod outgoing;
mod refusal;
mod updates;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use self::enrolment::Bot;
use super::parts::HalfSent;
use super::{OpenContext, field};
use crate::bitrix24::call::Care;
use crate::failure::{Failure, codes};
use crate::ports::{
    Channel, Field, Forged, Hook, Incoming, Kind, Limits, Outgoing, Pace, ParseProblem, Polled, Receipt,
};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "bitrix24_bot",
    title: "Бот в Битрикс24",
    fields: FIELDS,
    limits: Limits {
        text_chars_max: outgoing::TEXT_CHARS_MAX,
        buttons_max: outgoing::BUTTONS_MAX,
        label_chars_max: outgoing::LABEL_CHARS_MAX,
    },
    can_poll: true,
    has_hook: false,
    is_for_staff: true,
    notice: Some(
        "Это канал для своих: бот зовёт дежурных в мессенджере портала и клиентам не отвечает. Нужен платный тариф \
         Битрикс24 с подпиской на Маркет (2026 год).",
    ),
};

const FIELDS: &[Field] = &[
    field("webhook_url", "Входящий вебхук", "https://портал.bitrix24.ru/rest/1/код/ — с правом «Чат-боты (imbot)»; или приложение", false),
    field("portal", "Портал", "портал.bitrix24.ru — для локального приложения вместо вебхука, того же, что у CRM", false),
    field("client_id", "Код приложения", "client_id локального приложения: local.…", false),
    field("client_secret", "Ключ приложения", "client_secret локального приложения", false),
    field("name", "Имя бота", "Так он подписан в мессенджере портала; по умолчанию Ночник", false),
    field("poll_s", "Как часто забирать нажатия, секунд", "От 5 до 30, по умолчанию 5", false),
    field("proxy", "Прокси", "http://адрес:порт или socks5h://адрес:порт", false),
    field("extra_ca", "Корневой сертификат", "Путь к файлу PEM, если у портала свой центр сертификации", false),
];

/// Two requests a second for the whole application, and the look for events is one of them.
const PACE: Pace = Pace { burst: 1, per_s: 1.0, parallel: 1, requests: 1 };
const NAME: &str = "Ночник";
const POLL_LIMIT: u32 = 100;
/// Between looks while more is waiting.
const POLL_MORE: Duration = Duration::from_secs(2);

pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Channel>, SettingsProblem> {
    let poll_s = settings.number("poll_s", 5.0, 5.0..=30.0)?;
    Ok(Arc::new(Bitrix24Bot {
        bot: Bot::open(settings, context, PACE.per_s, settings.text("name")?.unwrap_or(NAME))?,
        poll_every: Duration::from_secs_f64(poll_s),
        has_more: AtomicBool::new(false),
        half_sent: HalfSent::default(),
    }))
}

struct Bitrix24Bot {
    bot: Bot,
    poll_every: Duration,
    /// The last look did not bring everything.
    has_more: AtomicBool,
    half_sent: HalfSent,
}

#[async_trait]
impl Channel for Bitrix24Bot {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn pace(&self) -> Pace {
        PACE
    }

    fn polls(&self) -> bool {
        true
    }

    fn poll_pause(&self) -> Duration {
        if self.has_more.load(Ordering::Relaxed) { POLL_MORE } else { self.poll_every }
    }

    fn verify(&self, _hook: &Hook<'_>) -> Result<(), Forged> {
        Err(Forged)
    }

    fn parse(&self, _body: &[u8]) -> Result<Vec<Incoming>, ParseProblem> {
        Err(ParseProblem("the bot's events are fetched".to_owned()))
    }

    async fn send(&self, peer: &str, message: &Outgoing, key: &str) -> Result<Receipt, Failure> {
        let dialog = outgoing::dialog(peer)?;
        let parts = outgoing::parts(message)?;
        let mut vendor_id = None;
        for (number, part) in self.half_sent.rest(key, &parts) {
            let body = |bot| json!({ "dialogId": dialog, "fields": part.fields(bot) });
            let sent = self.say(body).await.map_err(|failure| self.half_sent.broken(key, number, failure))?;
            vendor_id = Some(sent.to_string());
        }
        Ok(self.half_sent.done(key, vendor_id))
    }

    async fn edit(&self, _peer: &str, vendor_id: &str, message: &Outgoing) -> Result<Receipt, Failure> {
        let message_id = outgoing::message_id(vendor_id)?;
        let part = outgoing::first(message)?;
        let body = |bot| json!({ "messageId": message_id, "fields": part.changes(bot) });
        // The same change twice is one change.
        let (_, said) = self.bot.call("imbot.v2.Chat.Message.update", body, Care::Asks).await?;
        said.map_err(|said| refusal::of_edit(&said))?;
        Ok(Receipt { vendor_id: Some(vendor_id.to_owned()) })
    }

    async fn answer_press(&self, press_id: &str, text: Option<&str>) -> Result<(), Failure> {
        let (Some(press), Some(text)) = (updates::Press::read(press_id), text) else { return Ok(()) };
        let body = |_| {
            let fields = json!({ "message": outgoing::words(text), "urlPreview": false });
            json!({ "commandId": press.command, "messageId": press.message, "dialogId": press.dialog, "fields": fields })
        };
        let (_, said) = self.bot.call("imbot.v2.Command.answer", body, Care::Changes).await?;
        said.map(drop).map_err(|said| refusal::of_answer(&said))
    }

    async fn poll(&self, cursor: Option<&str>) -> Result<Polled, Failure> {
        self.has_more.store(false, Ordering::Relaxed);
        let body = |bot| match updates::offset(cursor, bot) {
            Some(offset) => json!({ "limit": POLL_LIMIT, "offset": offset }),
            None => json!({ "limit": POLL_LIMIT }),
        };
        let (bot, said) = self.bot.call("imbot.v2.Event.get", body, Care::Asks).await?;
        let result = said.map_err(|said| refusal::of_any(&said))?;
        let polled = updates::polled(bot, &result, cursor)?;
        self.has_more.store(result["hasMore"] == true, Ordering::Relaxed);
        Ok(polled)
    }

    /// Makes no bot: somebody may only be trying a form.
    async fn check(&self) -> Result<String, Failure> {
        let portal = self.bot.portal();
        let said = portal.call_knowing("scope", &json!({}), Care::Asks, refusal::own(portal)).await?;
        let scopes = said.map_err(|said| refusal::of_any(&said))?;
        let has_right = scopes.as_array().is_some_and(|all| all.iter().any(|scope| scope == "imbot"));
        if has_right { Ok(format!("{} на портале {}", self.bot.name(), portal.host())) } else { Err(refusal::no_right()) }
    }
}

impl Bitrix24Bot {
    /// Sends one part and returns the number it got. Nothing makes a repeat known to the portal.
    async fn say(&self, body: impl Fn(i64) -> Value) -> Result<i64, Failure> {
        let (_, said) = self.bot.call("imbot.v2.Chat.Message.send", body, Care::Changes).await?;
        let result = said.map_err(|said| refusal::of_send(&said))?;
        result["id"].as_i64().ok_or_else(|| Failure::Unknown { why: "the answer names no message".to_owned() })
    }
}

fn unreachable(why: &str) -> Failure {
    Failure::Refused { code: codes::UNREACHABLE.to_owned(), why: why.to_owned() }
}
