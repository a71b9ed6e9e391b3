//! Web push to the installed console of one person's browser.
//!
//! An address is the browser's subscription as JSON. A push of the same key replaces the earlier one,
//! at the push service by its topic and on the screen by its tag, so a repeat does no harm. The
//! service tells only that it took the push: what the person saw, the console itself must say.
//! Source: RFC 8030, 8188, 8291, 8292; `contracts/web-push/`.

mod subscription;
mod vapid;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::json;
use sha2::{Digest, Sha256};

use self::subscription::Subscription;
pub use self::vapid::{new_key, public_key};
use super::OpenContext;
use super::fields::{BURST, EXTRA_CA, LIMITS, PARALLEL, PER_S, PROXY, field, fingerprint, refused, unreachable};
use crate::failure::{Failure, Scope, codes};
use crate::http::{Answer, Call, Http, Lost};
use crate::ports::{Alert, Delivery, Handed, Kind, Notifier, Pace, Way};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "webpush",
    title: "Уведомления кабинета",
    fields: &[
        field(
            "private_key",
            "Ключ сервера",
            "Создаётся сам при первом запуске; с новым ключом все подписываются заново",
            true,
        ),
        field(
            "contact",
            "Для связи",
            "Кому напишет служба уведомлений: mailto:owner@salon.example или https://…",
            true,
        ),
        field("ttl_min", "Сколько ждать телефон", "Минут, пока он не в сети; по умолчанию 15", false),
        field("test_origin", "Проверочная служба", "Ещё один адрес, куда можно отправлять, для проверок", false),
        PROXY,
        EXTRA_CA,
        PER_S,
        BURST,
        PARALLEL,
    ],
    limits: LIMITS,
    can_poll: false,
    has_hook: false,
    is_for_staff: false,
    notice: Some(
        "На iPhone уведомления приходят, только если кабинет добавлен на экран «Домой» (iOS 16.4 и новее). \
         Службы Google и Apple из России бывают недоступны: не делайте уведомления единственным способом.",
    ),
};

const PACE: Pace = Pace { burst: 20, per_s: 10.0, parallel: 4, requests: 1 };
const TIMEOUT: Duration = Duration::from_secs(15);
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Largest text before encryption: one record of 4,096 bytes without its header and tag. Source: RFC 8291, 4.
const PLAIN_BYTES_MAX: usize = 3_993;
/// Shown on a locked screen, in characters; more is not read there.
const TEXT_CHARS_MAX: usize = 300;
const TITLE_CHARS_MAX: usize = 80;
const TTL_MIN: f64 = 15.0;
const KEYS: &str =
    "Служба уведомлений не принимает ключ сервера. Если ключ меняли, каждый заново включает уведомления в кабинете.";

pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Notifier>, SettingsProblem> {
    let test_origin = match settings.text("test_origin")? {
        Some(_) => Some(settings.url("test_origin", "")?.origin().ascii_serialization()),
        None => None,
    };
    let any = Url::parse("https://web.push.apple.com/").map_err(|_| settings.problem("proxy", "Адрес не читается"))?;
    Ok(Arc::new(WebPush {
        http: Http::open(settings, &any)?,
        vapid: vapid::Signer::open(settings)?,
        ttl_s: (settings.number("ttl_min", TTL_MIN, 1.0..=1_440.0)? * 60.0) as u32,
        test_origin,
        pace: settings.pace(PACE)?,
        now: context.now.clone(),
    }))
}

struct WebPush {
    http: Http,
    vapid: vapid::Signer,
    ttl_s: u32,
    /// `http://127.0.0.1:8090`
    test_origin: Option<String>,
    pace: Pace,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

#[async_trait]
impl Notifier for WebPush {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn way(&self) -> Way {
        Way::Push
    }

    fn destination(&self) -> String {
        format!("means:webpush:{}", fingerprint(self.vapid.public_key()))
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn check_address(&self, to: &str) -> Result<(), &'static str> {
        self.subscription(to).map(drop)
    }

