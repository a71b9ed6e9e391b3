//! Employees, rights of the webhook.
//!
//! Source: `ar/user/user-get.md`, `user-scope.md`.

use serde_json::{Map, Value, json};

use super::{Done, Reply, filter, params, portal::Portal};

const PHONES: [&str; 3] = ["PERSONAL_MOBILE", "WORK_PHONE", "UF_PHONE_INNER"];

pub(super) struct Employee {
    pub(super) id: i64,
    first_name: &'static str,
    last_name: &'static str,
    mobile: &'static str,
    pub(super) is_active: bool,
}

impl Employee {
    /// The owner of the webhook, a working manager and a dismissed one.
    pub(super) fn staff(caller: i64) -> Vec<Self> {
        let employee =
            |id, first_name, last_name, mobile, is_active| Self { id, first_name, last_name, mobile, is_active };
        vec![
            employee(caller, "Ночник", "Интеграция", "", true),
            employee(23, "Ирина", "Серова", "+79281112233", true),
            employee(24, "Олег", "Панин", "+79281112244", false),
        ]
    }

    fn row(&self) -> Map<String, Value> {
        let row = json!({
            "ID": self.id.to_string(), "ACTIVE": self.is_active, "NAME": self.first_name, "LAST_NAME": self.last_name,
            "PERSONAL_MOBILE": self.mobile, "WORK_PHONE": "", "UF_PHONE_INNER": self.id.to_string(),
            "TIME_ZONE": "", "IS_ONLINE": "N", "UF_DEPARTMENT": [1], "TIMESTAMP_X": {}, "USER_TYPE": "employee",
        });
        row.as_object().cloned().unwrap_or_default()
    }
}

impl Portal {
    /// Of whoever calls.
    pub(super) fn profile(&self) -> Done {
        let visitor = self.app.as_ref().and_then(|app| app.visitors.get(&self.caller_token));
        let id = visitor.copied().unwrap_or(self.settings.user_id);
        let is_admin = self.settings.is_admin && id == self.settings.user_id;
        json!({
            "ID": id.to_string(), "ADMIN": is_admin, "NAME": "Ночник",
            "LAST_NAME": "Интеграция", "PERSONAL_GENDER": "", "TIME_ZONE": "", "TIME_ZONE_OFFSET": 10_800,
        })
        .into()
    }

    pub(super) fn scope(&self, params: &Value) -> Done {
        if params::is_yes(&params["full"]) {
            let all = ["calendar", "crm", "department", "im", "imbot", "task", "tasks", "telephony", "user"];
            return json!(all).into();
        }
        json!(self.settings.scopes).into()
    }

    pub(super) fn user_get(&mut self, params: &Value) -> Reply {
        let sees_phones = self.settings.scopes.iter().any(|scope| scope == "user" || scope == "user_basic");
        let any = |_: &str| true;
        let filter_of = ["FILTER", "filter"].map(|key| &params[key]).into_iter().find(|of| params::is_collection(of));
        let mut rows = Vec::new();
        for employee in &self.employees {
            let mut row = employee.row();
            if !sees_phones {
                row.retain(|name, _| !PHONES.contains(&name.as_str()));
            }
            let shown = flags_as_text(&row);
            if filter::matches(&flags_as_text_of(filter_of.unwrap_or(&Value::Null)), &shown, &any)? {
                rows.push(row);
            }
        }
        Ok(filter::page(rows, &params["start"], |rows| {
            rows.into_iter().map(|row| filter::select(row, &params["select"])).collect()
        }))
    }
}

/// `user.get` takes `true`, `Y` and `1` alike.
fn flags_as_text(row: &Map<String, Value>) -> Map<String, Value> {
    row.iter().map(|(name, value)| (name.clone(), flag_as_text(value))).collect()
}

fn flags_as_text_of(filter: &Value) -> Value {
    let pairs = params::entries(filter).into_iter().map(|(key, value)| (key, flag_as_text(value)));
    Value::Object(pairs.collect())
}

fn flag_as_text(value: &Value) -> Value {
    match value {
        Value::Bool(is_set) => json!(if *is_set { "Y" } else { "N" }),
        Value::String(text) if text == "true" => json!("Y"),
        Value::String(text) if text == "false" => json!("N"),
        other => other.clone(),
    }
}
