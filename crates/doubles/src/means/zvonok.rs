//! Zvonok.com: one campaign with a keypad.
//!
//! Source: grafana/oncall `engine/apps/zvonok/`. What the errors say is unconfirmed; that they may come with status 200
//! is not.

use serde_json::json;

use super::{
    Request,
    account::{Account, Sent, credentials, text},
    form,
};
use crate::Answer;

const FIRST_ID: usize = 987_654_321;

pub(super) fn answer(account: &mut Account, request: &Request) -> Answer {
    if request.method != "POST" || request.path != "/manager/cabapi_external/api/v1/phones/call/" {
        return account.breach("no such path");
    }
    let fields = match form::of_query(account, request) {
        Ok(fields) => fields,
        Err(answer) => return answer,
    };
    if let Err(answer) = account.check("zvonok.call", &fields) {
        return answer;
    }
    if text(&fields, "public_key") != credentials::ZVONOK_PUBLIC_KEY {
        return refused("Invalid public_key");
    }
    if text(&fields, "campaign_id") != credentials::ZVONOK_CAMPAIGN {
        return refused("Campaign not found");
    }
    if let Some(words) = account.refusal.clone() {
        return refused(&words);
    }
    let id = FIRST_ID + account.sent.len();
    let message = Sent {
        id: id.to_string(),
        phone: text(&fields, "phone").trim_start_matches('+').to_owned(),
        text: text(&fields, "text").to_owned(),
        is_call: true,
        status: "in_process".to_owned(),
        parts: 1,
        at_ms: 0,
        fields,
    };
    let phone = message.phone.clone();
    match account.take(message) {
        Some(_) => {
            let balance = format!("{:.2}", account.roubles());
            Answer::ok(json!({ "call_id": id, "phone": format!("+{phone}"), "balance": balance }))
        }
        None => refused("Not enough balance"),
    }
}

/// The query of a postback, with the names the campaign's owner chose.
pub(super) fn report(sent: &Sent, button: Option<&str>) -> String {
    let mut pairs =
        vec![("call_id", sent.id.as_str()), ("campaign_id", credentials::ZVONOK_CAMPAIGN), ("status", &sent.status)];
    pairs.extend(button.map(|button| ("button", button)));
    form::write(&pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>())
}

fn refused(words: &str) -> Answer {
    Answer::ok(json!({ "status": "error", "data": words }))
}
