//! Calendars of employees: events by dates and by number.
//!
//! Source: `ar/calendar/calendar-event/*.md`. All refusals have an empty code. What `getbyid` answers for an event that is
//! not there is not documented: `false` here.

use serde_json::{Map, Value, json};

use super::{Reply, moment, params, portal::Portal, refusal::Refusal};

const FIRST_ID: i64 = 1_265;
const DAY_MS: i64 = 86_400_000;

impl Portal {
    pub(super) fn event_add(&mut self, params: &Value) -> Reply {
        let id = self.new_id("event", FIRST_ID);
        let row = json!({ "ID": id.to_string(), "PARENT_ID": id.to_string(), "DELETED": "N", "VERSION": "1" });
        let mut row = row.as_object().cloned().unwrap_or_default();
        for name in ["type", "ownerId", "name", "from", "to"] {
            if params[name].is_null() {
                return Err(absent(name, "calendar.event.add"));
            }
        }
        self.event_write(&mut row, params)?;
        self.events.insert(id, row);
        Ok(json!(id).into())
    }

    pub(super) fn event_update(&mut self, params: &Value) -> Reply {
        for name in ["id", "type", "ownerId", "name"] {
            if params[name].is_null() {
                return Err(absent(name, "calendar.event.update"));
            }
        }
        let id = params::int(&params["id"]).unwrap_or_default();
        let mut row = self.events.get(&id).cloned().ok_or_else(|| Refusal::nameless("Событие не найдено"))?;
        self.event_write(&mut row, params)?;
        self.events.insert(id, row);
        Ok(json!(id).into())
    }

    pub(super) fn event_delete(&mut self, params: &Value) -> Reply {
        let id = params::int(&params["id"]).ok_or_else(|| absent("id", "calendar.event.delete"))?;
        Ok(json!(self.events.remove(&id).is_some()).into())
    }

    pub(super) fn event_by_id(&mut self, params: &Value) -> Reply {
        let id = params::int(&params["id"]).ok_or_else(|| absent("id", "calendar.event.getbyid"))?;
        Ok(self.events.get(&id).map_or(json!(false), |row| Value::Object(row.clone())).into())
    }

    pub(super) fn events_of(&mut self, params: &Value) -> Reply {
        let kind = params["type"].as_str().ok_or_else(|| absent("type", "calendar.event.get"))?;
        let owner = params::int(&params["ownerId"]).ok_or_else(|| absent("ownerId", "calendar.event.get"))?;
        let date = |name: &str| params[name].as_str().and_then(|text| moment::read(&format!("{text}T00:00:00+03:00")));
        let (Some(from), Some(to)) = (date("from"), date("to").map(|to| to + DAY_MS)) else {
            return Err(Refusal::nameless("Неверный формат даты"));
        };
        let owner = owner.to_string();
        let at = |row: &Map<String, Value>, name: &str| params::int(&row[name]).unwrap_or(0) * 1_000;
        let is_asked = |row: &&Map<String, Value>| {
            row["CAL_TYPE"] == kind
                && row["OWNER_ID"] == owner.as_str()
                && at(row, "DATE_FROM_TS_UTC") < to
                && at(row, "DATE_TO_TS_UTC") > from
        };
        Ok(self.events.values().filter(is_asked).cloned().map(Value::Object).collect::<Value>().into())
    }

    fn event_write(&self, row: &mut Map<String, Value>, params: &Value) -> Result<(), Refusal> {
        let owner = params::int(&params["ownerId"]).filter(|id| self.employees.iter().any(|one| one.id == *id));
        let owner = owner.ok_or_else(|| Refusal::nameless("Доступ запрещен"))?;
        let texts = [
            ("NAME", "name"),
            ("DESCRIPTION", "description"),
            ("ACCESSIBILITY", "accessibility"),
            ("CAL_TYPE", "type"),
        ];
        for (column, name) in texts {
            if let Some(text) = params::text(&params[name]) {
                row.insert(column.to_owned(), json!(text));
            }
        }
        row.insert("OWNER_ID".to_owned(), json!(owner.to_string()));
        if params["from"].is_null() && params["to"].is_null() {
            return Ok(());
        }
        let at = |name: &str| params[name].as_str().and_then(moment::read).map(|ms| ms / 1_000);
        let (Some(from), Some(to)) = (at("from"), at("to")) else {
            return Err(Refusal::nameless("Неверный формат даты"));
        };
        if from > to {
            return Err(Refusal::nameless("Дата окончания раньше даты начала"));
        }
        row.insert("DATE_FROM_TS_UTC".to_owned(), json!(from.to_string()));
        row.insert("DATE_TO_TS_UTC".to_owned(), json!(to.to_string()));
        row.insert("DT_LENGTH".to_owned(), json!(to - from));
        Ok(())
    }
}

fn absent(name: &str, method: &str) -> Refusal {
    Refusal::nameless(&format!("Не задан обязательный параметр \"{name}\" для метода \"{method}\""))
}
