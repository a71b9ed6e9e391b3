//! WhatsApp through the Cloud API. Nothing can be fetched here: it needs a public HTTPS address.
//!
//! A message that was taken is not yet delivered: failures come later as statuses, under the key it was sent
//! with. Source: developers.facebook.com and Meta's OpenAPI v23, read 2026-11-22; `contracts/whatsapp/`.

mod outgoing;
mod refusal;
mod templates;
mod updates;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use nochnik_core::effect::{Button, Prepared};
use nochnik_core::event::FileRef;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use self::templates::Registry;
use super::OpenContext;
use super::rest::{Request, Rest, Trouble};
use super::{field, meta, parts, proof, read};
use crate::failure::Failure;
use crate::http::Http;
use crate::media::{self, Files};
use crate::ports::{Channel, Field, Forged, Hook, Incoming, Kind, Limits, Media, Outgoing, Pace, ParseProblem, Receipt, Subscribed, window_closed};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "whatsapp",
    title: "WhatsApp",
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
        "WhatsApp в России с февраля 2026 года открывается почти только через VPN, и неизвестно, даёт ли Meta номера российским \
         компаниям. Реклама в нём незаконна (ФАС, март 2026): Ночник только отвечает тем, кто написал сам, и не шлёт рекламу. \
         Нужен адрес Ночника с HTTPS, доступный из-за рубежа. Не делайте WhatsApp единственным каналом.",
    ),
};

const FIELDS: &[Field] = &[
    field("token", "Токен", "Системный пользователь в Meta Business Suite; права whatsapp_business_messaging и …_management", true),
    field("phone_number_id", "Номер (phone number ID)", "WhatsApp Manager → Номера телефонов; это не сам номер", true),
    field("waba_id", "Аккаунт WhatsApp (WABA ID)", "WhatsApp Manager → Обзор; нужен для шаблонов и подписки", true),
    field("app_secret", "Секрет приложения", "Приложение Meta → Настройки → Основное; им подписаны сообщения", true),
    field("base_url", "Адрес API", "По умолчанию https://graph.facebook.com/v26.0", false),
    field("proxy", "Прокси", "http://адрес:порт или socks5h://адрес:порт", false),
    field("extra_ca", "Корневой сертификат", "Путь к файлу PEM, если у прокси или сервера свой центр сертификации", false),
    field("per_s", "Сообщений в секунду", "По умолчанию 20: Meta разрешает 80, а вместе с приложением — 20", false),
    field("burst", "Сообщений подряд", "По умолчанию 20", false),
    field("parallel", "Вызовов одновременно", "По умолчанию 8", false),
];

const PACE: Pace = Pace { burst: 20, per_s: 20.0, parallel: 8, requests: 1 };
/// Free text may go out for so long after the client's last word.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// Where Meta keeps files: nobody else is shown the token.
const FILE_DOMAINS: [&str; 4] = ["fbsbx.com", "fbcdn.net", "whatsapp.net", "facebook.com"];
/// Longest address that an account may have of its own. Source: developers.facebook.com, webhook overrides, read
/// 2026-11-27; there as well that only messages go to it.
const ADDRESS_CHARS_MAX: usize = 200;
const TEMPLATE_FIELDS: &str = "name,status,category,language";
const NUMBER_FIELDS: &str = "verified_name,display_phone_number,quality_rating,status";

/// Source: developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks, read 2026-11-27.
const BY_HAND: &[&str] = &[
    "Откройте developers.facebook.com → Мои приложения → ваше приложение → WhatsApp → Конфигурация (Configuration).",
    "В разделе «Webhook» нажмите «Изменить» (Edit). Адрес вставьте в «Callback URL», слово — в «Verify token», нажмите \
     «Подтвердить и сохранить» (Verify and save).",
    "Ниже, в «Webhook fields», включите messages, message_template_status_update и template_category_update.",
];

pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Channel>, SettingsProblem> {
    let base = settings.url("base_url", "https://graph.facebook.com/v26.0")?;
    let bearer = meta::bearer(settings)?;
    let headers = vec![(AUTHORIZATION, bearer.clone())];
    Ok(Arc::new(WhatsApp {
        files: Files::open(settings, &base, &[])?,
        bearer,
        rest: Rest::new(Http::open(settings, &base)?, base, headers),
        number: settings.required("phone_number_id")?.to_owned(),
        account: settings.required("waba_id")?.to_owned(),
        app_secret: SecretString::from(settings.required("app_secret")?),
        verify_token: SecretString::from(context.hook_secret.clone()),
        pace: settings.pace(PACE)?,
        half_sent: parts::HalfSent::default(),
        registry: Registry::default(),
    }))
}

struct WhatsApp {
    rest: Rest,
    files: Files,
    bearer: HeaderValue,
    number: String,
    account: String,
    app_secret: SecretString,
    verify_token: SecretString,
    pace: Pace,
    half_sent: parts::HalfSent,
    registry: Registry,
}

