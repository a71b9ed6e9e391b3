//! Limits that the schema does not say: buttons in all, buttons of a row that holds a special one, attachments that
//! stand alone.

use serde_json::Value;

use super::ledger::Button;

const BUTTONS_MAX: usize = 210;
const SPECIAL_ROW_MAX: usize = 3;
const SPECIAL: [&str; 4] = ["link", "open_app", "request_geo_location", "request_contact"];
const ALONE: [&str; 4] = ["audio", "file", "contact", "sticker"];

/// Checks the attachments of a message or of an answer's message; the error names the rule.
pub(super) fn check_limits(body: &Value) -> Result<(), String> {
    let message = body.get("message").unwrap_or(body);
    let attachments = message.get("attachments").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_alone = attachments.len() < 2;
    if !is_alone && attachments.iter().any(|attachment| ALONE.contains(&kind(attachment))) {
        return Err("holds an attachment that must stand alone beside another".to_owned());
    }
    let rows = attachments.iter().flat_map(rows).collect::<Vec<_>>();
    if rows.iter().map(|row| row.len()).sum::<usize>() > BUTTONS_MAX {
        return Err(format!("holds more than {BUTTONS_MAX} buttons"));
    }
    let is_crowded =
        |row: &&Vec<Value>| row.len() > SPECIAL_ROW_MAX && row.iter().any(|button| SPECIAL.contains(&kind(button)));
    if rows.iter().any(is_crowded) {
        return Err(format!("holds a row of more than {SPECIAL_ROW_MAX} buttons with a special one in it"));
    }
    Ok(())
}

fn kind(value: &Value) -> &str {
    value["type"].as_str().unwrap_or_default()
}

fn rows(attachment: &Value) -> impl Iterator<Item = &Vec<Value>> {
    let rows = attachment["payload"]["buttons"].as_array().filter(|_| kind(attachment) == "inline_keyboard");
    rows.into_iter().flatten().filter_map(Value::as_array)
}

/// The buttons under a message, row by row.
pub(super) fn buttons(attachments: &[Value]) -> Vec<Vec<Button>> {
    attachments.iter().flat_map(rows).map(|row| row.iter().map(button).collect()).collect()
}

fn button(json: &Value) -> Button {
    Button {
        text: json["text"].as_str().unwrap_or_default().to_owned(),
        kind: kind(json).to_owned(),
        payload: json["payload"].as_str().map(str::to_owned),
    }
}
