//! `crm.item.*`: cards of leads, deals and contacts.
//!
//! Source: `ar/crm/universal/crm-item-*.md`. Unknown fields are ignored without a word; nothing is unique.

use serde_json::{Map, Value, json};

use super::{
    Done, Mode, Reply, fields,
    fields::{FIELDS, Kind},
    filter, moment, params,
    portal::{CONTACT, DEAL, LEAD, Portal, Row},
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

    pub(super) fn item_list(&mut self, params: &Value) -> Reply {
        let kind = self.card_type(params)?;
        let known = |field: &str| self.is_filterable(kind, field);
        let mut rows = Vec::new();
        for id in self.candidates(kind, &params["filter"]) {
            let Some(row) = self.row(kind, id) else { continue };
            let fields = row.fields.clone();
            if filter::matches(&params["filter"], &fields, &known)? {
                rows.push(fields);
            }
        }
        filter::sort(&mut rows, &params["order"], &known)?;
        let keeps_names = params::is_yes(&params["useOriginalUfNames"]);
        let names = params::entries(&params["select"]);
        let shows_fm = names.is_empty() || names.iter().any(|(_, name)| name.as_str() == Some("*"));
        Ok(filter::page(rows, &params["start"], |rows| {
            let items = rows.into_iter().map(|mut fields| {
                if shows_fm {
                    let id = fields["id"].as_i64().unwrap_or_default();
                    fields.insert("fm".to_owned(), self.fm_json(kind, id));
                }
                filter::select(renamed(fields, keeps_names), &params["select"])
            });
            json!({ "items": items.collect::<Vec<_>>() })
        }))
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

    /// The type of a call, of those this double plays.
    fn card_type(&self, params: &Value) -> Result<i64, Refusal> {
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

    /// Gives a new card its number and defaults.
    fn insert(&mut self, kind: i64, mut row: Row, now_ms: i64) -> i64 {
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
    fn replace(&mut self, kind: i64, id: i64, mut changed: Row, now_ms: i64) {
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
    fn refresh(&mut self, kind: i64, id: i64) {
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

    fn plan_conversion(&mut self, kind: i64, id: i64, now_ms: i64) {
        let converts = self.settings.mode == Mode::Simple || self.settings.robots_convert_leads;
        let row = self.row(kind, id);
        let has_name = row.and_then(|row| row.fields.get("name")?.as_str()).is_some_and(|name| !name.is_empty());
        if kind == LEAD && converts && has_name {
            self.conversions.push((now_ms + self.settings.conversion_lag_ms, id));
        }
    }

    /// Converts the leads that are due: the lead goes to `CONVERTED`, a deal with its `leadId` appears, and a contact if
    /// the lead had none. Origin fields stay with the lead.
    pub(super) fn convert_due(&mut self, now_ms: i64) {
        let (due, waiting) = self.conversions.drain(..).partition::<Vec<_>, _>(|(due_ms, _)| *due_ms <= now_ms);
        self.conversions = waiting;
        for (due_ms, lead) in due {
            self.convert(lead, due_ms);
        }
    }

    fn convert(&mut self, lead: i64, now_ms: i64) {
        let Some(row) = self.row(LEAD, lead) else { return };
        let new_row = |fields: Map<String, Value>, fm| Row { fields, fm, created_ms: now_ms, is_hidden: false };
        let copied = |names: &[&str]| {
            let pairs = names.iter().map(|name| ((*name).to_owned(), row.fields[*name].clone()));
            pairs.chain([("leadId".to_owned(), json!(lead))]).collect::<Map<_, _>>()
        };
        let mut deal = new_row(copied(&["title", "sourceId", "sourceDescription", "assignedById"]), Vec::new());
        let contact = new_row(copied(&["name", "lastName", "sourceId", "assignedById"]), row.fm.clone());
        let mut contacts = ids(&row.fields["contactIds"]);
        if contacts.is_empty() {
            contacts.push(self.insert(CONTACT, contact, now_ms));
        }
        set_contacts(&mut deal, contacts);
        self.insert(DEAL, deal, now_ms);
        let hides = self.settings.hides_converted_leads;
        if let Some(row) = self.row_mut(LEAD, lead) {
            row.fields.insert("stageId".to_owned(), json!("CONVERTED"));
        }
        self.refresh(LEAD, lead);
        if let Some(row) = self.row_mut(LEAD, lead) {
            row.is_hidden = hides;
        }
    }

    /// Ids worth looking at: by origin or id when the filter names one, else all.
    fn candidates(&self, kind: i64, filter: &Value) -> Vec<i64> {
        let Some(cards) = self.cards.get(&kind) else { return Vec::new() };
        for (key, value) in params::entries(filter) {
            match (filter::split(&key), value) {
                (("=", "originId"), Value::String(origin)) => {
                    let mut ids = cards.by_origin.get(origin).cloned().unwrap_or_default();
                    ids.sort_unstable();
                    return ids;
                }
                (("=", "id"), id) if params::int(id).is_some() => return params::int(id).into_iter().collect(),
                (("@", "id"), ids) if params::is_collection(ids) => {
                    let mut ids = params::entries(ids).iter().filter_map(|(_, id)| params::int(id)).collect::<Vec<_>>();
                    ids.sort_unstable();
                    ids.dedup();
                    return ids;
                }
                _ => {}
            }
        }
        cards.rows.keys().copied().collect()
    }

    fn is_filterable(&self, kind: i64, field: &str) -> bool {
        let is_standard = fields::find(field, kind).is_some_and(|field| field.1 != Kind::Multifields);
        is_standard || self.user_fields.contains_key(&(kind, field.to_owned()))
    }

    fn fm_json(&self, kind: i64, id: i64) -> Value {
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

fn renamed(fields: Map<String, Value>, keeps_names: bool) -> Map<String, Value> {
    if keeps_names {
        return fields;
    }
    fields.into_iter().map(|(name, value)| (userfield::camel(&name), value)).collect()
}

fn set_contacts(row: &mut Row, contacts: Vec<i64>) {
    row.fields.insert("contactId".to_owned(), json!(contacts.first().copied().unwrap_or(0)));
    row.fields.insert("contactIds".to_owned(), json!(contacts));
}

fn ids(list: &Value) -> Vec<i64> {
    params::entries(list).into_iter().filter_map(|(_, id)| params::int(id)).collect()
}
