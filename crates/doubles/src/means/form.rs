//! Forms and queries, read strictly: each name once, percent-escapes of UTF-8.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{Request, account::Account};
use crate::Answer;

const CONTENT_TYPE: &str = "application/x-www-form-urlencoded";

/// The fields of a POST with a form.
pub(super) fn of_body(account: &mut Account, request: &Request) -> Result<Map<String, Value>, Answer> {
    if request.method != "POST" || request.content_type != CONTENT_TYPE {
        return Err(account.breach("a form is posted as application/x-www-form-urlencoded"));
    }
    read(account, &request.body)
}

/// The fields of an address.
pub(super) fn of_query(account: &mut Account, request: &Request) -> Result<Map<String, Value>, Answer> {
    read(account, &request.query)
}

fn read(account: &mut Account, form: &str) -> Result<Map<String, Value>, Answer> {
    let mut fields = Map::new();
    for pair in form.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(name), Some(value)) = (plain(name), plain(value)) else {
            return Err(account.breach("a form of bytes that are no UTF-8"));
        };
        if fields.insert(name, Value::String(value)).is_some() {
            return Err(account.breach("a field that stands twice"));
        }
    }
    Ok(fields)
}

fn plain(text: &str) -> Option<String> {
    percent_decode_str(&text.replace('+', " ")).decode_utf8().ok().map(String::from)
}

/// The fields of a POST with JSON.
pub(super) fn of_json(account: &mut Account, request: &Request) -> Result<Map<String, Value>, Answer> {
    if request.method != "POST" || request.content_type != "application/json" {
        return Err(account.breach("JSON is posted as application/json"));
    }
    match serde_json::from_str(&request.body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(account.breach("the body is no JSON object")),
    }
}

/// Written by the vendors themselves, in their reports.
pub(super) fn write(pairs: &[(String, String)]) -> String {
    let escaped =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    pairs.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect::<Vec<_>>().join("&")
}
