//! Leads: made alone or with their contact at once, read, found, changed.

use serde_json::{Value, json};

use super::{
    Done, Reply, custom,
    list::{self, Page},
    refusal::{Flaw, Refusal},
    row::Row,
    settings::{BOOKED, CANCELLED, FIRST, LOST, OTHER_FIRST, OTHER_PIPELINE, PIPELINE, UNSORTED, WON},
    shape::{self, Fields, Kind, flaw},
    state::State,
    tags,
};

const BATCH_MAX: usize = 250;
const COMPLEX_MAX: usize = 50;
const KIND: &str = "leads";
const FIELDS: Fields = &[
    ("id", Kind::Whole),
    ("name", Kind::Text),
    ("price", Kind::Number),
    ("status_id", Kind::Whole),
    ("pipeline_id", Kind::Whole),
    ("responsible_user_id", Kind::Whole),
    ("loss_reason_id", Kind::Whole),
    ("created_at", Kind::Whole),
    ("updated_at", Kind::Whole),
    ("closed_at", Kind::Whole),
    ("created_by", Kind::Whole),
    ("updated_by", Kind::Whole),
    ("custom_fields_values", Kind::List),
    ("tags_to_add", Kind::List),
    ("tags_to_delete", Kind::List),
    ("_embedded", Kind::Object),
    ("request_id", Kind::Text),
];
const EMBEDDED: Fields =
    &[("tags", Kind::List), ("contacts", Kind::List), ("companies", Kind::List), ("source", Kind::Object)];
const LINK: Fields = &[("id", Kind::Whole), ("is_main", Kind::Flag)];

impl State {
    pub(super) fn leads_list(&mut self, query: &[(String, String)], now_ms: i64) -> Reply {
        let page = Page::read(self, query, &["query", "with", "order", "filter[id]", "filter[updated_at][from]"])?;
        let words = list::values(query, "query");
        let from_s = list::values(query, "filter[updated_at][from]").first().and_then(|text| text.parse::<i64>().ok());
        let ids: Vec<i64> = list::values(query, "filter[id]").iter().filter_map(|id| id.parse().ok()).collect();
        let with_contacts = list::values(query, "with").iter().any(|with| with.contains("contacts"));
        let rows = self.leads.values().filter(|row| !row.is_deleted);
        let rows = rows.filter(|row| words.iter().all(|words| row.is_found_by(words, now_ms)));
        let rows = rows.filter(|row| ids.is_empty() || ids.contains(&row.id));
        let rows = rows.filter(|row| from_s.is_none_or(|from_s| row.own["updated_at"].as_i64() >= Some(from_s)));
        let rows = rows.map(|row| self.shown_lead(row, with_contacts)).collect();
        Ok(list::page(KIND, rows, &page, self.settings.has_short_pages))
    }

    pub(super) fn lead_get(&mut self, id: i64, query: &[(String, String)]) -> Reply {
        let with_contacts = list::values(query, "with").iter().any(|with| with.contains("contacts"));
        let row = self.leads.get(&id).filter(|row| !row.is_deleted);
        Ok(row.map_or(Done::Nothing, |row| Done::Found(self.shown_lead(row, with_contacts))))
    }

