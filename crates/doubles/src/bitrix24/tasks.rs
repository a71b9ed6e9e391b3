//! Tasks, by both doors: classic REST, which makes a second one of a repeated call, and REST 3.0, which does not.
//!
//! Source: `ar/tasks/tasks-task-add.md`, `tasks-task-list.md`, `tasks-task-add-rest-v3.md`. Which scope REST 3.0 wants is
//! not clear from the pages: `tasks` here, as the method's own page says.

use serde_json::{Map, Value, json};

use super::{Reply, filter, moment, params, portal::Portal, refusal::Refusal, v3::Exception};

const FIRST_TASK_ID: i64 = 6_099;
/// Properties of a task in REST 3.0 that this double knows.
const PROPERTIES: [&str; 11] = [
    "title",
    "description",
    "creatorId",
    "responsibleId",
    "deadline",
    "priority",
    "accomplices",
    "auditors",
    "groupId",
    "xmlId",
    "crmItemIds",
];

impl Portal {
    pub(super) fn task_add(&mut self, params: &Value, now_ms: i64) -> Reply {
        let fields = &params["fields"];
        if !params::is_collection(fields) {
            let text = "Could not find value for parameter {fields} (internal error)";
            return Err(Refusal::argument(text));
        }
        let title = params::text(&fields["TITLE"]).filter(|title| !title.is_empty());
        let title = title.ok_or_else(|| Refusal::bad("ERROR_CORE", "Не указано название задачи<br>"))?;
        let responsible = self.employee(&fields["RESPONSIBLE_ID"]);
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

    /// Filters are named as in the fields of a new task; a text between `%` is a part of the title.
    pub(super) fn task_list(&mut self, params: &Value) -> Reply {
        let any = |_: &str| true;
        let mut rows = Vec::new();
        for task in &self.tasks {
            let row = Map::from_iter([
                ("ID".to_owned(), task["id"].clone()),
                ("%TITLE".to_owned(), task["title"].clone()),
                ("UF_CRM_TASK".to_owned(), task["ufCrmTask"].clone()),
                ("RESPONSIBLE_ID".to_owned(), task["responsibleId"].clone()),
            ]);
            let by_title = params["filter"]["TITLE"].as_str().unwrap_or("%");
            let wanted = by_title.trim_matches('%');
            let title = task["title"].as_str().unwrap_or_default();
            let has_title = if by_title.contains('%') { title.contains(wanted) } else { title == by_title };
            let rest = params::entries(&params["filter"]).into_iter().filter(|(name, _)| name != "TITLE");
            let rest = rest.map(|(name, value)| (name, value.clone())).collect::<Map<_, _>>();
            if has_title && filter::matches(&Value::Object(rest), &row, &any)? {
                rows.push(task.clone());
            }
        }
        Ok(filter::page(rows, &params["start"], |rows| json!({ "tasks": rows })))
    }

    /// `tasks.task.add` of REST 3.0.
    pub(super) fn task_add_v3(&mut self, body: &Value, now_ms: i64) -> Result<Value, Exception> {
        let fields = body["fields"].as_object().ok_or_else(|| Exception::validation("fields", "is required"))?;
        if let Some(name) = fields.keys().find(|name| !PROPERTIES.contains(&name.as_str())) {
            return Err(Exception::new(400, "UNKNOWNDTOPROPERTYEXCEPTION", &format!("Unknown property {name}")));
        }
        let text = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let title = text("title").ok_or_else(|| Exception::validation("title", "is required"))?.to_owned();
        let whom = |name: &str| {
            let id = fields.get(name).filter(|id| id.is_i64()).and_then(|id| self.employee(id));
            id.ok_or_else(|| Exception::validation(name, "is not an employee"))
        };
        let (creator, responsible) = (whom("creatorId")?, whom("responsibleId")?);
        if fields.contains_key("deadline") && text("deadline").and_then(moment::read).is_none() {
            return Err(Exception::validation("deadline", "is not a moment"));
        }
        if fields.contains_key("priority") && !matches!(text("priority"), Some("high" | "average" | "low")) {
            return Err(Exception::validation("priority", "is none of high, average, low"));
        }
        let items = fields.get("crmItemIds").cloned().unwrap_or_else(|| json!([]));
        let is_item = |item: &Value| {
            let (kind, id) = item.as_str().and_then(|item| item.split_once('_')).unwrap_or_default();
            matches!(kind, "L" | "D" | "C" | "CO") && id.parse::<u64>().is_ok()
        };
        if !items.as_array().is_some_and(|items| items.iter().all(is_item)) {
            return Err(Exception::validation("crmItemIds", "is not a list of L_1"));
        }
        let (description, deadline) =
            (text("description").unwrap_or_default().to_owned(), fields.get("deadline").cloned());
        let id = self.new_id("task", FIRST_TASK_ID);
        self.tasks.push(json!({
            "id": id.to_string(), "title": title, "responsibleId": responsible.to_string(), "status": "2",
            "description": description, "deadline": deadline, "createdBy": creator.to_string(),
            "createdDate": moment::iso(now_ms), "ufCrmTask": items,
        }));
        Ok(json!({ "item": {
            "id": id, "title": title, "responsibleId": responsible, "creatorId": creator, "deadline": deadline,
            "crmItemIds": items, "chatId": id + 1_000,
        } }))
    }

    fn employee(&self, id: &Value) -> Option<i64> {
        params::int(id).filter(|id| self.employees.iter().any(|employee| employee.id == *id))
    }
}
