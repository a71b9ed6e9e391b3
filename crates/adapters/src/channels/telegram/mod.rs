//! Telegram through the Bot API, by long polling or by webhook.
//!
//! Only private chats are clients; from a group of the staff nothing but pressed buttons is taken.
//! Source: core.telegram.org/bots/api as of Bot API 10.1, read 2026-11-22; `contracts/telegram/`.

mod api;
mod outgoing;
mod refusal;
mod updates;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use nochnik_core::event::FileRef;
use nochnik_core::report::Chart;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use self::api::{Api, Trouble};
use self::refusal::Refusal;
use super::OpenContext;
use super::parts::HalfSent;
use super::{field, proof, read};
use crate::failure::{Failure, codes};
use crate::picture;
use crate::ports::{
    Channel, Field, Forged, Hook, Incoming, Kind, Limits, Media, Outgoing, Pace, ParseProblem, Polled, Receipt, Subscribed,
};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "telegram",
    title: "Телеграм",
    fields: FIELDS,
    limits: Limits {
        text_chars_max: outgoing::TEXT_UNITS_MAX,
        buttons_max: outgoing::BUTTONS_MAX,
        label_chars_max: 64,
    },
    can_poll: true,
    has_hook: true,
    is_for_staff: false,
    notice: Some(
        "Из сетей России Телеграм бывает медленным или недоступным (2026 год). Укажите прокси или свой адрес Bot API \
         и не делайте Телеграм единственным каналом.",
    ),
};

const FIELDS: &[Field] = &[
    field("token", "Токен бота", "Его выдаёт @BotFather: 7123456789:AA…", true),
    field("mode", "Как получать сообщения", "polling — забирать самим (по умолчанию), webhook — на адрес Ночника", false),
    field("base_url", "Адрес Bot API", "По умолчанию https://api.telegram.org", false),
    field("file_base_url", "Адрес файлов", "По умолчанию https://api.telegram.org/file", false),
    field("proxy", "Прокси", "http://адрес:порт или socks5h://адрес:порт", false),
    field("extra_ca", "Корневой сертификат", "Путь к файлу PEM, если у прокси или сервера свой центр сертификации", false),
    field("per_s", "Сообщений в секунду", "По умолчанию 30; больше разрешает только свой сервер Bot API", false),
    field("burst", "Сообщений подряд", "По умолчанию 30", false),
    field("parallel", "Вызовов одновременно", "По умолчанию 16", false),
];

/// About 30 messages a second in all. Source: Telegram's bot FAQ, read 2026-11-22.
const PACE: Pace = Pace { burst: 30, per_s: 30.0, parallel: 16, requests: 1 };
const POLL_WAIT_S: u64 = 25;
const POLL_LIMIT: u32 = 100;
const HOOK_CONNECTIONS_MAX: u32 = 20;
const TOAST_CHARS_MAX: usize = 200;

pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Channel>, SettingsProblem> {
    Ok(Arc::new(Telegram {
        api: Api::open(settings)?,
        hook_secret: SecretString::from(context.hook_secret.clone()),
        pace: settings.pace(PACE)?,
        is_polling: settings.choice("mode", &[("polling", true), ("webhook", false)])?,
        has_dropped_hook: AtomicBool::new(false),
        flooded_chat: Mutex::new(None),
        half_sent: HalfSent::default(),
    }))
}

struct Telegram {
    api: Api,
    hook_secret: SecretString,
    pace: Pace,
    is_polling: bool,
    /// The one attempt to take away a webhook that hinders polling has been made.
    has_dropped_hook: AtomicBool,
    /// The chat that was last told to wait, until any message passes.
    flooded_chat: Mutex<Option<i64>>,
    half_sent: HalfSent,
}

#[async_trait]
impl Channel for Telegram {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn polls(&self) -> bool {
        self.is_polling
    }

    fn verify(&self, hook: &Hook<'_>) -> Result<(), Forged> {
        proof::by_header(hook, "x-telegram-bot-api-secret-token", &self.hook_secret)
    }

