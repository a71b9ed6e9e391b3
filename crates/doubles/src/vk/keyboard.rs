//! Keyboards: the JSON text of a call, its limits, its buttons.

use serde_json::Value;

use super::{ledger::Button, schema};

const INLINE_MAX: usize = 10;
const REGULAR_MAX: usize = 40;

/// Reads the JSON text of a keyboard. The error names the rule.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let keyboard = serde_json::from_str::<Value>(text).map_err(|_| "is no JSON".to_owned())?;
    schema::check_request("keyboard", &keyboard)?;
    let buttons = buttons(&keyboard);
    let most = if is_inline(&keyboard) { INLINE_MAX } else { REGULAR_MAX };
    if buttons.iter().map(Vec::len).sum::<usize>() > most {
        return Err(format!("holds more than {most} buttons"));
    }
    let payloads = buttons.iter().flatten().filter_map(|button| button.payload.as_deref());
    if payloads.into_iter().any(|payload| serde_json::from_str::<Value>(payload).is_err()) {
        return Err("holds a payload that is no JSON".to_owned());
    }
    Ok(keyboard)
}

pub(super) fn is_inline(keyboard: &Value) -> bool {
    keyboard["inline"] == true
}

/// The buttons, row by row.
pub(super) fn buttons(keyboard: &Value) -> Vec<Vec<Button>> {
    let rows = keyboard["buttons"].as_array().into_iter().flatten().filter_map(Value::as_array);
    rows.map(|row| row.iter().map(button).collect()).collect()
}

fn button(json: &Value) -> Button {
    let action = &json["action"];
    Button {
        label: action["label"].as_str().unwrap_or_default().to_owned(),
        kind: action["type"].as_str().unwrap_or_default().to_owned(),
        payload: action["payload"].as_str().map(str::to_owned),
    }
}
