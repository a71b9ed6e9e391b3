//! The shelf of cards: numbers, defaults, indexes, fields that follow from others.

use serde_json::{Value, json};

use super::{
    Reply, fields,
    fields::{FIELDS, Kind},
    moment, params,
    portal::{CONTACT, DEAL, LEAD, Portal, Row},
    refusal::Refusal,
};

impl Portal {
    /// Gives a new card its number and defaults.
    pub(super) fn insert(&mut self, kind: i64, mut row: Row, now_ms: i64) -> i64 {
        let (counter, first, title) = match kind {
            LEAD => ("lead", 5_120, "Лид"),
            DEAL => ("deal", 777, "Сделка"),
            _ => ("contact", 901, ""),
        };
        let id = self.new_id(counter, first);
        let defaults = self.defaults(kind, &row, &format!("{title} #{id}"), now_ms);
        for field in FIELDS.iter().filter(|field| field.is_on(kind) && field.1 != Kind::Multifields) {
            let value = defaults.get(field.0).cloned().unwrap_or(Value::Null);
            row.fields.entry(field.0.to_owned()).or_insert(value);
        }
        for ((_, name), field) in self.user_fields.iter().filter(|((of, _), _)| *of == kind) {
            row.fields.entry(name.clone()).or_insert_with(|| field.empty());
        }
        row.fields.insert("id".to_owned(), json!(id));
        let origin = row.fields["originId"].as_str().map(str::to_owned);
        let Some(cards) = self.cards.get_mut(&kind) else { return id };
        cards.rows.insert(id, row);
        if let Some(origin) = origin {
            cards.by_origin.entry(origin).or_default().push(id);
        }
        self.index_comm(kind, id, true);
        self.refresh(kind, id);
        id
    }

    fn defaults(&self, kind: i64, row: &Row, title: &str, now_ms: i64) -> Value {
        let now = moment::iso(now_ms);
        let caller = self.settings.user_id;
        let category = row.fields.get("categoryId").and_then(Value::as_i64).unwrap_or(0);
        json!({
            "title": title, "stageId": self.first_stage(kind, category), "categoryId": 0,
            "sourceId": self.first_status("SOURCE"), "assignedById": caller, "opened": "Y", "observers": [],
            "contactId": 0, "contactIds": [], "companyId": 0, "opportunity": 0, "currencyId": "RUB",
            "isManualOpportunity": "N", "begindate": moment::date_after(now_ms, 0),
            "closedate": moment::date_after(now_ms, 7), "createdTime": now, "updatedTime": now, "movedTime": now,
            "lastActivityTime": now, "createdBy": caller, "updatedBy": caller,
        })
    }

    /// Puts a changed row in place; unchanged, it is not saved.
    pub(super) fn replace(&mut self, kind: i64, id: i64, mut changed: Row, now_ms: i64) {
        self.index_comm(kind, id, false);
        let caller = self.settings.user_id;
        if let Some(cards) = self.cards.get_mut(&kind)
            && let Some(row) = cards.rows.get_mut(&id)
        {
            if row.fields != changed.fields {
                changed.fields.insert("updatedTime".to_owned(), json!(moment::iso(now_ms)));
                changed.fields.insert("updatedBy".to_owned(), json!(caller));
            }
            let (old, new) = (row.fields["originId"].clone(), changed.fields["originId"].clone());
            *row = changed;
            if old != new {
                cards.by_origin.values_mut().for_each(|ids| ids.retain(|other| *other != id));
                if let Some(origin) = new.as_str() {
                    cards.by_origin.entry(origin.to_owned()).or_default().push(id);
                }
            }
        }
        self.index_comm(kind, id, true);
        self.refresh(kind, id);
    }

    /// Recomputes the read-only fields that follow from others.
    pub(super) fn refresh(&mut self, kind: i64, id: i64) {
        let Some(row) = self.row(kind, id) else { return };
        let first = |type_id: &str| row.fm.iter().find(|fm| fm.type_id == type_id).map(|fm| json!(fm.value));
        let (phone, email) = (first("PHONE"), first("EMAIL"));
        let semantic = row.fields.get("stageId").and_then(Value::as_str).map(|stage| self.semantic(kind, stage));
        let is_known = row.fields.get("contactId").and_then(Value::as_i64).is_some_and(|contact| contact > 0);
        let yes = |is_set: bool| json!(if is_set { "Y" } else { "N" });
        let computed = [
            ("hasPhone", yes(phone.is_some())),
            ("hasEmail", yes(email.is_some())),
            ("phone", phone.unwrap_or(Value::Null)),
            ("email", email.unwrap_or(Value::Null)),
            ("stageSemanticId", json!(semantic)),
            ("isReturnCustomer", yes(is_known)),
        ];
        let Some(row) = self.row_mut(kind, id) else { return };
        for (name, value) in computed.into_iter().filter(|(name, _)| fields::find(name, kind).is_some()) {
            row.fields.insert(name.to_owned(), value);
        }
    }

    /// `crm.deal.contact.add`: false when the contact is linked already. Source: `ar/crm/deals/contacts/*.md`.
    pub(super) fn deal_contact_add(&mut self, params: &Value) -> Reply {
        let id = params::int(&params["id"]).filter(|id| *id > 0);
        let id = id.ok_or_else(|| Refusal::nameless("The parameter 'ownerEntityID' is invalid or not defined."))?;
        if !params::is_collection(&params["fields"]) {
            return Err(Refusal::nameless("The parameter 'fields' must be array."));
        }
        let contact = params::int(&params["fields"]["CONTACT_ID"]).filter(|contact| *contact > 0);
        let contact = contact.ok_or_else(|| Refusal::nameless("The parameter 'fields' is not valid."))?;
        if self.row(CONTACT, contact).is_none() {
            return Err(Refusal::nameless("Not found."));
        }
        let deal = self.row_mut(DEAL, id).ok_or_else(|| Refusal::nameless("Not found."))?;
        let mut contacts = ids(&deal.fields["contactIds"]);
        if contacts.contains(&contact) {
            return Ok(json!(false).into());
        }
        contacts.push(contact);
        deal.fields.insert("contactId".to_owned(), json!(contacts[0]));
        deal.fields.insert("contactIds".to_owned(), json!(contacts));
        Ok(json!(true).into())
    }
}

/// Writes the links of a card; the first contact is also its `contactId`.
pub(super) fn set_contacts(row: &mut Row, contacts: Vec<i64>) {
    row.fields.insert("contactId".to_owned(), json!(contacts.first().copied().unwrap_or(0)));
    row.fields.insert("contactIds".to_owned(), json!(contacts));
}

pub(super) fn ids(list: &Value) -> Vec<i64> {
    params::entries(list).into_iter().filter_map(|(_, id)| params::int(id)).collect()
}
