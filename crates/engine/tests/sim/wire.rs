//! The wire between the real adapters and the doubles: no socket, virtual time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::crm;
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_adapters::ports::{Channel, Crm};
use nochnik_core::business::{ChannelEntry, CrmEntry};
use nochnik_doubles::{Outcome, bitrix24, telegram};
use nochnik_engine::{Clock, Keys, Opener};

/// Both platforms at the other end.
#[derive(Clone)]
pub struct Platforms {
    pub telegram: telegram::Double,
    pub bitrix24: bitrix24::Double,
    pub clock: Clock,
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
            None => self.bitrix24.request(call.url.path(), &json, now_ms),
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
            wire: Some(Arc::new(self.platforms.clone())),
        };
        channels::open(entry, &context).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _business: &str, entry: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        crm::open(Some(entry), &crm::OpenContext { wire: Some(Arc::new(self.platforms.clone())), ..Default::default() })
            .map_err(|problem| problem.to_string())
    }
}
