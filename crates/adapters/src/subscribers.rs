//! Programs of the business that are told news: signed JSON to an address that an owner typed.
//!
//! The address comes from outside, so it leads to public machines only.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretBox};
use serde_json::json;

use crate::failure::Failure;
use crate::guard::Guard;
use crate::http::{Http, Wire};
use crate::ports::{Field, Kind, Limits, Pace, Subscriber};
use crate::settings::{Settings, SettingsProblem};
use crate::signed::{self, Hints};

static KIND: Kind = Kind {
    name: "subscriber",
    title: "Вебхук",
    fields: &[
        Field {
            name: "url", title: "Адрес", help: "https://…", is_required: true, is_secret: false, is_address: true
        },
        Field {
            name: "secret",
            title: "Ключ подписи",
            help: "whsec_…",
            is_required: true,
            is_secret: true,
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
const HINTS: Hints = Hints {
    key: "Программа не принимает подпись. Сверьте ключ или заведите вебхук заново: Ещё → Вебхуки",
    address: "По этому адресу событий не принимают. Проверьте программу или заведите вебхук заново: Ещё → Вебхуки",
};

/// Opens the way to one subscriber. Nothing is sent yet. `wire` stands in place of sockets; only simulators have one.
pub fn open(url: &str, secret: &str, wire: Option<Arc<dyn Wire>>) -> Result<Arc<dyn Subscriber>, SettingsProblem> {
    let fields = BTreeMap::from([("url".to_owned(), json!(url)), ("secret".to_owned(), json!(secret))]);
    let settings = Settings::read(&KIND, &fields)?.over(wire);
    let url = Guard::PUBLIC.url(url).map_err(|_| settings.problem("url", Guard::PUBLIC_RU))?;
    let wrong = || settings.problem("secret", "Ключ записывается как whsec_ и 24–64 байта в base64");
    let key = signed::key_of(secret).ok_or_else(wrong)?;
    let http = Http::open_guarded(&settings, &url, &[], Guard::PUBLIC)?;
    Ok(Arc::new(Address { http, url, key: SecretBox::new(Box::new(key)) }))
}

struct Address {
    http: Http,
    url: Url,
    key: SecretBox<Vec<u8>>,
}

#[async_trait]
impl Subscriber for Address {
    fn pace(&self) -> Pace {
        PACE
    }

    async fn bring(&self, name: &str, body: &str, now: Timestamp) -> Result<u16, Failure> {
        let id = signed::delivery_id(name, body.as_bytes());
        let headers = signed::headers(self.key.expose_secret(), &id, now.as_second(), body.as_bytes())?;
        let answer = self.http.post_json(self.url.clone(), body.as_bytes().to_vec(), &headers, TIMEOUT).await;
        // The receiver knows a repeat by its id: what may have come is simply brought again.
        let answer = answer.map_err(|lost| lost.of_read())?;
        signed::verdict(&answer, &HINTS).map(|()| answer.status)
    }
}
