//! One request as the gate carries it, and the answer that is bytes.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Refusal;
use crate::{Answer, Request};

/// v20.0 ended on 2026-09-24; v26.0 is the newest seen.
const VERSIONS: std::ops::RangeInclusive<u32> = 21..=26;

/// An owned [`Request`]: a postponed one outlives its caller.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl From<&Request<'_>> for Call {
    fn from(request: &Request<'_>) -> Self {
        Self {
            method: request.method.to_owned(),
            path: request.path.to_owned(),
            query: request.query.to_vec(),
            headers: request.headers.to_vec(),
            body: request.body.to_vec(),
        }
    }
}

impl Call {
    /// The segments after the version; none when the path has no version that is still served.
    pub(crate) fn node(&self) -> Option<Vec<&str>> {
        let mut segments = self.path.split('/').skip(1);
        let version = segments.next()?.strip_prefix('v')?;
        let (major, minor) = version.split_once('.')?;
        let is_served = minor == "0" && major.parse::<u32>().is_ok_and(|major| VERSIONS.contains(&major));
        is_served.then(|| segments.collect())
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// The names of `?fields=a,b`; none without the parameter.
    pub(crate) fn fields(&self) -> Option<Vec<&str>> {
        self.parameter("fields").map(|fields| fields.split(',').map(str::trim).collect())
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        find(&self.headers, "authorization")?.strip_prefix("Bearer ")
    }

    pub(crate) fn header_object(&self) -> Value {
        self.headers.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()
    }

    /// The body as JSON; `{}` for an empty one, none for anything else.
    pub(crate) fn json(&self) -> Option<Value> {
        if self.body.is_empty() { Some(json!({})) } else { serde_json::from_slice(&self.body).ok() }
    }
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The object a node shows for `?fields=…`, `defaults` without it; a field that is not there is refused.
pub(crate) fn pick(node: &Value, call: &Call, defaults: &[&str]) -> Result<Value, Refusal> {
    let mut picked = json!({ "id": node["id"] });
    for field in call.fields().unwrap_or_else(|| defaults.to_vec()) {
        // A field may carry a list of its own fields in braces: `a{b,c}`.
        let name = field.split('{').next().unwrap_or_default();
        let value = node.get(name).ok_or_else(|| Refusal::bad("Tried accessing nonexisting field"))?;
        picked[name] = value.clone();
    }
    Ok(picked)
}

/// An answer that is a file; [`bytes_of`] reads it, the served double sends the plain bytes.
pub(crate) fn bytes(mime_type: &str, content: &[u8]) -> Answer {
    Answer::ok(json!({ "mime_type": mime_type, "base64": STANDARD.encode(content) }))
}

/// MIME type and content of an answer that is a file; none for every other answer.
pub fn bytes_of(answer: &Answer) -> Option<(String, Vec<u8>)> {
    let content = STANDARD.decode(answer.body["base64"].as_str()?).ok()?;
    Some((answer.body["mime_type"].as_str()?.to_owned(), content))
}
