//! MAX through its Bot API, by webhook or by long polling.
//!
//! Only dialogs are clients; from a group of the staff nothing but pressed buttons is taken. MAX tells
//! neither delivery nor reading. Source: dev.max.ru and the published schema 0.0.32 with the changes of
//! 0.0.33, read 2026-11-22; `contracts/max/`.

mod outgoing;
mod refusal;
mod updates;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use nochnik_core::event::FileRef;
use nochnik_core::report::Chart;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use self::updates::{Dialog, Reader};
use super::OpenContext;
use super::{field, parts, proof, read};
use super::rest::{Request, Rest, Trouble};
use crate::failure::Failure;
use crate::http::Http;
use crate::media::{self, Files};
use crate::multipart::{self, File};
use crate::picture;
use crate::ports::{
    Channel, Field, Forged, Hook, Incoming, Kind, Limits, Media, Outgoing, Pace, ParseProblem, Polled, Receipt, Subscribed,
};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "max",
    title: "MAX",
    fields: FIELDS,
    limits: Limits {
        text_chars_max: outgoing::TEXT_CHARS_MAX,
        buttons_max: outgoing::BUTTONS_MAX,
        label_chars_max: outgoing::LABEL_CHARS_MAX,
    },
    can_poll: true,
    has_hook: true,
    is_for_staff: false,
    notice: Some(
        "Бота в MAX заводит юридическое лицо, ИП или самозанятый — резидент России: business.max.ru, понадобится ИНН, \
         модерация идёт до двух рабочих дней.",
    ),
};

const FIELDS: &[Field] = &[
    field("token", "Токен бота", "business.max.ru → бот → Интеграция", true),
    field(
        "mode",
        "Как получать сообщения",
        "polling — забирать самим (по умолчанию), webhook — на адрес Ночника; для постоянной работы MAX советует webhook",
        false,
    ),
    field("base_url", "Адрес API", "По умолчанию https://platform-api2.max.ru", false),
    field("proxy", "Прокси", "http://адрес:порт или socks5h://адрес:порт", false),
    field(
        "extra_ca",
        "Корневой сертификат",
        "Путь к файлу PEM, если сертификат MAX выдан ещё кем-то; корень Минцифры Ночник знает сам",
        false,
    ),
    field("per_s", "Сообщений в секунду", "По умолчанию 25: MAX разрешает 30", false),
    field("burst", "Сообщений подряд", "По умолчанию 20", false),
    field("parallel", "Вызовов одновременно", "По умолчанию 8", false),
];

/// «Russian Trusted Root CA» of the Ministry of Digital Development, by which MAX's certificate is signed and which
/// no system knows. Trusted for MAX alone. Source: gosuslugi.ru/crt; its SHA-256 is checked by a test.
const ROOT_CA: &[u8] = include_bytes!("russian_trusted_root_ca.pem");

/// MAX allows 30 requests a second.
const PACE: Pace = Pace { burst: 20, per_s: 25.0, parallel: 8, requests: 1 };
const POLL_WAIT_S: u64 = 25;
/// A long poll is given this much over its own waiting time.
const POLL_GRACE: Duration = Duration::from_secs(10);
/// Between two polls: MAX allows two a second.
const POLL_PAUSE: Duration = Duration::from_millis(550);
/// Dialogs whose chat is remembered, for the typing mark alone.
const CHATS_MAX: usize = 1_000;
/// Ends the waiting circle where there is nothing to say: MAX takes no answer without words.
const PRESSED: &str = "Принято";

pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Channel>, SettingsProblem> {
    let token = settings.required("token")?;
    let base = settings.url("base_url", "https://platform-api2.max.ru")?;
    let mut authorization = HeaderValue::from_str(token)
        .map_err(|_| settings.problem("token", "В токене есть лишние знаки: скопируйте его ещё раз"))?;
    authorization.set_sensitive(true);
    let http = Http::open_trusting(settings, &base, ROOT_CA)?;
    Ok(Arc::new(Max {
        files: Files::open(settings, &base, ROOT_CA)?,
        rest: Rest::new(http, base, vec![(AUTHORIZATION, authorization)]),
        token: SecretString::from(token),
        hook_secret: SecretString::from(context.hook_secret.clone()),
        pace: settings.pace(PACE)?,
        is_polling: settings.choice("mode", &[("polling", true), ("webhook", false)])?,
        chats: Mutex::default(),
        half_sent: parts::HalfSent::default(),
    }))
}

