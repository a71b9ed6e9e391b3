//! What the account holds, for comparing with what was put there.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Double, custom::Custom, row::Row};

/// One lead as the owner would see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Lead {
    pub id: i64,
    pub name: String,
    /// Fields beside the custom ones: `status_id`, `pipeline_id`, `responsible_user_id`…
    pub fields: Map<String, Value>,
    /// First values of custom fields, by their code.
    pub custom: BTreeMap<String, Value>,
    pub tags: Vec<String>,
    pub contacts: Vec<i64>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    pub id: i64,
    pub name: String,
    /// As they are written.
    pub phones: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    pub lead: i64,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    pub lead: i64,
    pub text: String,
    /// Unix seconds.
    pub complete_till: i64,
    pub responsible: Option<i64>,
    pub is_completed: bool,
}

impl Double {
    /// Leads that nobody deleted, by id.
    pub fn leads(&self) -> Vec<Lead> {
        let state = self.state();
        let rows = state.leads.values().filter(|row| !row.is_deleted);
        rows.map(|row| Lead {
            id: row.id,
            name: text(row, "name"),
            fields: row.own.clone(),
            custom: custom_of(row, &state.lead_fields),
            tags: row.tags.clone(),
            contacts: row.contacts.clone(),
        })
        .collect()
    }

    pub fn contacts(&self) -> Vec<Contact> {
        let state = self.state();
        let rows = state.contacts.values().filter(|row| !row.is_deleted);
        rows.map(|row| Contact { id: row.id, name: text(row, "name"), phones: row.texts_of(101) }).collect()
    }

    /// Notes of all leads, oldest first.
    pub fn notes(&self) -> Vec<Note> {
        let text = |note: &Value| note["params"]["text"].as_str().unwrap_or_default().to_owned();
        let lead = |note: &Value| note["entity_id"].as_i64().unwrap_or_default();
        self.state().notes.values().map(|note| Note { lead: lead(note), text: text(note) }).collect()
    }

    pub fn tasks(&self) -> Vec<Task> {
        let of_one = |task: &Value| Task {
            lead: task["entity_id"].as_i64().unwrap_or_default(),
            text: task["text"].as_str().unwrap_or_default().to_owned(),
            complete_till: task["complete_till"].as_i64().unwrap_or_default(),
            responsible: task["responsible_user_id"].as_i64(),
            is_completed: task["is_completed"] == true,
        };
        self.state().tasks.values().map(of_one).collect()
    }

    /// Codes of the custom fields of leads.
    pub fn lead_field_codes(&self) -> Vec<String> {
        self.state().lead_fields.iter().filter_map(|field| field.code.clone()).collect()
    }

    /// People delete a lead; it is no longer read or found.
    pub fn deletes_lead(&self, id: i64) {
        if let Some(row) = self.state().leads.get_mut(&id) {
            row.is_deleted = true;
        }
    }

    /// People delete all notes of a lead.
    pub fn deletes_notes(&self, lead: i64) {
        self.state().notes.retain(|_, note| note["entity_id"] != lead);
    }

    /// People delete a custom field of leads.
    pub fn deletes_lead_field(&self, code: &str) {
        self.state().lead_fields.retain(|field| field.code.as_deref() != Some(code));
    }

    /// The vendor restricts our address: 403 on everything until then.
    pub fn restricts_until(&self, until_ms: i64) {
        self.state().restrict(until_ms);
    }

    /// Counts for `/_ledger`: no name, no phone, no text.
    pub fn ledger(&self) -> Value {
        let state = self.state();
        json!({
            "leads": state.leads.len(), "contacts": state.contacts.len(), "notes": state.notes.len(),
            "tasks": state.tasks.len(), "calls": state.calls, "failures": state.failures,
        })
    }
}

fn text(row: &Row, name: &str) -> String {
    row.own.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn custom_of(row: &Row, fields: &[Custom]) -> BTreeMap<String, Value> {
    let of_one = |(id, values): &(i64, Vec<Value>)| {
        let code = fields.iter().find(|field| field.id == *id)?.code.clone()?;
        Some((code, values.first()?["value"].clone()))
    };
    row.custom.iter().filter_map(of_one).collect()
}
