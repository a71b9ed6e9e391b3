//! How an answer is dressed: ids as numbers or texts, moments as ISO or Unix, `data` alone or in a list, `meta` any way.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Done;
use crate::Answer;

const IDS: &[&str] = &["id", "staff_id", "record_id", "company_id", "service_id", "visit_id"];

pub(super) fn answer(done: Done, turn: u64) -> Answer {
    if done.status == 204 {
        return Answer { status: 204, body: Value::Null };
    }
    let mut data = done.data;
    dress(&mut data, turn);
    if turn % 4 == 3 && data.get("id").is_some() {
        data = json!([data]);
    }
    let meta = match (done.total, turn % 3) {
        (Some(total), 1) => json!({ "total_count": total.to_string(), "page": 1 }),
        (Some(total), _) => json!({ "total_count": total, "page": 1 }),
        (None, 0) => json!([]),
        (None, _) => json!({}),
    };
    Answer { status: done.status, body: json!({ "success": true, "data": data, "meta": meta }) }
}

fn dress(value: &mut Value, turn: u64) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| dress(item, turn)),
        Value::Object(fields) => dress_fields(fields, turn),
        _ => {}
    }
}

fn dress_fields(fields: &mut Map<String, Value>, turn: u64) {
    for (name, value) in fields.iter_mut() {
        match value {
            Value::Number(number) if turn % 2 == 1 && IDS.contains(&name.as_str()) => {
                *value = Value::String(number.to_string());
            }
            Value::String(text) if turn % 3 == 2 && name == "datetime" => {
                if let Ok(at) = text.parse::<Timestamp>() {
                    *value = json!(at.as_second());
                }
            }
            Value::Bool(is_so) if turn % 5 == 1 => *value = json!(i64::from(*is_so)),
            Value::Array(dates) if turn % 3 == 1 && name == "booking_dates" => {
                dates
                    .iter_mut()
                    .for_each(|date| *date = json!(format!("{}T00:00:00+03:00", date.as_str().unwrap_or_default())));
            }
            nested => dress(nested, turn),
        }
    }
}
