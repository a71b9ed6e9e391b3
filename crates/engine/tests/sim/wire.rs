//! The wire between the real adapters and the doubles: no socket, virtual time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::crm;
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_adapters::ports::{Channel, Crm};
use nochnik_core::business::{ChannelEntry, CrmEntry};
use nochnik_doubles::{Outcome, bitrix24, telegram};
use nochnik_engine::{Clock, Keys, Opener};
use reqwest::Url;
use serde_json::Value;

/// Where the portal is called until it gets another name.
pub const OLD_PORT: u16 = 2;
const NEW_PORT: u16 = 3;

/// Both platforms at the other end.
#[derive(Clone)]
pub struct Platforms {
    pub telegram: telegram::Double,
    pub bitrix24: bitrix24::Double,
    pub clock: Clock,
    /// How often the portal was called.
    pub calls: Arc<AtomicU64>,
    is_renamed: Arc<AtomicBool>,
}

impl Platforms {
    pub fn new(telegram: telegram::Double, bitrix24: bitrix24::Double, clock: Clock) -> Self {
        Self { telegram, bitrix24, clock, calls: Arc::default(), is_renamed: Arc::default() }
    }

    /// From now on the old name of the portal leads to the new one and does nothing else.
    pub fn rename_portal(&self) {
        self.is_renamed.store(true, Ordering::Relaxed);
    }

    /// `None`: it has another name now.
    fn portal(&self, url: &Url, json: &Value, now_ms: i64) -> Option<Outcome> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let has_moved = self.is_renamed.load(Ordering::Relaxed) && url.port() == Some(OLD_PORT);
        (!has_moved).then(|| self.bitrix24.request(url.path(), json, now_ms))
    }
}

#[async_trait]
impl Wire for Platforms {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        let json = serde_json::from_slice(call.body()).unwrap();
        let now_ms = self.clock.now_ms();
        let outcome = match call.url.path().strip_prefix("/bot") {
            Some(target) => {
                let (token, method) = target.split_once('/').unwrap();
                self.telegram.request(token, method, &json, now_ms)
            }
            None => match self.portal(&call.url, &json, now_ms) {
                Some(outcome) => outcome,
                None => return Ok(moved(&call.url)),
            },
        };
        match outcome {
            Outcome::Answered(answer) => Ok(said(answer)),
            Outcome::Late { after_ms, answer } => {
                tokio::time::sleep(Duration::from_millis(after_ms.unsigned_abs())).await;
                Ok(said(answer))
            }
            Outcome::Lost => Err(Lost::Perhaps("the connection closed".to_owned())),
            Outcome::Hung => std::future::pending().await,
        }
    }
}

fn moved(from: &Url) -> Answer {
    let location = format!("http://127.0.0.1:{NEW_PORT}{}", from.path());
    Answer { status: 302, location: Some(location), ..Answer::default() }
}

fn said(answer: nochnik_doubles::Answer) -> Answer {
    let body = match &answer.body {
        serde_json::Value::String(page) => page.clone().into_bytes(),
        json => json.to_string().into_bytes(),
    };
    Answer { status: answer.status, body, ..Answer::default() }
}

/// Opens the real adapters over the wire.
pub struct Wired {
    pub platforms: Platforms,
    pub keys: Keys,
}

impl Opener for Wired {
    fn channel(&self, business: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        let context = OpenContext {
            hook_secret: self.keys.hook_secret(business, entry.account()),
            grants: None,
            wire: Some(Arc::new(self.platforms.clone())),
        };
        channels::open(entry, &context).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _business: &str, entry: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        crm::open(Some(entry), &crm::OpenContext { wire: Some(Arc::new(self.platforms.clone())), ..Default::default() })
            .map_err(|problem| problem.to_string())
    }
}