    /// Contacts are named by id here, never made.
    pub(super) fn leads_add(&mut self, body: &Value, now_ms: i64) -> Reply {
        let items = shape::elements(body, BATCH_MAX)?;
        shape::refuse(items, items.iter().map(|item| self.lead_flaws(item, &[LINK])).collect())?;
        let mut made = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let linked = embedded(item, KIND_CONTACTS).filter_map(|contact| contact["id"].as_i64()).collect();
            let id = self.make_lead(item, linked, now_ms);
            made.push(json!({ "id": id, "request_id": shape::request_id(item, at) }));
        }
        Ok(Done::Found(json!({ "_embedded": { KIND: made } })))
    }

    /// At most one contact and one company each, as full objects. Whether a contact may be named by id is not
    /// documented: refused.
    pub(super) fn leads_add_complex(&mut self, body: &Value, now_ms: i64) -> Reply {
        let items = shape::elements(body, COMPLEX_MAX)?;
        shape::refuse(items, items.iter().map(|item| self.complex_flaws(item)).collect())?;
        let made = items.iter().enumerate().map(|(at, item)| {
            let (lead, contact, is_merged) = self.make_or_merge(item, now_ms);
            json!({ "id": lead, "contact_id": contact, "company_id": null,
                "request_id": [shape::request_id(item, at)], "merged": is_merged })
        });
        Ok(Done::Found(made.collect()))
    }

    fn make_or_merge(&mut self, item: &Value, now_ms: i64) -> (i64, Option<i64>, bool) {
        let contact = embedded(item, KIND_CONTACTS).next().cloned();
        let known =
            contact.as_ref().filter(|_| self.settings.merges).and_then(|given| self.contact_of_same_phone(given));
        let of_known = |row: &&Row| is_open(row) && known.is_some_and(|known| row.contacts.contains(&known));
        if let Some(lead) = self.leads.values().find(of_known).map(|row| row.id) {
            self.merge_into(lead, item, now_ms);
            return (lead, known, true);
        }
        let contact_id = known.or_else(|| contact.map(|given| self.make_contact(&given, now_ms)));
        (self.make_lead(item, contact_id.into_iter().collect(), now_ms), contact_id, known.is_some())
    }

    /// What the merge keeps is not documented but for name and price; tags and fields are added.
    fn merge_into(&mut self, lead: i64, item: &Value, now_ms: i64) {
        let Some(mut row) = self.leads.get(&lead).cloned() else { return };
        self.put_values(KIND, &mut row, item);
        let tags = item["_embedded"]["tags"].clone();
        self.put_tags(&mut row, &json!({ "tags_to_add": tags }));
        row.own.insert("updated_at".to_owned(), now_ms.div_euclid(1000).into());
        self.leads.insert(lead, row);
    }

    pub(super) fn lead_change(&mut self, id: i64, body: &Value, now_ms: i64) -> Reply {
        shape::refuse(std::slice::from_ref(body), vec![self.lead_flaws(body, &[])])?;
        let row = self.leads.get(&id).filter(|row| !row.is_deleted).cloned();
        let mut row = row.ok_or_else(|| Refusal::of_status(404))?;
        self.fill_lead(&mut row, body, now_ms);
        self.leads.insert(id, row);
        Ok(Done::Found(json!({ "id": id, "updated_at": now_ms.div_euclid(1000) })))
    }

    fn complex_flaws(&self, item: &Value) -> Vec<Flaw> {
        let mut flaws = self.lead_flaws(item, &[]);
        if embedded(item, KIND_CONTACTS).count() > 1 {
            flaws.push(flaw("TooMany", "_embedded.contacts"));
        }
        for contact in embedded(item, KIND_CONTACTS) {
            flaws.extend(self.contact_flaws(contact, "_embedded.contacts.0."));
            if contact.get("id").is_some() {
                flaws.push(flaw("NotExpected", "_embedded.contacts.0.id"));
            }
        }
        let is_over =
            |item: &Value| item["custom_fields_values"].as_array().is_some_and(|list| list.len() > custom::VALUES_MAX);
        if is_over(item) || embedded(item, KIND_CONTACTS).any(is_over) {
            flaws.push(flaw("TooMany", "custom_fields_values"));
        }
        flaws
    }

    fn lead_flaws(&self, item: &Value, links: &[Fields]) -> Vec<Flaw> {
        let mut flaws = shape::flaws(item, FIELDS, "");
        flaws.extend(self.values_flaws(KIND, item, ""));
        flaws.extend(tags::flaws(item));
        if let Some(inner) = item.get("_embedded") {
            flaws.extend(shape::flaws(inner, EMBEDDED, "_embedded"));
        }
        for link in links {
            flaws.extend(
                embedded(item, KIND_CONTACTS).flat_map(|given| shape::flaws(given, link, "_embedded.contacts")),
            );
            let is_strange = |given: &Value| given["id"].as_i64().is_none_or(|id| !self.contacts.contains_key(&id));
            if embedded(item, KIND_CONTACTS).any(is_strange) {
                flaws.push(flaw("NotSupportedChoice", "_embedded.contacts"));
            }
        }
        flaws.extend(self.stage_flaws(item));
        if item["responsible_user_id"].as_i64().is_some_and(|id| !self.is_user(id)) {
            flaws.push(flaw("NotSupportedChoice", "responsible_user_id"));
        }
        flaws
    }

    /// 142 and 143 are in every pipeline, so they come with theirs; the unsorted stage is no target.
    fn stage_flaws(&self, item: &Value) -> Vec<Flaw> {
        let (status, pipeline) = (item["status_id"].as_i64(), item["pipeline_id"].as_i64());
        let mut flaws = Vec::new();
        let is_known = |id: i64| id == PIPELINE || (id == OTHER_PIPELINE && self.settings.has_second);
        if pipeline.is_some_and(|pipeline| !is_known(pipeline)) {
            flaws.push(flaw("NotSupportedChoice", "pipeline_id"));
        }
        let is_bad = match status {
            None => false,
            Some(FIRST | BOOKED | CANCELLED) => pipeline.is_some_and(|pipeline| pipeline != PIPELINE),
            Some(OTHER_FIRST) => pipeline != Some(OTHER_PIPELINE),
            Some(WON | LOST) => pipeline.is_none(),
            Some(UNSORTED) | Some(_) => true,
        };
        if is_bad {
            flaws.push(flaw("NotSupportedChoice", "status_id"));
        }
        flaws
    }

    fn make_lead(&mut self, item: &Value, contacts: Vec<i64>, now_ms: i64) -> i64 {
        let id = self.new_id();
        let mut row = Row { id, contacts, found_from_ms: now_ms + self.settings.index_lag_ms, ..Row::default() };
        let at_s = now_ms.div_euclid(1000);
        let first = [("name", json!(format!("Сделка #{id}"))), ("price", json!(0)), ("created_at", json!(at_s))];
        let place =
            [("status_id", json!(FIRST)), ("pipeline_id", json!(PIPELINE)), ("responsible_user_id", json!(504_141))];
        row.own.extend(first.into_iter().chain(place).map(|(name, value)| (name.to_owned(), value)));
        self.fill_lead(&mut row, item, now_ms);
        self.leads.insert(id, row);
        id
    }

    fn fill_lead(&mut self, row: &mut Row, item: &Value, now_ms: i64) {
        for name in ["name", "price", "status_id", "pipeline_id", "responsible_user_id", "loss_reason_id"] {
            if let Some(value) = item.get(name).filter(|value| !value.is_null()) {
                row.own.insert(name.to_owned(), value.clone());
            }
        }
        row.own.insert("updated_at".to_owned(), now_ms.div_euclid(1000).into());
        self.put_values(KIND, row, item);
        self.put_tags(row, item);
    }

    fn shown_lead(&self, row: &Row, with_contacts: bool) -> Value {
        let mut shown = row.shown(&self.lead_fields);
        if with_contacts {
            let links = row.contacts.iter().enumerate();
            shown["_embedded"][KIND_CONTACTS] = links.map(|(at, id)| json!({ "id": id, "is_main": at == 0 })).collect();
        }
        shown
    }
}

const KIND_CONTACTS: &str = "contacts";

fn embedded<'a>(item: &'a Value, kind: &str) -> impl Iterator<Item = &'a Value> {
    item["_embedded"][kind].as_array().into_iter().flatten()
}

fn is_open(row: &Row) -> bool {
    let status = row.own.get("status_id").and_then(Value::as_i64);
    !row.is_deleted && !matches!(status, Some(WON | LOST))
}