    fn parse(&self, body: &[u8]) -> Result<Vec<Incoming>, ParseProblem> {
        updates::read(&read::json(body)?).ok_or_else(|| ParseProblem("an update has an update_id".to_owned()))
    }

    async fn send(&self, peer: &str, message: &Outgoing, key: &str) -> Result<Receipt, Failure> {
        let chat = chat_of(peer)?;
        let bodies = outgoing::bodies(chat, message)?;
        if let ([body], Some(chart)) = (bodies.as_slice(), &message.picture)
            && let Some(receipt) = self.send_pictured(chat, body, chart).await?
        {
            return Ok(receipt);
        }
        let mut vendor_id = None;
        for (number, body) in self.half_sent.rest(key, &bodies) {
            let sent = self.send_part(chat, body).await;
            vendor_id = sent.map_err(|failure| self.half_sent.broken(key, number, failure))?;
        }
        Ok(self.half_sent.done(key, vendor_id))
    }

    async fn edit(&self, peer: &str, vendor_id: &str, message: &Outgoing) -> Result<Receipt, Failure> {
        let body = outgoing::edit(chat_of(peer)?, vendor_id, message)?;
        match self.api.call("editMessageText", &body).await {
            Err(Trouble::Said(refusal)) if refusal.has("message is not modified") => {}
            done => drop(done.map_err(Trouble::of_repeatable)?),
        }
        Ok(Receipt { vendor_id: Some(vendor_id.to_owned()) })
    }

    async fn answer_press(&self, press_id: &str, text: Option<&str>) -> Result<(), Failure> {
        let mut body = json!({ "callback_query_id": press_id });
        if let Some(text) = text {
            body["text"] = text.chars().take(TOAST_CHARS_MAX).collect::<String>().into();
        }
        match self.api.call("answerCallbackQuery", &body).await {
            Err(Trouble::Said(refusal)) if refusal.has("query is too old") => Ok(()),
            done => done.map(drop).map_err(Trouble::of_repeatable),
        }
    }

    async fn typing(&self, peer: &str, _message_id: &str) -> Result<(), Failure> {
        let body = json!({ "chat_id": chat_of(peer)?, "action": "typing" });
        self.api.call("sendChatAction", &body).await.map(drop).map_err(Trouble::of_repeatable)
    }

    async fn poll(&self, cursor: Option<&str>) -> Result<Polled, Failure> {
        let mut body = json!({ "limit": POLL_LIMIT, "timeout": POLL_WAIT_S, "allowed_updates": updates::KINDS });
        if let Some(offset) = cursor.and_then(|cursor| cursor.parse::<i64>().ok()) {
            body["offset"] = offset.into();
        }
        let answer = match self.api.poll(&body, POLL_WAIT_S).await {
            Err(Trouble::Said(refusal)) if refusal.has("webhook is active") && self.may_drop_hook() => {
                self.drop_hook().await?;
                self.api.poll(&body, POLL_WAIT_S).await
            }
            answer => answer,
        };
        polled(answer.map_err(Trouble::of_repeatable)?, cursor)
    }

    async fn fetch(&self, file: &FileRef) -> Result<Media, Failure> {
        let told = self.api.call("getFile", &json!({ "file_id": file.name() })).await;
        let told = told.map_err(Trouble::of_repeatable)?;
        self.api.file(told["file_path"].as_str().unwrap_or_default()).await
    }

    async fn subscribe(&self, hook_url: Option<&str>) -> Result<Subscribed, Failure> {
        let Some(url) = hook_url else { return self.drop_hook().await.map(|()| Subscribed::Stands) };
        let stood = self.api.call("getWebhookInfo", &json!({})).await.map_err(Trouble::of_repeatable)?;
        let body = json!({
            "url": url,
            "secret_token": self.hook_secret.expose_secret(),
            "max_connections": HOOK_CONNECTIONS_MAX,
            "allowed_updates": updates::KINDS,
        });
        // Said each time: whether the secret is still ours cannot be asked.
        self.api.call("setWebhook", &body).await.map_err(Trouble::of_repeatable)?;
        Ok(if stood["url"] == url { Subscribed::Stands } else { Subscribed::Renewed })
    }

