//! Custom fields: which there are, and which values they take.

use serde_json::{Value, json};

use super::{
    Done, Reply,
    list::{self, Page},
    refusal::{Flaw, Refusal},
    row::Row,
    shape::{self, Fields, Kind, flaw},
    state::State,
};

/// Of one entity in `leads/complex`.
pub(super) const VALUES_MAX: usize = 40;
const BATCH_MAX: usize = 250;
const TYPES: [&str; 10] =
    ["text", "numeric", "checkbox", "select", "multiselect", "multitext", "date", "date_time", "url", "textarea"];
const PHONE_CODES: [&str; 6] = ["WORK", "WORKDD", "MOB", "FAX", "HOME", "OTHER"];
const EMAIL_CODES: [&str; 3] = ["WORK", "PRIV", "OTHER"];
const NEW: Fields = &[
    ("name", Kind::Text),
    ("type", Kind::Text),
    ("code", Kind::Text),
    ("sort", Kind::Whole),
    ("enums", Kind::List),
    ("is_api_only", Kind::Flag),
    ("request_id", Kind::Text),
];
const VALUES: Fields = &[("field_id", Kind::Whole), ("field_code", Kind::Text), ("values", Kind::List)];

#[derive(Debug, Clone)]
pub(super) struct Custom {
    pub id: i64,
    pub name: String,
    pub code: Option<String>,
    pub kind: String,
    pub enums: Vec<String>,
}

impl Custom {
    fn of(id: i64, name: &str, code: &str, kind: &str, enums: &[&str]) -> Self {
        let enums = enums.iter().map(|text| (*text).to_owned()).collect();
        Self { id, name: name.to_owned(), code: Some(code.to_owned()), kind: kind.to_owned(), enums }
    }

    pub(super) fn phone() -> Self {
        Self::of(101, "Телефон", "PHONE", "multitext", &PHONE_CODES)
    }

    pub(super) fn email() -> Self {
        Self::of(102, "Email", "EMAIL", "multitext", &EMAIL_CODES)
    }

    pub(super) fn utm() -> Vec<Self> {
        let field = |id, code: &str| Self::of(id, &code.to_lowercase(), code, "tracking_data", &[]);
        vec![field(201, "UTM_SOURCE"), field(202, "UTM_CAMPAIGN"), field(203, "UTM_MEDIUM")]
    }

    fn shown(&self) -> Value {
        let enums: Vec<Value> =
            self.enums.iter().enumerate().map(|(id, value)| json!({ "id": id, "value": value, "sort": id })).collect();
        let enums = if enums.is_empty() { Value::Null } else { enums.into() };
        json!({ "id": self.id, "name": self.name, "code": self.code, "type": self.kind, "sort": 500, "enums": enums,
            "is_api_only": false })
    }

    fn takes(&self, value: &Value) -> bool {
        let is_known = |name: &str| {
            let given = value[name].as_str();
            given.is_none_or(|given| self.enums.iter().any(|known| known == given))
        };
        let stored = &value["value"];
        match self.kind.as_str() {
            "multitext" => stored.is_string() && is_known("enum_code"),
            "select" | "multiselect" => stored.is_string() && is_known("value"),
            "date" | "date_time" => stored.is_i64(),
            "numeric" => stored.is_number(),
            "checkbox" => stored.is_boolean(),
            _ => stored.is_string(),
        }
    }
}

impl State {
    pub(super) fn fields_of(&self, kind: &str) -> &[Custom] {
        if kind == "leads" { &self.lead_fields } else { &self.contact_fields }
    }

    pub(super) fn fields_list(&mut self, kind: &str, query: &[(String, String)]) -> Reply {
        let page = Page::read(self, query, &[])?;
        let rows = self.fields_of(kind).iter().map(Custom::shown).collect();
        Ok(list::page("custom_fields", rows, &page, self.settings.has_short_pages))
    }

    /// Needs administrator rights. Two fields of one code are refused.
    pub(super) fn fields_add(&mut self, kind: &str, body: &Value) -> Reply {
        if !self.settings.is_admin {
            return Err(Refusal::of_status(403));
        }
        let items = shape::elements(body, BATCH_MAX)?;
        let flaws = items.iter().map(|item| self.new_field_flaws(kind, item)).collect();
        shape::refuse(items, flaws)?;
        let mut made = Vec::new();
        for item in items {
            let text = |name: &str| item[name].as_str().unwrap_or_default();
            let id = self.new_id();
            let field = Custom::of(id, text("name"), text("code"), text("type"), &[]);
            made.push(field.shown());
            if kind == "leads" { self.lead_fields.push(field) } else { self.contact_fields.push(field) }
        }
        Ok(Done::Found(json!({ "_total_items": made.len(), "_embedded": { "custom_fields": made } })))
    }

    fn new_field_flaws(&self, kind: &str, item: &Value) -> Vec<Flaw> {
        let mut flaws = shape::flaws(item, NEW, "");
        if item["name"].as_str().is_none_or(str::is_empty) {
            flaws.push(flaw("FieldMissing", "name"));
        }
        if !TYPES.iter().any(|known| item["type"] == *known) {
            flaws.push(flaw("NotSupportedChoice", "type"));
        }
        if self
            .fields_of(kind)
            .iter()
            .any(|field| item["code"].as_str().is_some_and(|code| field.code.as_deref() == Some(code)))
        {
            flaws.push(flaw("NotUnique", "code"));
        }
        flaws
    }

    /// Flaws of `custom_fields_values`.
    pub(super) fn values_flaws(&self, kind: &str, item: &Value, path: &str) -> Vec<Flaw> {
        let Some(list) = item["custom_fields_values"].as_array() else { return Vec::new() };
        let of_one = |(at, given): (usize, &Value)| {
            let place = format!("{path}custom_fields_values.{at}");
            let mut flaws = shape::flaws(given, VALUES, &place);
            match self.field_of(kind, given) {
                None => flaws.push(flaw("NotSupportedChoice", format!("{place}.field_id"))),
                Some(field) => {
                    let wrong =
                        given["values"].as_array().into_iter().flatten().any(|value| {
                            !value["value"].is_null() && (!field.takes(value) || !has_only_value_keys(value))
                        });
                    if wrong {
                        flaws.push(flaw("InvalidType", format!("{place}.values")));
                    }
                }
            }
            flaws
        };
        list.iter().enumerate().flat_map(of_one).collect()
    }

    fn field_of(&self, kind: &str, given: &Value) -> Option<&Custom> {
        let (id, code) = (given["field_id"].as_i64(), given["field_code"].as_str());
        let is_it = |field: &&Custom| match (id, code) {
            (Some(id), _) => field.id == id,
            (None, Some(code)) => field.code.as_deref() == Some(code),
            (None, None) => false,
        };
        self.fields_of(kind).iter().find(is_it)
    }

    /// Setting a field replaces all of its values.
    pub(super) fn put_values(&self, kind: &str, row: &mut Row, item: &Value) {
        for given in item["custom_fields_values"].as_array().into_iter().flatten() {
            let Some(field) = self.field_of(kind, given) else { continue };
            let values = given["values"].as_array().cloned().unwrap_or_default();
            row.put_custom(field.id, values.into_iter().filter(|value| !value["value"].is_null()).collect());
        }
    }
}

fn has_only_value_keys(value: &Value) -> bool {
    let keys = ["value", "enum_id", "enum_code"];
    value.as_object().is_some_and(|map| map.keys().all(|key| keys.contains(&key.as_str())))
}