struct Max {
    rest: Rest,
    files: Files,
    token: SecretString,
    hook_secret: SecretString,
    pace: Pace,
    is_polling: bool,
    /// The chat of a client's dialog.
    chats: Mutex<HashMap<String, i64>>,
    half_sent: parts::HalfSent,
}

#[async_trait]
impl Channel for Max {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn polls(&self) -> bool {
        self.is_polling
    }

    fn poll_pause(&self) -> Duration {
        POLL_PAUSE
    }

    fn verify(&self, hook: &Hook<'_>) -> Result<(), Forged> {
        proof::by_header(hook, "x-max-bot-api-secret", &self.hook_secret)
    }

    fn parse(&self, body: &[u8]) -> Result<Vec<Incoming>, ParseProblem> {
        self.read(&read::json(body)?)
    }

    async fn send(&self, peer: &str, message: &Outgoing, key: &str) -> Result<Receipt, Failure> {
        let query = [("user_id", parts::numbered(peer, "a person of MAX is a number")?)];
        let mut bodies = outgoing::bodies(message)?;
        if let (Some(first), Some(chart)) = (bodies.first_mut(), &message.picture) {
            self.add_picture(first, chart).await;
        }
        let mut vendor_id = None;
        for (number, body) in self.half_sent.rest(key, &bodies) {
            let sent = self.send_one(&query, body).await;
            vendor_id = sent.map_err(|failure| self.half_sent.broken(key, number, failure))?;
        }
        Ok(self.half_sent.done(key, vendor_id))
    }

    async fn edit(&self, _peer: &str, vendor_id: &str, message: &Outgoing) -> Result<Receipt, Failure> {
        let query = [("message_id", vendor_id)];
        let done = self.rest.call(Request::put("messages", &query, &outgoing::edit(message)?)).await;
        done.map_err(|trouble| trouble.of_repeatable(refusal::of_person))?;
        Ok(Receipt { vendor_id: Some(vendor_id.to_owned()) })
    }

    async fn answer_press(&self, press_id: &str, text: Option<&str>) -> Result<(), Failure> {
        let body = json!({ "notification": text.unwrap_or(PRESSED) });
        self.repeatable(Request::post("answers", &[("callback_id", press_id)], &body)).await.map(drop)
    }

    async fn typing(&self, peer: &str, _message_id: &str) -> Result<(), Failure> {
        let chat = self.chats.lock().unwrap_or_else(PoisonError::into_inner).get(peer).copied();
        let Some(chat) = chat else { return Ok(()) };
        let path = format!("chats/{chat}/actions");
        self.repeatable(Request::post(&path, &[], &json!({ "action": "typing_on" }))).await.map(drop)
    }

    async fn poll(&self, cursor: Option<&str>) -> Result<Polled, Failure> {
        let (wait, kinds) = (POLL_WAIT_S.to_string(), updates::KINDS.join(","));
        let mut query = vec![("limit", "100"), ("timeout", &wait), ("types", &kinds)];
        query.extend(cursor.map(|marker| ("marker", marker)));
        let request = Request::get("updates", &query).within(Duration::from_secs(POLL_WAIT_S) + POLL_GRACE);
        let answer = self.repeatable(request).await?;
        let marker = answer["marker"].as_i64().map(|marker| marker.to_string());
        let list = answer["updates"].as_array().map(Vec::as_slice).unwrap_or_default();
        // One that cannot be read at all is none of MAX's; the rest must not wait for it.
        let incoming = list.iter().flat_map(|update| self.read(update).unwrap_or_default()).collect();
        Ok(Polled { incoming, cursor: marker.or_else(|| cursor.map(str::to_owned)) })
    }

