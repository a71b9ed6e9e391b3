//! SMS Aero, version 2.
//!
//! Source: PyPI smsaero_api 3.2.0. Statuses other than 0 and 1, and the body of a report, are unconfirmed.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{
    Request,
    account::{Account, Sent, credentials, parts, text},
    form,
};
use crate::Answer;

const FIRST_ID: usize = 12_345;

pub(super) fn answer(account: &mut Account, request: &Request) -> Answer {
    let key = format!("{}:{}", credentials::SMSAERO_EMAIL, credentials::SMSAERO_API_KEY);
    if request.authorization != format!("Basic {}", STANDARD.encode(key)) {
        let body =
            json!({ "success": false, "data": null, "message": "Your request was made with invalid credentials." });
        return Answer { status: 401, body };
    }
    let fields = match form::of_json(account, request) {
        Ok(fields) => fields,
        Err(answer) => return answer,
    };
    match request.path.as_str() {
        "/v2/sms/send" => send(account, &fields),
        "/v2/sms/status" => status(account, &fields),
        "/v2/balance" => ok(json!({ "balance": account.roubles() })),
        _ => account.breach("no such path"),
    }
}

fn send(account: &mut Account, fields: &Map<String, Value>) -> Answer {
    if let Err(answer) = account.check("smsaero.send", fields) {
        return answer;
    }
    if text(fields, "text").chars().count() > 640 || !(2..=64).contains(&text(fields, "sign").chars().count()) {
        return account.breach("text 2 to 640, sign 2 to 64");
    }
    match account.refusal.as_deref() {
        Some("no credits") => return Answer::ok(json!({ "result": "no credits" })),
        Some(reason) => match reason.strip_prefix("reject: ") {
            Some(reason) => return Answer::ok(json!({ "result": "reject", "reason": reason })),
            None => return refused(reason),
        },
        None if text(fields, "sign") != credentials::SENDER => return refused("Validation error: incorrect sign."),
        None => {}
    }
    let message = Sent {
        id: (FIRST_ID + account.sent.len()).to_string(),
        phone: text(fields, "number").to_owned(),
        text: text(fields, "text").to_owned(),
        is_call: false,
        fields: fields.clone(),
        status: "0".to_owned(),
        parts: parts(text(fields, "text")),
        at_ms: 0,
    };
    match account.take(message) {
        Some(sent) => ok(data(sent)),
        None => Answer::ok(json!({ "result": "no credits" })),
    }
}

fn status(account: &Account, fields: &Map<String, Value>) -> Answer {
    let id = fields.get("id").and_then(Value::as_u64).map(|id| id.to_string()).unwrap_or_default();
    account.find(&id).map_or_else(|| refused("Sms not found."), |sent| ok(data(sent)))
}

pub(super) fn report(sent: &Sent) -> String {
    data(sent).to_string()
}

fn data(sent: &Sent) -> Value {
    let status = sent.status.parse::<i64>().unwrap_or(0);
    json!({
        "id": sent.id.parse::<i64>().unwrap_or(0), "from": credentials::SENDER, "number": sent.phone, "text": sent.text,
        "status": status, "extendStatus": if status == 1 { "delivery" } else { "queue" }, "channel": "DIRECT",
        "cost": sent.price(), "dateCreate": 1_795_312_800, "dateSend": 1_795_312_800,
    })
}

fn ok(data: Value) -> Answer {
    Answer::ok(json!({ "success": true, "data": data, "message": null }))
}

fn refused(message: &str) -> Answer {
    Answer::ok(json!({ "success": false, "data": null, "message": message }))
}
