//! Channels by which Google tells that something has changed, and nothing of what.
//!
//! Source: `calendar.events.watch`, `calendar.channels.stop` and `Channel` of the discovery document; the contract sheet,
//! 1.5. Not confirmed: the letters of an id, the life of a week, the refusal of an id that was used before, what a stop of an
//! unknown channel says.

use jiff::{Timestamp, fmt::rfc2822};
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::state::State;
use super::{Double, Reply};

const ID_CHARS_MAX: usize = 64;
const TOKEN_CHARS_MAX: usize = 256;
const WEEK_MS: i64 = 7 * 86_400_000;
const RESOURCE: &str = "ret08u3rv24htgh289g";
const RESOURCE_URI: &str = "https://www.googleapis.com/calendar/v3/calendars/salon%40group.calendar.google.com/events";

pub(super) struct Channel {
    id: String,
    token: String,
    address: String,
    ends_ms: i64,
    number: u64,
    is_stopped: bool,
}

/// One message of a channel: an empty POST with these headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    pub address: String,
    /// Names are lower-case.
    pub headers: Vec<(String, String)>,
}

impl Double {
    /// Messages sent since the last call.
    pub fn rings(&self) -> Vec<Ring> {
        std::mem::take(&mut self.state().rings)
    }

    /// Ids of channels that ring at a moment.
    pub fn channels(&self, now_ms: i64) -> Vec<String> {
        let state = self.state();
        state.channels.iter().filter(|channel| channel.is_alive(now_ms)).map(|channel| channel.id.clone()).collect()
    }
}

impl Channel {
    fn is_alive(&self, now_ms: i64) -> bool {
        !self.is_stopped && now_ms < self.ends_ms
    }

    fn ring(&mut self, word: &str) -> Ring {
        self.number += 1;
        let ends = Timestamp::from_millisecond(self.ends_ms).unwrap_or_default();
        let ends = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&ends).unwrap_or_default();
        let headers = [
            ("x-goog-channel-id", self.id.clone()),
            ("x-goog-channel-token", self.token.clone()),
            ("x-goog-channel-expiration", ends),
            ("x-goog-resource-id", RESOURCE.to_owned()),
            ("x-goog-resource-uri", RESOURCE_URI.to_owned()),
            ("x-goog-resource-state", word.to_owned()),
            ("x-goog-message-number", self.number.to_string()),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ring { address: self.address.clone(), headers }
    }
}

impl State {
    pub(super) fn watch(&mut self, body: &Value, now_ms: i64) -> Reply {
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let (id, token, address) = (text("id"), text("token"), text("address"));
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_+/=".contains(&byte);
        if id.is_empty() || id.len() > ID_CHARS_MAX || !id.bytes().all(is_plain) {
            return Err(Refusal::about(400, "invalid", "id"));
        }
        if self.channels.iter().any(|channel| channel.id == id) {
            return Err(Refusal::new(400, "channelIdNotUnique"));
        }
        if !matches!(text("type"), "web_hook" | "webhook") {
            return Err(Refusal::about(400, "invalid", "type"));
        }
        if !address.starts_with("https://") {
            return Err(Refusal::new(401, "webHookUrlNotHttps"));
        }
        if token.is_empty() || token.len() > TOKEN_CHARS_MAX {
            self.fail("calendar.events.watch: whoever knows the address may ring");
        }
        let asked_ms = body["expiration"].as_str().and_then(|text| text.parse::<i64>().ok());
        let ends_ms = asked_ms.unwrap_or(i64::MAX).min(now_ms + WEEK_MS);
        let mut channel = Channel {
            id: id.to_owned(),
            token: token.to_owned(),
            address: address.to_owned(),
            ends_ms,
            number: 0,
            is_stopped: false,
        };
        self.rings.push(channel.ring("sync"));
        let answer = json!({
            "kind": "api#channel", "id": id, "resourceId": RESOURCE, "resourceUri": RESOURCE_URI,
            "token": token, "expiration": ends_ms.to_string(),
        });
        self.channels.push(channel);
        Ok(answer)
    }

    pub(super) fn stop(&mut self, body: &Value, now_ms: i64) -> Reply {
        let is_it = |channel: &&mut Channel| body["id"] == channel.id.as_str() && channel.is_alive(now_ms);
        let found = self.channels.iter_mut().find(is_it).filter(|_| body["resourceId"] == RESOURCE);
        let channel = found.ok_or_else(Refusal::not_found)?;
        channel.is_stopped = true;
        Ok(Value::Null)
    }

    /// Every channel tells of a change, whoever made it.
    pub(super) fn ring_all(&mut self, now_ms: i64) {
        let alive = self.channels.iter_mut().filter(|channel| channel.is_alive(now_ms));
        let rings: Vec<Ring> = alive.map(|channel| channel.ring("exists")).collect();
        self.rings.extend(rings);
    }
}