#[async_trait]
impl Channel for WhatsApp {
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
        let ours = updates::Ours { number: &self.number, account: &self.account };
        updates::read(&read::json(body)?, &ours, &self.registry)
    }

    async fn handshake(&self, hook: &Hook<'_>) -> Result<Option<String>, Failure> {
        meta::handshake(hook, &self.verify_token)
    }

    async fn send(&self, peer: &str, message: &Outgoing, key: &str) -> Result<Receipt, Failure> {
        let bodies = outgoing::bodies(peer, message, key)?;
        let mut vendor_id = None;
        for (number, body) in self.half_sent.rest(key, &bodies) {
            let sent = self.send_one(body).await;
            vendor_id = sent.map_err(|failure| self.half_sent.broken(key, number, failure))?;
        }
        Ok(self.half_sent.done(key, vendor_id))
    }

    async fn send_prepared(
        &self,
        peer: &str,
        prepared: &Prepared,
        buttons: &[Button],
        key: &str,
    ) -> Result<Receipt, Failure> {
        let template = templates::of(prepared.name).ok_or_else(window_closed)?;
        if !self.registry.is_read() {
            self.read_templates().await?;
        }
        self.registry.check(template.name)?;
        let content = json!({ "type": "template", "template": template.filled(prepared, buttons)? });
        let body = outgoing::addressed(peer, key, content)?;
        self.send_one(&body).await.map(|vendor_id| Receipt { vendor_id })
    }

    async fn prepared(&self, propose: bool) -> Result<Option<Vec<String>>, Failure> {
        self.read_templates().await?;
        for template in templates::ALL.iter().filter(|template| propose && self.registry.of(template.name).is_none()) {
            let path = format!("{}/message_templates", self.account);
            self.repeatable(Request::post(&path, &[], &template.proposal())).await?;
        }
        if propose {
            self.read_templates().await?;
        }
        let words = |template: &templates::Template| {
            let standing = self.registry.of(template.name);
            format!("{}: {}", template.title, standing.map_or("ещё не отправлен на проверку", |standing| standing.words()))
        };
        Ok(Some(templates::ALL.iter().map(words).collect()))
    }

    /// One call marks as read and shows that an answer is coming.
    async fn typing(&self, _peer: &str, message_id: &str) -> Result<(), Failure> {
        let mark = json!({
            "messaging_product": "whatsapp", "status": "read", "message_id": message_id,
            "typing_indicator": { "type": "text" },
        });
        self.repeatable(Request::post(&self.messages(), &[], &mark)).await.map(drop)
    }

    /// The id leads to an address that lives for five minutes and wants the token.
    async fn fetch(&self, file: &FileRef) -> Result<Media, Failure> {
        if !file.name().bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
            return Err(media::refused("the file has an id that is none of Meta's"));
        }
        let told = self.repeatable(Request::get(file.name(), &[("phone_number_id", &self.number)])).await?;
        let headers = [(AUTHORIZATION, self.bearer.clone())];
        self.files.get_from(&FILE_DOMAINS, told["url"].as_str().unwrap_or_default(), &headers).await
    }

    /// The account is joined to the app, and its messages led to us past the one address of the app, which may
    /// serve many accounts. What Meta says of prepared texts goes to the app's own address in any case.
    async fn subscribe(&self, hook_url: Option<&str>) -> Result<Subscribed, Failure> {
        let url = hook_url.filter(|url| url.starts_with("https://") && url.len() <= ADDRESS_CHARS_MAX);
        let subscribed = self.lead_here(url).await?;
        self.read_templates().await?;
        Ok(subscribed)
    }

    fn hook_by_hand(&self) -> Option<&'static [&'static str]> {
        Some(BY_HAND)
    }

    async fn check(&self) -> Result<String, Failure> {
        let number = self.repeatable(Request::get(&self.number, &[("fields", NUMBER_FIELDS)])).await?;
        let name = number["verified_name"].as_str().unwrap_or("WhatsApp");
        Ok(match number["display_phone_number"].as_str() {
            Some(phone) => format!("{name} ({phone})"),
            None => name.to_owned(),
        })
    }
}

impl WhatsApp {
    fn messages(&self) -> String {
        format!("{}/messages", self.number)
    }

    /// Returns the vendor's id of the message.
    async fn send_one(&self, body: &Value) -> Result<Option<String>, Failure> {
        let sent = self.rest.call(Request::post(&self.messages(), &[], body)).await;
        let sent = sent.map_err(|trouble| trouble.of_send(refusal::of))?;
        Ok(sent["messages"][0]["id"].as_str().map(str::to_owned))
    }

    fn subscriptions(&self) -> String {
        format!("{}/subscribed_apps", self.account)
    }

    async fn lead_here(&self, url: Option<&str>) -> Result<Subscribed, Failure> {
        let path = self.subscriptions();
        let Some(url) = url else {
            self.repeatable(Request::post_empty(&path, &[])).await?;
            return Ok(Subscribed::Stands);
        };
        if self.is_led_to(url).await? {
            return Ok(Subscribed::Stands);
        }
        let address = json!({ "override_callback_uri": url, "verify_token": self.verify_token.expose_secret() });
        match self.repeatable(Request::post(&path, &[], &address)).await {
            // The app's own address, set by hand, may lead here as well. Only here: a call without an address takes
            // an address of the account's own away.
            Err(Failure::Refused { code, why }) => {
                tracing::warn!(code, why, "WhatsApp took no address of the account's own");
                self.repeatable(Request::post_empty(&path, &[])).await?;
                Ok(Subscribed::Stands)
            }
            Err(failure) => Err(failure),
            // Where Meta does not show the address, nothing tells whether it was there.
            Ok(_) if self.is_led_to(url).await? => Ok(Subscribed::Renewed),
            Ok(_) => Ok(Subscribed::Stands),
        }
    }

    async fn is_led_to(&self, url: &str) -> Result<bool, Failure> {
        let apps = self.repeatable(Request::get(&self.subscriptions(), &[])).await?;
        let apps = apps["data"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(apps.iter().any(|app| app["override_callback_uri"] == url))
    }

    async fn read_templates(&self) -> Result<(), Failure> {
        let path = format!("{}/message_templates", self.account);
        let list = self.repeatable(Request::get(&path, &[("fields", TEMPLATE_FIELDS), ("limit", "200")])).await?;
        self.registry.read(&list);
        Ok(())
    }

    async fn repeatable(&self, request: Request<'_>) -> Result<Value, Failure> {
        self.rest.call(request).await.map_err(|trouble: Trouble| trouble.of_repeatable(refusal::of))
    }
}
