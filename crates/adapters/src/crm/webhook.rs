//! Cards as signed JSON to any address, after the Standard Webhooks specification 1.0.0
//! (standardwebhooks.com, read 2026-11-22).
//!
//! The id of a delivery is made of its content, so the receiver recognises a repeat and every
//! unclear end may simply be tried again.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use nochnik_core::crm::{Card, CrmRefs};
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretBox};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::OpenContext;
use crate::failure::{Failure, Scope, codes};
use crate::http::{Answer, Http};
use crate::ports::{Attempt, Crm, Field, Kind, Limits, Pace, Put};
use crate::settings::{Settings, SettingsProblem};

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
        },
        Field {
            name: "secret",
            title: "Ключ подписи",
            help: "whsec_ и 24–64 байта в base64; им проверяется заголовок webhook-signature",
            is_required: true,
            is_secret: true,
        },
        Field {
            name: "extra_ca",
            title: "Корневой сертификат",
            help: "Путь к файлу PEM, если у получателя свой центр сертификации",
            is_required: false,
            is_secret: false,
        },
    ],
    limits: Limits { text_chars_max: usize::MAX, buttons_max: 0, label_chars_max: 0 },
    can_poll: false,
    has_hook: false,
    notice: None,
};

const TIMEOUT: Duration = Duration::from_secs(15);
const PACE: Pace = Pace { burst: 20, per_s: 10.0, parallel: 4, requests: 1 };
const SECRET_PREFIX: &str = "whsec_";
/// Length of the key in bytes, as the specification asks.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
const REF: &str = "webhook_id";
/// The specification advises to stay below 20 kB: receivers may refuse what is longer.
const BODY_BYTES_MAX: usize = 20_000;

pub(super) fn open(settings: &Settings<'_>, _context: &OpenContext) -> Result<Arc<dyn Crm>, SettingsProblem> {
    let url = settings.url("url", "")?;
    let key = settings
        .required("secret")?
        .strip_prefix(SECRET_PREFIX)
        .and_then(|text| STANDARD.decode(text).ok())
        .filter(|key| KEY_BYTES.contains(&key.len()))
        .ok_or_else(|| settings.problem("secret", "Ключ записывается как whsec_ и 24–64 байта в base64"))?;
    Ok(Arc::new(Webhook { http: Http::open(settings, &url)?, url, key: SecretBox::new(Box::new(key)) }))
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
        let id = delivery_id(&card.origin, &body);
        let done = CrmRefs::from([(REF.to_owned(), id.clone())]);
        if *refs == done {
            return Ok(done);
        }
        let headers = headers(self.key.expose_secret(), &id, attempt.now.as_second(), &body)?;
        let answer = self.http.post_json(self.url.clone(), body, &headers, TIMEOUT).await;
        verdict(&answer.map_err(|lost| lost.of_read())?).map(|()| done)
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

/// The same for the same content, another for any other.
fn delivery_id(origin: &str, body: &[u8]) -> String {
    let digest = Sha256::new().chain_update(origin).chain_update([0]).chain_update(body).finalize();
    format!("msg_{}", URL_SAFE_NO_PAD.encode(&digest[..18]))
}

/// `at_s` is the moment of this try in Unix seconds; receivers refuse one older than 5 minutes.
fn headers(key: &[u8], id: &str, at_s: i64, body: &[u8]) -> Result<[(HeaderName, HeaderValue); 3], Failure> {
    let value = |text: &str| {
        HeaderValue::from_str(text).map_err(|_| Failure::Refused {
            code: codes::MALFORMED.to_owned(),
            why: "a header is not ASCII".to_owned(),
        })
    };
    Ok([
        (HeaderName::from_static("webhook-id"), value(id)?),
        (HeaderName::from_static("webhook-timestamp"), value(&at_s.to_string())?),
        (HeaderName::from_static("webhook-signature"), value(&signature(key, id, at_s, body))?),
    ])
}

fn signature(key: &[u8], id: &str, at_s: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(format!("{id}.{at_s}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

fn verdict(answer: &Answer) -> Result<(), Failure> {
    let why = format!("the receiver answered {}", answer.status);
    match answer.status {
        200..=299 => Ok(()),
        408 | 425 | 429 | 500.. => Err(Failure::Later { after: answer.retry_after, scope: Scope::Destination, why }),
        401 | 403 => {
            Err(Failure::Broken { why, hint: "Получатель не принимает подпись. Сверьте ключ в Настройках → CRM." })
        }
        300..=399 | 404 => {
            Err(Failure::Broken { why, hint: "По этому адресу карточки не принимают. Поправьте адрес в Настройках → CRM." })
        }
        status => Err(Failure::Refused { code: format!("http_{status}"), why }),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::signature;

    /// The expected value was computed with `openssl dgst -sha256 -mac HMAC` over
    /// `id.timestamp.body`, the bytes the specification names.
    #[test]
    fn a_delivery_is_signed_as_standard_webhooks_asks() {
        let key = STANDARD.decode("bm9jaG5pay10ZXN0LWtleS0wMTIzNDU2Nzg5YWI=").unwrap();
        let body = r#"{"title":"Маникюр"}"#;
        assert_eq!(
            signature(&key, "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", 1_795_312_800, body.as_bytes()),
            "v1,nTL8Qblo1sLqIfdvdbc4Gi/BedwO+uY4mGy2PerWv5o="
        );
    }
}