    async fn check(&self) -> Result<String, Failure> {
        let me = self.api.call("getMe", &json!({})).await.map_err(Trouble::of_repeatable)?;
        let name = me["first_name"].as_str().unwrap_or("бот");
        Ok(match me["username"].as_str() {
            Some(username) => format!("{name} (@{username})"),
            None => name.to_owned(),
        })
    }
}

impl Telegram {
    /// The words under a picture; `None`: not with this one, so they are still to be sent alone.
    async fn send_pictured(&self, chat: i64, body: &Value, chart: &Chart) -> Result<Option<Receipt>, Failure> {
        let Some(texts) = outgoing::caption(body) else { return Ok(None) };
        let Some(png) = picture::draw(chart).await else { return Ok(None) };
        match self.api.photo(&texts, &png).await {
            Ok(message) => Ok(Some(Receipt { vendor_id: self.shown(&message) })),
            // Nothing was shown. What was said of the chat will be said again of the words alone.
            Err(Trouble::Said(Refusal { code: status, .. }) | Trouble::Strange { status })
                if matches!(status, 400 | 404 | 413) =>
            {
                Ok(None)
            }
            Err(trouble) => Err(trouble.of_send(|| self.is_second_flood(chat))),
        }
    }

    /// Sends one part; a group that has become a supergroup is followed to its new id once.
    async fn send_part(&self, chat: i64, body: &Value) -> Result<Option<String>, Failure> {
        let sent = match self.api.call("sendMessage", body).await {
            Err(Trouble::Said(refusal)) if refusal.migrate_to_chat_id.is_some() => {
                let mut body = body.clone();
                body["chat_id"] = refusal.migrate_to_chat_id.into();
                self.api.call("sendMessage", &body).await
            }
            sent => sent,
        };
        match sent {
            Ok(message) => Ok(self.shown(&message)),
            Err(trouble) => Err(trouble.of_send(|| self.is_second_flood(chat))),
        }
    }

    /// The id of a message that passed; no chat is known to be flooded any more.
    fn shown(&self, message: &Value) -> Option<String> {
        *self.flooded_chat.lock().unwrap_or_else(PoisonError::into_inner) = None;
        message["message_id"].as_i64().map(|id| id.to_string())
    }

    /// Whether another chat has been told to wait too, and nothing passed in between: then the
    /// limit is the bot's, not the chat's. Telegram does not say which one it is.
    fn is_second_flood(&self, chat: i64) -> bool {
        let mut flooded = self.flooded_chat.lock().unwrap_or_else(PoisonError::into_inner);
        flooded.replace(chat).is_some_and(|other| other != chat)
    }

    fn may_drop_hook(&self) -> bool {
        self.is_polling && !self.has_dropped_hook.swap(true, Ordering::Relaxed)
    }

    async fn drop_hook(&self) -> Result<(), Failure> {
        let body = json!({ "drop_pending_updates": false });
        self.api.call("deleteWebhook", &body).await.map(drop).map_err(Trouble::of_repeatable)
    }
}

fn chat_of(peer: &str) -> Result<i64, Failure> {
    peer.parse().map_err(|_| Failure::Refused {
        code: codes::UNREACHABLE.to_owned(),
        why: "a chat of Telegram is a number".to_owned(),
    })
}

/// The cursor is one above the last id: asking with it confirms everything below. Ids are not
/// compared, because after a quiet week they begin anew.
fn polled(updates: Value, cursor: Option<&str>) -> Result<Polled, Failure> {
    let Value::Array(updates) = updates else {
        return Err(Failure::Unknown { why: "getUpdates gave no list".to_owned() });
    };
    let next = updates.iter().rev().find_map(|update| update["update_id"].as_i64()).map(|id| (id + 1).to_string());
    Ok(Polled {
        incoming: updates.iter().filter_map(updates::read).flatten().collect(),
        cursor: next.or_else(|| cursor.map(str::to_owned)),
    })
}
