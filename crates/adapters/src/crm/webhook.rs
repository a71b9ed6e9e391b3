//! Cards as signed JSON to any address, after the Standard Webhooks specification 1.0.0.
//!
//! The id of a delivery is made of its content, so the receiver recognises a repeat and every
//! unclear end may simply be tried again.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nochnik_core::crm::{Card, CrmRefs};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretBox};
use serde::Serialize;

use super::OpenContext;
use crate::failure::{Failure, codes};
use crate::guard::Guard;
use crate::http::Http;
use crate::ports::{Attempt, Crm, Field, Kind, Limits, Pace, Put};
use crate::settings::{Settings, SettingsProblem};
use crate::signed::{self, BODY_BYTES_MAX, Hints};

pub static KIND: Kind = Kind {
    name: "webhook",
    title: "Свой адрес (webhook)",
    fields: &[
        Field {
            name: "url",
            title: "Адрес",
            help: "Куда отправлять карточки: https://…",
            is_required: true,
            is_secret: false,
            is_address: true,
        },
        Field {
            name: "secret",
            title: "Ключ подписи",
            help: "whsec_ и 24–64 байта в base64; им проверяется заголовок webhook-signature",
            is_required: true,
            is_secret: true,
            is_address: false,
        },
        Field {
            name: "extra_ca",
            title: "Корневой сертификат",
            help: "Путь к файлу PEM, если у получателя свой центр сертификации",
            is_required: false,
            is_secret: false,
            is_address: false,
        },
    ],
    limits: Limits { text_chars_max: usize::MAX, buttons_max: 0, label_chars_max: 0 },
    can_poll: false,
    has_hook: false,
    is_for_staff: false,
    notice: None,
};

const TIMEOUT: Duration = Duration::from_secs(15);
const PACE: Pace = Pace { burst: 20, per_s: 10.0, parallel: 4, requests: 1 };
const REF: &str = "webhook_id";
const HINTS: Hints = Hints {
    key: "Получатель не принимает подпись. Сверьте ключ в Настройках → CRM.",
    address: "По этому адресу карточки не принимают. Поправьте адрес в Настройках → CRM.",
};

/// Whoever keeps the machine may name one of the same network by its number. A name leads to public machines alone,
/// whoever wrote it: where it leads may change after the address was looked at. Source: security C-17.
pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Crm>, SettingsProblem> {
    let url = settings.url("url", "")?;
    if context.is_public_only && Guard::PUBLIC.url(url.as_str()).is_err() {
        return Err(settings.problem("url", Guard::PUBLIC_RU));
    }
    let wrong = || settings.problem("secret", "Ключ записывается как whsec_ и 24–64 байта в base64");
    let key = signed::key_of(settings.required("secret")?).ok_or_else(wrong)?;
    let http = Http::open_guarded(settings, &url, &[], Guard::of(&url))?;
    Ok(Arc::new(Webhook { http, url, key: SecretBox::new(Box::new(key)) }))
}

struct Webhook {
    http: Http,
    url: Url,
    key: SecretBox<Vec<u8>>,
}

#[async_trait]
impl Crm for Webhook {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn destination(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        format!("crm:webhook:{host}:{}", self.url.port_or_known_default().unwrap_or_default())
    }

    fn pace(&self) -> Pace {
        PACE
    }

    async fn put(&self, card: &Card, refs: &CrmRefs, attempt: Attempt) -> Put {
        Put { done: self.bring(card, refs, attempt).await, requests: 1 }
    }

    /// Sends nothing: a receiver has no call that changes nothing.
    async fn check(&self) -> Result<Vec<String>, Failure> {
        let host = self.url.host_str().unwrap_or_default();
        Ok(vec![format!("Карточки с подписью пойдут на {host}. Проверочный запрос не отправляется.")])
    }
}

impl Webhook {
    async fn bring(&self, card: &Card, refs: &CrmRefs, attempt: Attempt) -> Result<CrmRefs, Failure> {
        let body = body_of(card)?;
        let id = signed::delivery_id(&card.origin, &body);
        let done = CrmRefs::from([(REF.to_owned(), id.clone())]);
        if *refs == done {
            return Ok(done);
        }
        let headers = signed::headers(self.key.expose_secret(), &id, attempt.now.as_second(), &body)?;
        let answer = self.http.post_json(self.url.clone(), body, &headers, TIMEOUT).await;
        signed::verdict(&answer.map_err(|lost| lost.of_read())?, &HINTS).map(|()| done)
    }
}

/// The card as JSON, without the oldest lines of a conversation too long for one delivery.
fn body_of(card: &Card) -> Result<Vec<u8>, Failure> {
    let whole = json(card)?;
    let mut surplus = whole.len().saturating_sub(BODY_BYTES_MAX);
    if surplus == 0 {
        return Ok(whole);
    }
    let mut card = card.clone();
    let mut dropped = 0;
    while surplus > 0 && dropped < card.transcript.len() {
        surplus = surplus.saturating_sub(json(&card.transcript[dropped])?.len());
        dropped += 1;
    }
    card.transcript.drain(..dropped);
    json(&card)
}

fn json(part: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(part).map_err(|error| Failure::Refused {
        code: codes::MALFORMED.to_owned(),
        why: format!("the card is not JSON: {error}"),
    })
}
