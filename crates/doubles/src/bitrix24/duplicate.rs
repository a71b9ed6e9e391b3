//! `crm.duplicate.findbycomm` with its cut at twenty and its phrases for codes.
//!
//! Source: `ar/crm/duplicates/*.md`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    Reply, multifield, params,
    portal::{CONTACT, LEAD, Portal},
    refusal::Refusal,
};

const VALUES_MAX: usize = 20;
const HITS_MAX: usize = 20;

impl Portal {
    pub(super) fn find_by_comm(&mut self, params: &Value, now_ms: i64) -> Reply {
        let kind = params["type"].as_str().unwrap_or_default();
        if kind.is_empty() {
            return Err(phrase("Communication type is not defined"));
        }
        if kind != "PHONE" && kind != "EMAIL" {
            return Err(phrase(&format!("Communication type '{kind}' is not supported in current context")));
        }
        let values = params::entries(&params["values"]);
        if values.is_empty() {
            return Err(phrase("Communication values is not defined"));
        }
        if values.len() > VALUES_MAX {
            // The code of this refusal is not documented.
            return Err(Refusal::nameless("Too many values"));
        }
        let mut found = BTreeSet::new();
        for (_, value) in values {
            let value = params::text(value).unwrap_or_default();
            for key in multifield::search_keys(kind == "PHONE", &value, self.settings.phone_match) {
                found.extend(self.by_comm.get(&key).into_iter().flatten().copied());
            }
        }
        let shown_before_ms = now_ms - self.settings.index_lag_ms;
        found.retain(|(card, id)| self.cards[card].rows.get(id).is_some_and(|row| row.created_ms <= shown_before_ms));
        Ok(shaped(&found, params["entity_type"].as_str()).into())
    }
}

/// `{"LEAD":[…],"CONTACT":[…]}`, or `[]` for nothing. A type with twenty hits ends the search: later types are missing.
fn shaped(found: &BTreeSet<(i64, i64)>, only: Option<&str>) -> Value {
    let mut result = Map::new();
    for (name, card) in [("LEAD", LEAD), ("CONTACT", CONTACT)] {
        if only.is_some_and(|only| only != name) {
            continue;
        }
        let ids = found.iter().filter(|(of, _)| *of == card).map(|(_, id)| *id).take(HITS_MAX).collect::<Vec<_>>();
        let count = ids.len();
        if count > 0 {
            result.insert(name.to_owned(), json!(ids));
        }
        if count >= HITS_MAX {
            break;
        }
    }
    if result.is_empty() { json!([]) } else { Value::Object(result) }
}

/// A phrase in place of a code.
fn phrase(text: &str) -> Refusal {
    Refusal::bad(text, "")
}
