//! Tasks of the account's people.

use serde_json::{Value, json};

use super::{
    Done, Reply,
    list::{self, Page},
    refusal::{Flaw, Refusal},
    shape::{self, Fields, Kind, flaw},
    state::State,
};

const BATCH_MAX: usize = 250;
const KIND: &str = "tasks";
/// Follow-up and meeting stand in every account.
const TYPES: [i64; 2] = [1, 2];
const FIELDS: Fields = &[
    ("text", Kind::Text),
    ("complete_till", Kind::Whole),
    ("entity_type", Kind::Text),
    ("entity_id", Kind::Whole),
    ("task_type_id", Kind::Whole),
    ("responsible_user_id", Kind::Whole),
    ("duration", Kind::Whole),
    ("request_id", Kind::Text),
];
/// Of a change; the closing words come with the mark that it is done.
const CHANGES: Fields = &[
    ("text", Kind::Text),
    ("complete_till", Kind::Whole),
    ("responsible_user_id", Kind::Whole),
    ("is_completed", Kind::Flag),
    ("result", Kind::Object),
];
const RESULT: Fields = &[("text", Kind::Text)];

impl State {
    /// `filter[entity_id]` alone finds tasks of leads and of contacts of one number.
    pub(super) fn tasks_list(&mut self, query: &[(String, String)]) -> Reply {
        let page = Page::read(self, query, &["filter[entity_id]"])?;
        let of: Vec<i64> = list::values(query, "filter[entity_id]").iter().filter_map(|id| id.parse().ok()).collect();
        let is_asked = |task: &&Value| of.is_empty() || of.iter().any(|id| task["entity_id"] == *id);
        let rows = self.tasks.values().filter(is_asked).cloned().collect();
        Ok(list::page(KIND, rows, &page, self.settings.has_short_pages))
    }

    pub(super) fn tasks_add(&mut self, body: &Value, now_ms: i64) -> Reply {
        let items = shape::elements(body, BATCH_MAX)?;
        shape::refuse(items, items.iter().map(|item| self.task_flaws(item)).collect())?;
        let mut made = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let id = self.new_id();
            let mut task = item.clone();
            (task["id"], task["is_completed"], task["result"]) = (id.into(), false.into(), json!([]));
            task["created_at"] = now_ms.div_euclid(1000).into();
            self.tasks.insert(id, task);
            made.push(json!({ "id": id, "request_id": shape::request_id(item, at) }));
        }
        Ok(Done::Found(json!({ "_embedded": { KIND: made } })))
    }

    pub(super) fn task_change(&mut self, id: i64, body: &Value) -> Reply {
        let mut flaws = shape::flaws(body, CHANGES, "");
        if body.get("result").is_some() {
            flaws.extend(shape::flaws(&body["result"], RESULT, "result"));
        }
        shape::refuse(std::slice::from_ref(body), vec![flaws])?;
        let task = self.tasks.get_mut(&id).ok_or_else(|| Refusal::of_status(404))?;
        for (name, value) in body.as_object().into_iter().flatten() {
            task[name.as_str()] = value.clone();
        }
        Ok(Done::Found(json!({ "id": id, "updated_at": task["created_at"] })))
    }

    fn task_flaws(&self, item: &Value) -> Vec<Flaw> {
        let mut flaws = shape::flaws(item, FIELDS, "");
        if item["text"].as_str().is_none_or(str::is_empty) {
            flaws.push(flaw("FieldMissing", "text"));
        }
        if !item["complete_till"].is_i64() {
            flaws.push(flaw("FieldMissing", "complete_till"));
        }
        if item["task_type_id"].as_i64().is_some_and(|kind| !TYPES.contains(&kind)) {
            flaws.push(flaw("NotSupportedChoice", "task_type_id"));
        }
        if item["responsible_user_id"].as_i64().is_some_and(|id| !self.is_user(id)) {
            flaws.push(flaw("NotSupportedChoice", "responsible_user_id"));
        }
        let lead = item["entity_id"].as_i64().and_then(|id| self.leads.get(&id));
        if item["entity_type"] != "leads" || lead.is_none_or(|row| row.is_deleted) {
            flaws.push(flaw("NotSupportedChoice", "entity_id"));
        }
        flaws
    }
}
