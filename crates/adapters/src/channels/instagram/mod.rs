//! Instagram Direct, with Instagram's own login or through a linked page. Nothing can be fetched here: it
//! needs a public HTTPS address.
//!
//! Nobody is written to first, and a bot has 24 hours after the client's last word. Source:
//! developers.facebook.com, Instagram Platform, read 2026-11-22; `contracts/instagram/`.

mod outgoing;
mod refusal;
mod updates;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use nochnik_core::event::FileRef;
use reqwest::header::AUTHORIZATION;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::OpenContext;
use super::rest::{Request, Rest, Trouble};
use super::{field, meta, parts, proof, read};
use crate::failure::Failure;
use crate::http::Http;
use crate::media::Files;
use crate::ports::{Channel, Field, Forged, Hook, Incoming, Kind, Limits, Media, Outgoing, Pace, ParseProblem, Receipt, Renewed, Subscribed};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "instagram",
    title: "Instagram",
    fields: FIELDS,
    limits: Limits {
        text_chars_max: outgoing::TEXT_CHARS_MAX,
        buttons_max: outgoing::BUTTONS_MAX,
        label_chars_max: outgoing::LABEL_CHARS_MAX,
    },
    can_poll: false,
    has_hook: true,
    is_for_staff: false,
    notice: Some(
        "Meta признана в России экстремистской организацией, Instagram заблокирован с марта 2022 года, реклама в нём запрещена с \
         1 сентября 2025 года (72-ФЗ). Ночник только отвечает тем, кто написал сам: не зовите туда подписываться и не печатайте \
         QR-коды на него. Напоминание за сутки сюда обычно уже не дойдёт. Нужен адрес Ночника с HTTPS, доступный из-за рубежа.",
    ),
};

const FIELDS: &[Field] = &[
    field("token", "Токен", "Долгий токен аккаунта (60 дней) или страницы — из кабинета приложения Meta", true),
    field("account_id", "Номер аккаунта Instagram", "Instagram user ID: только цифры", true),
    field("app_secret", "Секрет приложения", "Кабинет приложения Meta; при входе через Instagram — «Instagram app secret»", true),
    field("login", "Вид входа", "instagram — вход через Instagram (по умолчанию), page — через связанную страницу Facebook", false),
    field("page_id", "Номер страницы", "Только для входа через страницу", false),
    field("base_url", "Адрес API", "По умолчанию https://graph.instagram.com/v26.0, для страницы https://graph.facebook.com/v26.0", false),
    field("proxy", "Прокси", "http://адрес:порт или socks5h://адрес:порт", false),
    field("extra_ca", "Корневой сертификат", "Путь к файлу PEM, если у прокси или сервера свой центр сертификации", false),
    field("per_s", "Сообщений в секунду", "По умолчанию 50", false),
    field("burst", "Сообщений подряд", "По умолчанию 20", false),
    field("parallel", "Вызовов одновременно", "По умолчанию 8", false),
];

/// Newer pages say 300 calls a second, older ones 100.
const PACE: Pace = Pace { burst: 20, per_s: 50.0, parallel: 8, requests: 1 };
/// Whatever is sent goes out within this of the client's last word; longer is for people alone.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// Source: developers.facebook.com/docs/instagram-platform/webhooks, read 2026-11-27.
const BY_HAND: &[&str] = &[
    "Откройте developers.facebook.com → Мои приложения → ваше приложение → Instagram → настройка API (API setup).",
    "В разделе «Webhooks» вставьте адрес в «Callback URL», слово — в «Verify token» и нажмите «Подтвердить и сохранить» \
     (Verify and save).",
    "Включите поля messages, messaging_postbacks, messaging_seen, messaging_referral и message_reactions.",
    "В приложении Instagram: Настройки → Сообщения → Инструменты → разрешите доступ к сообщениям.",
];

pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Channel>, SettingsProblem> {
    let is_page = settings.choice("login", &[("instagram", false), ("page", true)])?;
    let host = if is_page { "https://graph.facebook.com/v26.0" } else { "https://graph.instagram.com/v26.0" };
    let base = settings.url("base_url", host)?;
    let account = settings.required("account_id")?.to_owned();
    let speaker = match settings.text("page_id")? {
        Some(page) if is_page => page.to_owned(),
        None if is_page => return Err(settings.problem("page_id", "Для входа через страницу нужен её номер")),
        _ => account.clone(),
    };
    let headers = vec![(AUTHORIZATION, meta::bearer(settings)?)];
    Ok(Arc::new(Instagram {
        files: Files::open(settings, &base, &[])?,
        rest: Rest::new(Http::open(settings, &base)?, base, headers),
        account,
        speaker,
        app_secret: SecretString::from(settings.required("app_secret")?),
        verify_token: SecretString::from(context.hook_secret.clone()),
        pace: settings.pace(PACE)?,
        half_sent: parts::HalfSent::default(),
    }))
}

