//! Where events are fetched from, and what its answers mean. Source: dev.vk.com, Bots Long Poll.

use reqwest::Url;
use serde_json::Value;

use crate::settings::is_loopback;

/// The place VK gave us, good until it says otherwise.
#[derive(Clone)]
pub struct Server {
    pub url: Url,
    pub key: String,
    /// Where the events of this place begin.
    pub ts: String,
}

/// What a check brought.
pub enum Checked {
    Events { updates: Vec<Value>, ts: String },
    /// Part of the history is lost; events go on from here.
    Lost { ts: String },
    /// The key is over: a new one, from where we stand.
    KeyOver,
    /// Nothing of where we stand is known there any more.
    Forgotten,
}

impl Server {
    /// `None`: the answer is not what VK gives, or leads where nothing encrypted goes.
    pub fn read(response: &Value) -> Option<Self> {
        let url = Url::parse(response["server"].as_str()?).ok()?;
        let is_safe = url.scheme() == "https" || is_loopback(&url);
        let key = response["key"].as_str()?.to_owned();
        is_safe.then_some(Self { url, key, ts: ts_of(response)? })
    }

    pub fn check(&self, ts: &str, wait_s: u64) -> Url {
        let mut url = self.url.clone();
        let wait = wait_s.to_string();
        url.query_pairs_mut()
            .extend_pairs([("act", "a_check"), ("key", self.key.as_str()), ("ts", ts), ("wait", wait.as_str())]);
        url
    }
}

/// `None`: not an answer of VK's.
pub fn checked(answer: &Value) -> Option<Checked> {
    match answer["failed"].as_i64() {
        None => {
            Some(Checked::Events { updates: answer["updates"].as_array()?.clone(), ts: ts_of(answer)? })
        }
        Some(1) => Some(Checked::Lost { ts: ts_of(answer)? }),
        Some(2) => Some(Checked::KeyOver),
        // 4 is a wrong version: a new place is asked for with ours.
        Some(3 | 4) => Some(Checked::Forgotten),
        Some(_) => None,
    }
}

/// A text in newer answers, a number in older ones.
fn ts_of(answer: &Value) -> Option<String> {
    let ts = &answer["ts"];
    ts.as_str().map(str::to_owned).or_else(|| ts.as_i64().map(|ts| ts.to_string()))
}
