//! The timeline of a card: comments, log messages, to-dos.
//!
//! Source: `ar/crm/timeline/comments/*.md`, `logmessage/*.md`, `activities/todo/crm-activity-todo-add.md`.

use serde_json::{Map, Value, json};

use super::{
    Reply, filter, moment, params,
    portal::{CONTACT, DEAL, LEAD, Portal},
    refusal::Refusal,
};

const FIRST_COMMENT_ID: i64 = 99_001;
const FIRST_ACTIVITY_ID: i64 = 7_001;

impl Portal {
    pub(super) fn comment_add(&mut self, params: &Value, now_ms: i64) -> Reply {
        let fields = &params["fields"];
        if !params::is_collection(fields) {
            return Err(Refusal::missing("fields"));
        }
        let owner = params::int(&fields["ENTITY_ID"]).unwrap_or_default();
        let kind = fields["ENTITY_TYPE"].as_str().unwrap_or_default().to_owned();
        if card_of(&kind).and_then(|card| self.row(card, owner)).is_none() {
            return Err(Refusal::owner_not_found());
        }
        let text = comment_text(fields)?;
        let id = self.new_id("comment", FIRST_COMMENT_ID);
        let comment = json!({
            "ID": id.to_string(), "ENTITY_ID": owner.to_string(), "ENTITY_TYPE": kind, "COMMENT": text,
            "CREATED": moment::iso(now_ms), "AUTHOR_ID": self.settings.user_id.to_string(),
        });
        self.comments.insert(id, comment.as_object().cloned().unwrap_or_default());
        Ok(json!(id).into())
    }

    pub(super) fn comment_update(&mut self, params: &Value) -> Reply {
        let id = params::int(&params["id"]).ok_or_else(|| Refusal::missing("id"))?;
        if !params::is_collection(&params["fields"]) {
            return Err(Refusal::missing("fields"));
        }
        let comment = self.comments.get_mut(&id).ok_or_else(Refusal::not_found)?;
        comment.insert("COMMENT".to_owned(), json!(comment_text(&params["fields"])?));
        Ok(json!(true).into())
    }

    pub(super) fn comment_list(&mut self, params: &Value) -> Reply {
        let has = |field: &str| {
            params::entries(&params["filter"]).iter().any(|(key, value)| {
                filter::split(key) == ("=", field) && params::text(value).is_some_and(|text| !text.is_empty())
            })
        };
        if !has("ENTITY_ID") || !has("ENTITY_TYPE") {
            return Err(Refusal::nameless("Access denied"));
        }
        classic_list(self.comments.values(), params)
    }

    pub(super) fn log_message_add(&mut self, params: &Value, now_ms: i64) -> Reply {
        let fields = &params["fields"];
        for name in ["entityTypeId", "entityId", "title", "text", "iconCode"] {
            if params::text(&fields[name]).is_none_or(|text| text.is_empty()) {
                return Err(Refusal::missing(name));
            }
        }
        let kind = params::int(&fields["entityTypeId"]).unwrap_or_default();
        let owner = params::int(&fields["entityId"]).unwrap_or_default();
        if self.row(kind, owner).is_none() {
            return Err(Refusal::owner_not_found());
        }
        let message = json!({
            "id": self.log_messages.len() + 1, "created": moment::iso(now_ms), "authorId": self.settings.user_id,
            "entityTypeId": kind, "entityId": owner, "title": fields["title"], "text": fields["text"],
            "iconCode": fields["iconCode"],
        });
        self.log_messages.push(message.clone());
        Ok(json!({ "logMessage": message }).into())
    }

    pub(super) fn todo_add(&mut self, params: &Value, now_ms: i64) -> Reply {
        for name in ["ownerTypeId", "ownerId", "deadline"] {
            if params[name].is_null() {
                return Err(Refusal::missing(name));
            }
        }
        let kind = params::int(&params["ownerTypeId"]).unwrap_or_default();
        let owner = params::int(&params["ownerId"]).unwrap_or_default();
        if self.row(kind, owner).is_none() {
            return Err(Refusal::owner_not_found());
        }
        let deadline = params["deadline"].as_str().and_then(moment::read);
        let deadline = deadline.ok_or_else(|| Refusal::bad("WRONG_DATETIME_FORMAT", "Неверный формат даты"))?;
        let color = params::text(&params["colorId"]);
        if color.is_some_and(|color| !("1"..="7").contains(&color.as_str()) || color.len() != 1) {
            return Err(Refusal::argument("Invalid value {colorId}"));
        }
        let id = self.new_id("activity", FIRST_ACTIVITY_ID);
        let responsible = params::int(&params["responsibleId"]).unwrap_or(self.settings.user_id);
        let activity = json!({
            "ID": id.to_string(), "OWNER_ID": owner.to_string(), "OWNER_TYPE_ID": kind.to_string(),
            "SUBJECT": params::text(&params["title"]).unwrap_or_default(),
            "DESCRIPTION": params::text(&params["description"]).unwrap_or_default(),
            "DEADLINE": moment::iso(deadline), "CREATED": moment::iso(now_ms), "COMPLETED": "N",
            "RESPONSIBLE_ID": responsible.to_string(), "PROVIDER_ID": "CRM_TODO", "PROVIDER_TYPE_ID": "TODO",
            "SETTINGS": [], "ORIGIN_ID": Value::Null,
        });
        self.activities.insert(id, activity.as_object().cloned().unwrap_or_default());
        Ok(json!({ "id": id }).into())
    }

    pub(super) fn activity_list(&mut self, params: &Value) -> Reply {
        classic_list(self.activities.values(), params)
    }
}

/// Rows of strings, unknown filter fields ignored.
fn classic_list<'a>(rows: impl Iterator<Item = &'a Map<String, Value>>, params: &Value) -> Reply {
    let any = |_: &str| true;
    let mut kept = Vec::new();
    for row in rows {
        if filter::matches(&params["filter"], row, &any)? {
            kept.push(row.clone());
        }
    }
    filter::sort(&mut kept, &params["order"], &any)?;
    Ok(filter::page(kept, &params["start"], |rows| {
        rows.into_iter().map(|row| filter::select(row, &params["select"])).collect()
    }))
}

fn comment_text(fields: &Value) -> Result<String, Refusal> {
    let text = params::text(&fields["COMMENT"]).filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| Refusal::bad("INVALID_ARG_VALUE", "Текст комментария не заполнен"))
}

/// The card type of a lower-case `ENTITY_TYPE`.
fn card_of(kind: &str) -> Option<i64> {
    match kind {
        "lead" => Some(LEAD),
        "deal" => Some(DEAL),
        "contact" => Some(CONTACT),
        _ => None,
    }
}
