//! Employees, rights of the webhook, tasks.
//!
//! Source: `ar/user/user-get.md`, `user-scope.md`, `ar/tasks/tasks-task-add.md`.

use serde_json::{Map, Value, json};

use super::{Done, Reply, filter, moment, params, portal::Portal, refusal::Refusal};

const FIRST_TASK_ID: i64 = 6_099;
const PHONES: [&str; 3] = ["PERSONAL_MOBILE", "WORK_PHONE", "UF_PHONE_INNER"];

pub(super) struct Employee {
    id: i64,
    first_name: &'static str,
    last_name: &'static str,
    mobile: &'static str,
    is_active: bool,
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
    pub(super) fn profile(&self) -> Done {
        json!({
            "ID": self.settings.user_id.to_string(), "ADMIN": self.settings.is_admin, "NAME": "Ночник",
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

    pub(super) fn task_add(&mut self, params: &Value, now_ms: i64) -> Reply {
        let fields = &params["fields"];
        if !params::is_collection(fields) {
            let text = "Could not find value for parameter {fields} (internal error)";
            return Err(Refusal::argument(text));
        }
        let title = params::text(&fields["TITLE"]).filter(|title| !title.is_empty());
        let title = title.ok_or_else(|| Refusal::bad("ERROR_CORE", "Не указано название задачи<br>"))?;
        let responsible = params::int(&fields["RESPONSIBLE_ID"]);
        let responsible = responsible.filter(|id| self.employees.iter().any(|employee| employee.id == *id));
        let responsible = responsible.ok_or_else(|| Refusal::bad("ERROR_CORE", "Не указан исполнитель<br>"))?;
        let id = self.new_id("task", FIRST_TASK_ID);
        let task = json!({
            "id": id.to_string(), "title": title, "responsibleId": responsible.to_string(), "status": "2",
            "description": params::text(&fields["DESCRIPTION"]).unwrap_or_default(),
            "deadline": fields["DEADLINE"], "createdBy": self.settings.user_id.to_string(),
            "createdDate": moment::iso(now_ms), "ufCrmTask": fields["UF_CRM_TASK"],
        });
        self.tasks.push(task.clone());
        Ok(json!({ "task": task }).into())
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