    async fn send(&self, to: &str, alert: &Alert, key: &str) -> Result<Handed, Failure> {
        let subscription =
            self.subscription(to).map_err(|_| unreachable("the subscription is not one of a push service"))?;
        let topic = topic(key);
        let (plain, is_cut) = payload(alert, &topic);
        let body =
            subscription.encrypt(plain).ok_or_else(|| refused(codes::MALFORMED, "the push cannot be encrypted"))?;
        let headers = self.headers(&subscription, &topic)?;
        let call = Call {
            method: Method::POST,
            url: subscription.endpoint,
            headers: &headers,
            content: Some(("application/octet-stream", body)),
            timeout: TIMEOUT,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        let answer = self.http.call(call).await.map_err(unheard)?;
        verdict(&answer)?;
        Ok(Handed { vendor_id: None, delivery: Delivery::Accepted, price_kop: None, segments: 1, is_cut })
    }

    /// Sends nothing: a push service has no call that disturbs nobody.
    async fn check(&self) -> Result<Vec<String>, Failure> {
        Ok(vec![
            "Ключ сервера читается. Уведомления проверяет каждый у себя кнопкой «Проверить» в кабинете.".to_owned(),
        ])
    }
}

impl WebPush {
    fn subscription(&self, to: &str) -> Result<Subscription, &'static str> {
        Subscription::read(to, self.test_origin.as_deref())
    }

    fn headers(&self, to: &Subscription, topic: &str) -> Result<[(HeaderName, HeaderValue); 5], Failure> {
        let text =
            |text: &str| HeaderValue::from_str(text).map_err(|_| refused(codes::MALFORMED, "a header is not ASCII"));
        let mut signed = text(&self.vapid.authorization(&to.endpoint, (self.now)()))?;
        signed.set_sensitive(true);
        Ok([
            (AUTHORIZATION, signed),
            (CONTENT_ENCODING, HeaderValue::from_static("aes128gcm")),
            (HeaderName::from_static("ttl"), HeaderValue::from(self.ttl_s)),
            (HeaderName::from_static("urgency"), HeaderValue::from_static("high")),
            (HeaderName::from_static("topic"), text(topic)?),
        ])
    }
}

/// 32 characters of base64url, the most a topic may have.
fn topic(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(key)[..24])
}

/// What the console's service worker shows, and whether the text was cut.
fn payload(alert: &Alert, topic: &str) -> (Vec<u8>, bool) {
    let title: String = alert.title.chars().take(TITLE_CHARS_MAX).collect();
    let text: String = alert.text.chars().take(TEXT_CHARS_MAX).collect();
    let is_cut = text.len() < alert.text.len();
    let whole = json!({ "title": title, "body": text, "tag": topic, "link": alert.link }).to_string();
    if whole.len() <= PLAIN_BYTES_MAX {
        return (whole.into_bytes(), is_cut);
    }
    // Only a link can be so long; the console finds its page by itself.
    (json!({ "title": title, "body": text, "tag": topic, "link": null }).to_string().into_bytes(), true)
}

/// A second push of this topic takes the first one's place, so a lost answer may be tried again. Other
/// browsers have other services, which need not wait.
fn unheard(lost: Lost) -> Failure {
    let (Lost::Before(why) | Lost::Perhaps(why)) = lost;
    Failure::Later { after: None, scope: Scope::Row, why }
}

fn verdict(answer: &Answer) -> Result<(), Failure> {
    let why = format!("the push service answered {}", answer.status);
    match answer.status {
        200..=202 => Ok(()),
        404 | 410 => Err(unreachable(&why)),
        400 | 401 | 403 => Err(Failure::Broken { why, hint: KEYS }),
        413 => Err(refused(codes::MALFORMED, &why)),
        429 | 500.. => Err(Failure::Later { after: answer.retry_after, scope: Scope::Row, why }),
        status => Err(refused(&format!("http_{status}"), &why)),
    }
}
