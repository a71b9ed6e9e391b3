//! What the readers of deliveries share: strangers in a field are passed over, so that the text
//! beside them is never lost. Source: reliability F09.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::ports::{Incoming, IncomingWhat, NOT_SAID, ParseProblem};

/// Longest tag of a link kept, in characters.
const TAG_CHARS_MAX: usize = 64;
/// Of an update we cannot read, so many characters are kept.
const RAW_CHARS_MAX: usize = 65_536;

/// A field that is what we know it to be, or nothing.
pub fn if_known<'de, D: Deserializer<'de>, T: DeserializeOwned>(input: D) -> Result<Option<T>, D::Error> {
    Ok(T::deserialize(Value::deserialize(input)?).ok())
}

/// The items that are what we know them to be; a field that is no list has none.
pub fn those_known<'de, D: Deserializer<'de>, T: DeserializeOwned>(input: D) -> Result<Vec<T>, D::Error> {
    let items = match Value::deserialize(input)? {
        Value::Array(items) => items,
        _ => Vec::new(),
    };
    Ok(items.into_iter().filter_map(|item| T::deserialize(item).ok()).collect())
}

pub fn json(body: &[u8]) -> Result<Value, ParseProblem> {
    serde_json::from_slice(body).map_err(|error| ParseProblem(format!("not JSON: {error}")))
}

/// A delivery we cannot read, kept as it came.
pub fn unknown(dedupe_key: String, peer: String, name: &str, raw: &Value) -> Incoming {
    let raw = raw.to_string().chars().take(RAW_CHARS_MAX).collect();
    Incoming { dedupe_key, peer, what: IncomingWhat::Unknown { name: name.to_owned(), raw } }
}

/// Says that a delivery spoke of other accounts `count` times: of theirs nothing is kept, so that no business reads the
/// clients of another.
pub fn not_ours(vendor: &str, count: usize) {
    if count > 0 {
        tracing::warn!(count, "{vendor} told of an account that is not this channel's; that was not taken");
    }
}

/// The key of what has no id of its own: its words.
pub fn key_of(vendor: &str, value: &Value) -> String {
    let digest = Sha256::digest(value.to_string());
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{vendor}:raw:{hex}")
}

/// The advertisement or place a link was printed on; nothing when it says nothing.
pub fn tag(text: Option<&str>) -> Option<String> {
    let tag: String = text?.trim().chars().take(TAG_CHARS_MAX).collect();
    Some(tag).filter(|tag| !tag.is_empty())
}

pub fn not_blank(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

/// How long something sounds; a fraction counts whole.
pub fn seconds(duration: &Value) -> Option<u32> {
    let seconds = duration.as_f64()?.ceil();
    (0.0..=f64::from(u32::MAX)).contains(&seconds).then_some(seconds as u32)
}

pub fn instant_s(seconds: Option<i64>) -> Timestamp {
    seconds.and_then(|s| Timestamp::from_second(s).ok()).unwrap_or(NOT_SAID)
}

pub fn instant_ms(ms: Option<i64>) -> Timestamp {
    ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(NOT_SAID)
}
