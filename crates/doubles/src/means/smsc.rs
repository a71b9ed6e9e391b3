//! SMSC: errors come with status 200.
//!
//! Source: smsc.ru API pages and PyPI smsc 0.1.1. Statuses other than 1 are unconfirmed.

use serde_json::{Map, Value, json};

use super::{
    Request,
    account::{Account, Sent, credentials, parts, text},
    form,
};
use crate::Answer;

/// The same text to the same number within this time is a repeat: error 9.
const REPEAT_MS: i64 = 60_000;

pub(super) fn answer(account: &mut Account, request: &Request, now_ms: i64) -> Answer {
    let fields = match form::of_body(account, request) {
        Ok(fields) => fields,
        Err(answer) => return answer,
    };
    if text(&fields, "fmt") != "3" {
        return account.breach("without fmt=3 the answer is plain text");
    }
    let is_by_key = text(&fields, "apikey") == credentials::SMSC_API_KEY;
    let is_by_password =
        text(&fields, "login") == credentials::SMSC_LOGIN && text(&fields, "psw") == credentials::SMSC_PASSWORD;
    if !is_by_key && !is_by_password {
        return error("2");
    }
    match request.path.as_str() {
        "/sys/send.php" => send(account, &fields, now_ms),
        "/sys/status.php" => status(account, &fields),
        "/sys/balance.php" => Answer::ok(json!({ "balance": format!("{:.2}", account.roubles()) })),
        _ => account.breach("no such path"),
    }
}

fn send(account: &mut Account, fields: &Map<String, Value>, now_ms: i64) -> Answer {
    if let Err(answer) = account.check("smsc.send", fields) {
        return answer;
    }
    if let Some(code) = account.refusal.clone() {
        return error(&code);
    }
    let (phone, words, sender) = (text(fields, "phones"), text(fields, "mes"), text(fields, "sender"));
    if words.is_empty() {
        return error("1");
    }
    if !(10..=15).contains(&phone.len()) || !phone.bytes().all(|byte| byte.is_ascii_digit()) {
        return error("7");
    }
    if !sender.is_empty() && sender != credentials::SENDER {
        return error("6");
    }
    let is_repeat = |sent: &Sent| sent.phone == phone && sent.text == words && now_ms - sent.at_ms < REPEAT_MS;
    if account.sent.iter().any(is_repeat) {
        return error("9");
    }
    let is_call = text(fields, "call") == "1";
    let id = match text(fields, "id") {
        "" => (account.sent.len() + 1).to_string(),
        own => own.to_owned(),
    };
    let message = Sent {
        id: id.clone(),
        phone: phone.to_owned(),
        text: words.to_owned(),
        is_call,
        fields: fields.clone(),
        status: "-1".to_owned(),
        parts: if is_call { 1 } else { parts(words) },
        at_ms: now_ms,
    };
    let Some(sent) = account.take(message) else { return error("3") };
    let (count, cost) = (sent.parts, sent.price());
    let id = id.parse::<i64>().map_or(json!(id), |number| json!(number));
    let mut said = json!({ "id": id, "cnt": count });
    if text(fields, "cost") == "3" {
        said["cost"] = format!("{cost:.2}").into();
        said["balance"] = format!("{:.2}", account.roubles()).into();
    }
    Answer::ok(said)
}

fn status(account: &Account, fields: &Map<String, Value>) -> Answer {
    let (id, phone) = (text(fields, "id"), text(fields, "phone"));
    let status = account.find(id).filter(|sent| sent.phone == phone).map_or("-3", |sent| sent.status.as_str());
    Answer::ok(json!({ "status": status.parse::<i64>().unwrap_or(-1), "status_name": "…", "last_date": "" }))
}

fn error(code: &str) -> Answer {
    Answer::ok(json!({ "error": "отказ", "error_code": code.parse::<i64>().unwrap_or(1) }))
}
