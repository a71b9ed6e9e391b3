//! `crm.item.add`, `get`, `update`, `delete`, `fields`: cards of leads, deals and contacts.
//!
//! Source: `ar/crm/universal/crm-item-*.md`. Unknown fields are ignored without a word; nothing is unique.

use serde_json::{Map, Value, json};

use super::{
    Done, Reply,
    cards::{ids, set_contacts},
    fields,
    fields::{FIELDS, Kind},
    params,
    portal::{DEAL, Portal, Row},
    refusal::Refusal,
    userfield,
};

const QUOTE_OF_OLD: i64 = 5;

impl Portal {
    pub(super) fn item_add(&mut self, params: &Value, now_ms: i64) -> Reply {
        let kind = self.card_type(params)?;
        let given = &params["fields"];
        if !params::is_collection(given) {
            return Err(Refusal::missing("fields"));
        }
        self.check_required(kind, given)?;
        let mut row = Row { fields: Map::new(), fm: Vec::new(), created_ms: now_ms, is_hidden: false };
        let category = params::int(&given["categoryId"]).unwrap_or(0);
        self.write(&mut row, kind, category, params, true)?;
        let id = self.insert(kind, row, now_ms);
        self.plan_conversion(kind, id, now_ms);
        Ok(self.item_answer(kind, id, params))
    }

    pub(super) fn item_get(&mut self, params: &Value) -> Reply {
        let kind = self.card_type(params)?;
        let id = self.card_id(kind, params)?;
        Ok(self.item_answer(kind, id, params))
    }

    pub(super) fn item_update(&mut self, params: &Value, now_ms: i64) -> Reply {
        let kind = self.card_type(params)?;
        let id = self.card_id(kind, params)?;
        if !params::is_collection(&params["fields"]) {
            return Err(Refusal::missing("fields"));
        }
        let row = self.row(kind, id).ok_or_else(Refusal::not_found)?;
        let mut changed = Row { fields: row.fields.clone(), fm: row.fm.clone(), ..*row };
        let category =
            params::int(&params["fields"]["categoryId"]).or_else(|| changed.fields.get("categoryId")?.as_i64());
        self.write(&mut changed, kind, category.unwrap_or(0), params, false)?;
        self.replace(kind, id, changed, now_ms);
        Ok(self.item_answer(kind, id, params))
    }

    pub(super) fn item_delete(&mut self, params: &Value) -> Reply {
        let kind = self.card_type(params)?;
        let id = self.card_id(kind, params)?;
        self.index_comm(kind, id, false);
        if let Some(cards) = self.cards.get_mut(&kind) {
            cards.rows.remove(&id);
        }
        Ok(json!([]).into())
    }

    pub(super) fn item_fields(&mut self, params: &Value) -> Reply {
        let kind = self.card_type(params)?;
        let keeps_names = params::is_yes(&params["useOriginalUfNames"]);
        let mut described = Map::new();
        for field in FIELDS.iter().filter(|field| field.is_on(kind)) {
            let is_required = self.settings.required_fields.iter().any(|(of, name)| *of == kind && name == field.0);
            let entry = json!({
                "type": field.type_name(), "isRequired": is_required, "isReadOnly": !field.is_writable(kind),
                "isImmutable": false, "isMultiple": field.is_multiple(), "isDynamic": false,
                "title": field.0, "upperName": field.upper_name(kind),
            });
            described.insert(field.0.to_owned(), entry);
        }
        for ((_, name), field) in self.user_fields.iter().filter(|((of, _), _)| *of == kind) {
            let shown = if keeps_names { name.clone() } else { userfield::camel(name) };
            described.insert(shown, field.described());
        }
        Ok(json!({ "fields": described }).into())
    }

    /// The type of a call, of those this double plays.
    pub(super) fn card_type(&self, params: &Value) -> Result<i64, Refusal> {
        let given = &params["entityTypeId"];
        match params::int(given) {
            _ if given.is_null() => Err(Refusal::missing("entityTypeId")),
            Some(kind) if self.cards.contains_key(&kind) => Ok(kind),
            Some(QUOTE_OF_OLD) => Err(Refusal::bad("ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported")),
            _ => Err(Refusal::not_found()),
        }
    }

    fn card_id(&self, kind: i64, params: &Value) -> Result<i64, Refusal> {
        let id = params::int(&params["id"]).ok_or_else(|| Refusal::missing("id"))?;
        self.row(kind, id).map(|_| id).ok_or_else(Refusal::not_found)
    }

    /// Fields the customer made mandatory. The code of this error is not documented: an empty one here.
    fn check_required(&self, kind: i64, given: &Value) -> Result<(), Refusal> {
        let missing = self.settings.required_fields.iter().find(|(of, name)| {
            let value = given.get(name).unwrap_or(&Value::Null);
            *of == kind && (value.is_null() || value.as_str() == Some("") || value == &json!([]))
        });
        missing
            .map_or(Ok(()), |(_, name)| Err(Refusal::nameless(&format!("Не заполнено обязательное поле «{name}»<br>"))))
    }

    /// Writes the known fields of a request into a row and counts the ignored ones.
    fn write(&mut self, row: &mut Row, kind: i64, category: i64, params: &Value, is_add: bool) -> Result<(), Refusal> {
        let keeps_names = params::is_yes(&params["useOriginalUfNames"]);
        for (name, value) in params::entries(&params["fields"]) {
            let Some(field) = fields::find(&name, kind).filter(|field| field.is_writable(kind)) else {
                match self.user_field(kind, &name, keeps_names) {
                    Some((name, field)) => {
                        let accepted = field.accepted(&name, value)?;
                        row.fields.insert(name, accepted);
                    }
                    None => *self.ignored.entry(name).or_default() += 1,
                }
                continue;
            };
            if field.1 == Kind::Multifields {
                if !params::is_collection(value) {
                    let text = "Expected iterable value for multiple field, but got type instead";
                    return Err(Refusal::argument(text));
                }
                self.change_fm(&mut row.fm, value, is_add)?;
                continue;
            }
            let accepted = self.accepted(field, value, kind, category)?;
            match field.0 {
                "contactId" => set_contacts(row, params::int(&accepted).filter(|id| *id > 0).into_iter().collect()),
                "contactIds" => set_contacts(row, ids(&accepted)),
                name => {
                    row.fields.insert(name.to_owned(), accepted);
                }
            }
        }
        Ok(())
    }

    pub(super) fn fm_json(&self, kind: i64, id: i64) -> Value {
        self.row(kind, id).map(|row| row.fm.iter().map(super::multifield::Fm::json).collect()).unwrap_or_default()
    }

    fn item_answer(&self, kind: i64, id: i64, params: &Value) -> Done {
        let keeps_names = params::is_yes(&params["useOriginalUfNames"]);
        let Some(row) = self.cards.get(&kind).and_then(|cards| cards.rows.get(&id)) else {
            return Done::default();
        };
        let mut item = renamed(row.fields.clone(), keeps_names);
        item.insert("entityTypeId".to_owned(), json!(kind));
        if kind != DEAL {
            item.insert("fm".to_owned(), self.fm_json(kind, id));
        }
        json!({ "item": item }).into()
    }
}

/// Custom fields by the names the caller asked for.
pub(super) fn renamed(fields: Map<String, Value>, keeps_names: bool) -> Map<String, Value> {
    if keeps_names {
        return fields;
    }
    fields.into_iter().map(|(name, value)| (userfield::camel(&name), value)).collect()
}
