//! A lead or a contact: its own fields, the custom ones, tags and links.

use serde_json::{Map, Value, json};

use super::custom::Custom;

#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub id: i64,
    /// `name`, `status_id` and whatever else stands beside `custom_fields_values`.
    pub own: Map<String, Value>,
    /// Values by the id of the custom field.
    pub custom: Vec<(i64, Vec<Value>)>,
    pub tags: Vec<String>,
    /// Contacts of a lead, the main one first.
    pub contacts: Vec<i64>,
    /// From when on `query` finds it.
    pub found_from_ms: i64,
    pub is_deleted: bool,
}

impl Row {
    pub(super) fn put_custom(&mut self, field: i64, values: Vec<Value>) {
        self.custom.retain(|(id, _)| *id != field);
        if !values.is_empty() {
            self.custom.push((field, values));
        }
    }

    pub(super) fn texts_of(&self, field: i64) -> Vec<String> {
        let values = self.custom.iter().find(|(id, _)| *id == field).map_or(&[][..], |(_, values)| values);
        values.iter().map(|value| text_of(&value["value"])).collect()
    }

    /// Whether a full-text search for `query` finds it. Phones are found by their digits, however they are written.
    pub(super) fn is_found_by(&self, query: &str, now_ms: i64) -> bool {
        if self.found_from_ms > now_ms {
            return false;
        }
        let query = query.to_lowercase();
        let is_number = query.chars().all(|c| c.is_ascii_digit());
        let name = text_of(self.own.get("name").unwrap_or(&Value::Null));
        let values = self.custom.iter().flat_map(|(_, values)| values).map(|value| text_of(&value["value"]));
        std::iter::once(name).chain(values).any(|text| {
            let text = text.to_lowercase();
            text.contains(&query) || (is_number && digits(&text).contains(&query))
        })
    }

    /// As the API shows it.
    pub(super) fn shown(&self, fields: &[Custom]) -> Value {
        let mut shown = self.own.clone();
        shown.insert("id".to_owned(), self.id.into());
        shown.insert("is_deleted".to_owned(), self.is_deleted.into());
        let custom: Vec<Value> = self
            .custom
            .iter()
            .filter_map(|(id, values)| {
                let field = fields.iter().find(|field| field.id == *id)?;
                Some(json!({
                    "field_id": id, "field_name": field.name, "field_code": field.code, "field_type": field.kind,
                    "values": values,
                }))
            })
            .collect();
        let custom = if custom.is_empty() { Value::Null } else { custom.into() };
        shown.insert("custom_fields_values".to_owned(), custom);
        let tags: Vec<Value> =
            self.tags.iter().enumerate().map(|(id, name)| json!({ "id": id, "name": name, "color": null })).collect();
        shown.insert("_embedded".to_owned(), json!({ "tags": tags, "companies": [] }));
        Value::Object(shown)
    }
}

pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