struct Instagram {
    rest: Rest,
    files: Files,
    account: String,
    /// In whose name calls are made: the account or its page.
    speaker: String,
    app_secret: SecretString,
    verify_token: SecretString,
    pace: Pace,
    half_sent: parts::HalfSent,
}

#[async_trait]
impl Channel for Instagram {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn window(&self) -> Option<SignedDuration> {
        Some(WINDOW)
    }

    fn hook_bytes_max(&self) -> usize {
        meta::HOOK_BYTES_MAX
    }

    fn verify(&self, hook: &Hook<'_>) -> Result<(), Forged> {
        proof::by_signature(hook, meta::SIGNATURE, &self.app_secret)
    }

    fn parse(&self, body: &[u8]) -> Result<Vec<Incoming>, ParseProblem> {
        updates::read(&read::json(body)?, &[&self.account, &self.speaker])
    }

    async fn handshake(&self, hook: &Hook<'_>) -> Result<Option<String>, Failure> {
        meta::handshake(hook, &self.verify_token)
    }

    async fn send(&self, peer: &str, message: &Outgoing, key: &str) -> Result<Receipt, Failure> {
        let bodies = outgoing::bodies(peer, message)?;
        let mut vendor_id = None;
        for (number, body) in self.half_sent.rest(key, &bodies) {
            let sent = self.send_one(body).await;
            vendor_id = sent.map_err(|failure| self.half_sent.broken(key, number, failure))?;
        }
        Ok(self.half_sent.done(key, vendor_id))
    }

    async fn name_of(&self, peer: &str) -> Result<Option<String>, Failure> {
        let person = self.repeatable(Request::get(peer, &[("fields", "name,username")])).await?;
        Ok(read::not_blank(person["name"].as_str()).or_else(|| read::not_blank(person["username"].as_str())))
    }

    async fn typing(&self, peer: &str, _message_id: &str) -> Result<(), Failure> {
        for action in ["mark_seen", "typing_on"] {
            let body = json!({ "recipient": { "id": peer }, "sender_action": action });
            self.repeatable(Request::post(&self.messages(), &[], &body)).await?;
        }
        Ok(())
    }

    /// The address itself is set in the app's own settings; here the account is joined to the app.
    async fn fetch(&self, file: &FileRef) -> Result<Media, Failure> {
        self.files.get(file.name(), &[]).await
    }

    async fn subscribe(&self, _hook_url: Option<&str>) -> Result<Subscribed, Failure> {
        let path = format!("{}/subscribed_apps", self.speaker);
        self.repeatable(Request::post_empty(&path, &[("subscribed_fields", updates::FIELDS)])).await.map(|_| Subscribed::Stands)
    }

    fn hook_by_hand(&self) -> Option<&'static [&'static str]> {
        Some(BY_HAND)
    }

    /// A token of Instagram's own login lives 60 days and is given anew from its second day on.
    async fn renewed(&self) -> Result<Option<Renewed>, Failure> {
        if self.is_page() {
            return Ok(None);
        }
        let asked = [("grant_type", "ig_refresh_token")];
        let answer = self.repeatable(Request::get("refresh_access_token", &asked)).await?;
        Ok(read::not_blank(answer["access_token"].as_str()).map(|token| Renewed::new("token", &token)))
    }

    async fn check(&self) -> Result<String, Failure> {
        let account = self.repeatable(Request::get(&self.account, &[("fields", "name,username")])).await?;
        let name = account["name"].as_str().unwrap_or("Instagram");
        Ok(match account["username"].as_str() {
            Some(username) => format!("{name} (@{username})"),
            None => name.to_owned(),
        })
    }
}

impl Instagram {
    /// A page's token does not run out.
    fn is_page(&self) -> bool {
        self.speaker != self.account
    }

    /// Returns the vendor's id of the message.
    async fn send_one(&self, body: &Value) -> Result<Option<String>, Failure> {
        let sent = self.rest.call(Request::post(&self.messages(), &[], body)).await;
        let sent = sent.map_err(|trouble| trouble.of_send(refusal::of))?;
        Ok(sent["message_id"].as_str().map(str::to_owned))
    }

    fn messages(&self) -> String {
        format!("{}/messages", self.speaker)
    }

    async fn repeatable(&self, request: Request<'_>) -> Result<Value, Failure> {
        self.rest.call(request).await.map_err(|trouble: Trouble| trouble.of_repeatable(refusal::of_repeatable))
    }
}
