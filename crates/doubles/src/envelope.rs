//! A request in the form in which the gate keeps it for later.

use axum::http::{HeaderMap, Method, Uri};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Request;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Envelope {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    /// Bytes that are no UTF-8 are replaced: neither JSON nor a form is made of them.
    pub(crate) body: String,
    /// A long poll whose arrival was counted before it waited.
    pub(crate) is_counted: bool,
}

impl Envelope {
    pub(crate) fn of(request: &Request<'_>) -> Self {
        Self {
            method: request.method.to_owned(),
            path: request.path.to_owned(),
            query: request.query.to_vec(),
            headers: request.headers.to_vec(),
            body: String::from_utf8_lossy(request.body).into_owned(),
            is_counted: false,
        }
    }

    /// A query that is no UTF-8 counts as none.
    pub(crate) fn of_parts(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.to_str().map(str::to_owned).unwrap_or_default()));
        Self {
            method: method.to_string(),
            path: uri.path().to_owned(),
            query: pairs(uri.query().unwrap_or_default()).unwrap_or_default(),
            headers: headers.collect(),
            body: String::from_utf8_lossy(body).into_owned(),
            is_counted: false,
        }
    }

    pub(crate) fn read(value: &Value) -> Self {
        serde_json::from_value(value.clone()).unwrap_or_default()
    }

    pub(crate) fn write(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }
}

fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The fields of a form or a query; none when they are no UTF-8.
pub(crate) fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let plain = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8().ok().map(String::from);
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((plain(name)?, plain(value)?))
    });
    pairs.collect()
}
