//! MTS Exolve: `SendSMS`.
//!
//! Source: docs.exolve.ru. The body of an answer is not among what was read: `message_id` is unconfirmed.

use serde_json::json;

use super::{
    Request,
    account::{Account, Sent, credentials, parts, text},
    form,
};
use crate::Answer;

pub(super) fn answer(account: &mut Account, request: &Request) -> Answer {
    if request.authorization != format!("Bearer {}", credentials::EXOLVE_TOKEN) {
        return refused(401);
    }
    let fields = match form::of_json(account, request) {
        Ok(fields) => fields,
        Err(answer) => return answer,
    };
    if request.path != "/messaging/v1/SendSMS" {
        return account.breach("no such path");
    }
    if let Err(answer) = account.check("exolve.SendSMS", &fields) {
        return answer;
    }
    if let Some(status) = account.refusal.as_ref().and_then(|status| status.parse().ok()) {
        return refused(status);
    }
    if ![credentials::NUMBER, credentials::SENDER].contains(&text(&fields, "number")) {
        return refused(400);
    }
    let id = format!("4391665383740{:05}", account.sent.len());
    let message = Sent {
        id: id.clone(),
        phone: text(&fields, "destination").to_owned(),
        text: text(&fields, "text").to_owned(),
        is_call: false,
        status: String::new(),
        parts: parts(text(&fields, "text")),
        at_ms: 0,
        fields,
    };
    match account.take(message) {
        Some(_) => Answer::ok(json!({ "message_id": id })),
        None => refused(402),
    }
}

fn refused(status: u16) -> Answer {
    Answer { status, body: json!({ "error": { "code": status, "message": "refused" } }) }
}
