//! SMS.RU.
//!
//! Source: sms.ru/api pages. Codes 100, 103 and 104 are read there; the others, and which of them stand inside and which
//! outside, are as its client libraries have them: unconfirmed.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    Request,
    account::{Account, Sent, credentials, parts, text},
    form,
};
use crate::Answer;

/// Codes about the whole request; any other is about one number.
const OUTER: [&str; 6] = ["200", "201", "220", "300", "301", "302"];

pub(super) fn answer(account: &mut Account, request: &Request) -> Answer {
    let fields = match form::of_body(account, request) {
        Ok(fields) => fields,
        Err(answer) => return answer,
    };
    if text(&fields, "api_id") != credentials::SMSRU_API_ID {
        return error("200");
    }
    if text(&fields, "json") != "1" {
        return account.breach("without json=1 the answer is plain text");
    }
    match request.path.as_str() {
        "/sms/send" => send(account, &fields),
        "/sms/status" => status(account, text(&fields, "sms_id")),
        "/my/balance" => ok(json!({ "balance": account.roubles() })),
        "/my/senders" => ok(json!({ "senders": [credentials::SENDER] })),
        "/callback/add" => hook(account, text(&fields, "url")),
        "/callback/del" => {
            account.hooks.retain(|own| own != text(&fields, "url"));
            ok(json!({}))
        }
        _ => account.breach("no such path"),
    }
}

fn send(account: &mut Account, fields: &Map<String, Value>) -> Answer {
    if let Err(answer) = account.check("smsru.send", fields) {
        return answer;
    }
    if let Some(code) = account.refusal.clone() {
        return if OUTER.contains(&code.as_str()) { error(&code) } else { inner(text(fields, "to"), refused(&code)) };
    }
    let (phone, from) = (text(fields, "to"), text(fields, "from"));
    if !from.is_empty() && from != credentials::SENDER {
        return inner(phone, refused("204"));
    }
    let is_test = text(fields, "test") == "1";
    let message = Sent {
        id: format!("{:06}-{}", 202_647, 10_000_000 + account.sent.len()),
        phone: phone.to_owned(),
        text: text(fields, "text").to_owned(),
        is_call: false,
        fields: fields.clone(),
        status: "100".to_owned(),
        parts: if is_test { 0 } else { parts(text(fields, "text")) },
        at_ms: 0,
    };
    match account.take(message) {
        Some(sent) => {
            let (id, cost) = (sent.id.clone(), sent.price());
            inner(phone, json!({ "status": "OK", "status_code": 100, "sms_id": id, "cost": format!("{cost:.2}") }))
        }
        None => error("201"),
    }
}

fn status(account: &Account, id: &str) -> Answer {
    let code = account.find(id).map_or(-1, |sent| sent.status.parse::<i64>().unwrap_or(100));
    let status = if code < 0 { "ERROR" } else { "OK" };
    let mut sms = Map::new();
    sms.insert(id.to_owned(), json!({ "status": status, "status_code": code, "status_text": "…" }));
    ok(json!({ "sms": sms }))
}

fn hook(account: &mut Account, url: &str) -> Answer {
    if !url.starts_with("http") {
        return account.breach("a callback is an address");
    }
    if !account.hooks.iter().any(|own| own == url) {
        account.hooks.push(url.to_owned());
    }
    ok(json!({}))
}

/// One report: a form of `data[n]` and `hash`.
pub(super) fn report(sent: &Sent, now_ms: i64) -> String {
    let entry = format!("sms_status\n{}\n{}\n{}", sent.id, sent.status, now_ms / 1_000);
    let digest = Sha256::new().chain_update(credentials::SMSRU_API_ID).chain_update(&entry).finalize();
    let hash = digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    form::write(&[("data[0]".to_owned(), entry), ("hash".to_owned(), hash)])
}

fn ok(mut body: Value) -> Answer {
    body["status"] = "OK".into();
    body["status_code"] = 100.into();
    Answer::ok(body)
}

fn error(code: &str) -> Answer {
    Answer::ok(refused(code))
}

fn refused(code: &str) -> Value {
    json!({ "status": "ERROR", "status_code": code.parse::<i64>().unwrap_or(500), "status_text": "Отказ" })
}

/// Outside all is well whatever became of the number.
fn inner(phone: &str, sms: Value) -> Answer {
    let mut all = Map::new();
    all.insert(phone.to_owned(), sms);
    ok(json!({ "sms": all, "balance": 412.3 }))
}