    async fn fetch(&self, file: &FileRef) -> Result<Media, Failure> {
        self.files.get(file.name(), &[]).await
    }

    async fn subscribe(&self, hook_url: Option<&str>) -> Result<Subscribed, Failure> {
        let stood = self.hooks().await?;
        let Some(url) = hook_url else { return self.drop_hooks(&stood).await.map(|()| Subscribed::Stands) };
        if stood.iter().any(|other| other == url) {
            return Ok(Subscribed::Stands);
        }
        let body = json!({ "url": url, "update_types": updates::KINDS, "secret": self.hook_secret.expose_secret() });
        self.repeatable(Request::post("subscriptions", &[], &body)).await?;
        Ok(Subscribed::Renewed)
    }

    async fn check(&self) -> Result<String, Failure> {
        let me = self.repeatable(Request::get("me", &[])).await?;
        let name = me["first_name"].as_str().or(me["name"].as_str()).unwrap_or("бот");
        Ok(match me["username"].as_str() {
            Some(username) => format!("{name} (@{username})"),
            None => name.to_owned(),
        })
    }
}

impl Max {
    /// Without it the words go alone: a report is worth more than its picture.
    async fn add_picture(&self, body: &mut Value, chart: &Chart) {
        let Some(png) = picture::draw(chart).await else { return };
        match self.upload(&png).await {
            Ok(payload) => outgoing::attach_image(body, payload),
            Err(failure) => tracing::warn!(%failure, "MAX did not take a picture"),
        }
    }

    /// Returns what an attachment says of the picture.
    async fn upload(&self, png: &[u8]) -> Result<Value, Failure> {
        let place = self.repeatable(Request::post_empty("uploads", &[("type", "image")])).await?;
        let address = place["url"].as_str().unwrap_or_default();
        let file = File { field: "data", name: picture::NAME, mime: picture::MIME, bytes: png };
        let taken = self.files.put(address, multipart::encode(&[], file)).await?;
        // A token each in `photos`; some answers have the one token alone, and some give it with the address.
        let token = taken["token"].as_str().or(place["token"].as_str());
        match (taken["photos"].as_object(), token) {
            (Some(photos), _) => Ok(json!({ "photos": photos })),
            (None, Some(token)) => Ok(json!({ "token": token })),
            (None, None) => Err(media::refused("the upload has no token")),
        }
    }

    /// Returns the vendor's id of the message.
    async fn send_one(&self, query: &[(&str, &str)], body: &Value) -> Result<Option<String>, Failure> {
        let sent = self.rest.call(Request::post("messages", query, body)).await;
        let sent = sent.map_err(|trouble| trouble.of_send(refusal::of_person))?;
        Ok(sent["message"]["body"]["mid"].as_str().map(str::to_owned))
    }

    async fn repeatable(&self, request: Request<'_>) -> Result<Value, Failure> {
        self.rest.call(request).await.map_err(|trouble: Trouble| trouble.of_repeatable(refusal::of_bot))
    }

    fn read(&self, update: &Value) -> Result<Vec<Incoming>, ParseProblem> {
        self.remember(updates::dialog(update));
        Reader { token: self.token.expose_secret().as_bytes() }.read(update)
    }

    fn remember(&self, dialog: Option<Dialog>) {
        let mut chats = self.chats.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(dialog) = dialog.filter(|dialog| chats.len() < CHATS_MAX || chats.contains_key(&dialog.peer)) {
            chats.insert(dialog.peer, dialog.chat);
        }
    }

    /// Where MAX pushes now.
    async fn hooks(&self) -> Result<Vec<String>, Failure> {
        let list = self.repeatable(Request::get("subscriptions", &[])).await?;
        let list = list["subscriptions"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(list.iter().filter_map(|subscription| subscription["url"].as_str()).map(str::to_owned).collect())
    }

    /// While anybody is subscribed, polling brings nothing.
    async fn drop_hooks(&self, hooks: &[String]) -> Result<(), Failure> {
        for url in hooks {
            self.repeatable(Request::delete("subscriptions", &[("url", url)])).await?;
        }
        Ok(())
    }
}
