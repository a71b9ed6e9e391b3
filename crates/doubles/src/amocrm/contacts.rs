//! Contacts: phones and addresses are custom fields of theirs.

use serde_json::{Value, json};

use super::{
    Done, Reply,
    list::{self, Page},
    refusal::{Flaw, Refusal},
    row::{Row, digits},
    shape::{self, Fields, Kind, flaw},
    state::State,
    tags,
};

const BATCH_MAX: usize = 250;
const KIND: &str = "contacts";
const FIELDS: Fields = &[
    ("id", Kind::Whole),
    ("name", Kind::Text),
    ("first_name", Kind::Text),
    ("last_name", Kind::Text),
    ("responsible_user_id", Kind::Whole),
    ("created_at", Kind::Whole),
    ("updated_at", Kind::Whole),
    ("created_by", Kind::Whole),
    ("updated_by", Kind::Whole),
    ("custom_fields_values", Kind::List),
    ("tags_to_add", Kind::List),
    ("tags_to_delete", Kind::List),
    ("_embedded", Kind::Object),
    ("request_id", Kind::Text),
];

impl State {
    pub(super) fn contacts_list(&mut self, query: &[(String, String)], now_ms: i64) -> Reply {
        let page = Page::read(self, query, &["query", "with"])?;
        let words = list::values(query, "query");
        let with_leads = list::values(query, "with").iter().any(|with| with.contains("leads"));
        let rows = self.contacts.values().filter(|row| !row.is_deleted);
        let rows = rows.filter(|row| words.iter().all(|words| row.is_found_by(words, now_ms)));
        let rows = rows.map(|row| self.shown_contact(row, with_leads)).collect();
        Ok(list::page(KIND, rows, &page, self.settings.has_short_pages))
    }

    pub(super) fn contact_get(&mut self, id: i64, query: &[(String, String)]) -> Reply {
        let with_leads = list::values(query, "with").iter().any(|with| with.contains("leads"));
        let row = self.contacts.get(&id).filter(|row| !row.is_deleted);
        Ok(row.map_or(Done::Nothing, |row| Done::Found(self.shown_contact(row, with_leads))))
    }

    pub(super) fn contacts_add(&mut self, body: &Value, now_ms: i64) -> Reply {
        let items = shape::elements(body, BATCH_MAX)?;
        let flaws = items.iter().map(|item| self.contact_flaws(item, "")).collect();
        shape::refuse(items, flaws)?;
        let mut made = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let id = self.make_contact(item, now_ms);
            made.push(json!({ "id": id, "request_id": shape::request_id(item, at) }));
        }
        Ok(Done::Found(json!({ "_embedded": { KIND: made } })))
    }

    pub(super) fn contact_change(&mut self, id: i64, body: &Value, now_ms: i64) -> Reply {
        shape::refuse(std::slice::from_ref(body), vec![self.contact_flaws(body, "")])?;
        let row = self.contacts.get(&id).filter(|row| !row.is_deleted).cloned();
        let mut row = row.ok_or_else(|| Refusal::of_status(404))?;
        self.fill_contact(&mut row, body, now_ms);
        self.contacts.insert(id, row);
        Ok(Done::Found(json!({ "id": id, "updated_at": now_ms.div_euclid(1000) })))
    }

    pub(super) fn contact_flaws(&self, item: &Value, path: &str) -> Vec<Flaw> {
        let mut flaws = shape::flaws(item, FIELDS, path.trim_end_matches('.'));
        flaws.extend(self.values_flaws(KIND, item, path));
        flaws.extend(tags::flaws(item));
        if item["responsible_user_id"].as_i64().is_some_and(|id| !self.is_user(id)) {
            flaws.push(flaw("NotSupportedChoice", format!("{path}responsible_user_id")));
        }
        flaws
    }

    pub(super) fn make_contact(&mut self, item: &Value, now_ms: i64) -> i64 {
        let id = self.new_id();
        let mut row = Row { id, found_from_ms: now_ms + self.settings.index_lag_ms, ..Row::default() };
        row.own.insert("created_at".to_owned(), now_ms.div_euclid(1000).into());
        self.fill_contact(&mut row, item, now_ms);
        self.contacts.insert(id, row);
        id
    }

    fn fill_contact(&mut self, row: &mut Row, item: &Value, now_ms: i64) {
        for name in ["name", "first_name", "last_name", "responsible_user_id"] {
            if let Some(value) = item.get(name) {
                row.own.insert(name.to_owned(), value.clone());
            }
        }
        let part = |name: &str| row.own.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if item.get("name").is_none() {
            let whole = format!("{} {}", part("first_name"), part("last_name"));
            row.own.insert("name".to_owned(), whole.trim().into());
        }
        row.own.insert("updated_at".to_owned(), now_ms.div_euclid(1000).into());
        self.put_values(KIND, row, item);
        self.put_tags(row, item);
    }

    /// Another contact with one of the phones of `item`; the last ten digits are compared.
    pub(super) fn contact_of_same_phone(&self, item: &Value) -> Option<i64> {
        let of_item = item["custom_fields_values"].as_array().into_iter().flatten();
        let phones: Vec<String> = of_item
            .filter(|field| field["field_code"] == "PHONE")
            .flat_map(|field| field["values"].as_array().into_iter().flatten())
            .filter_map(|value| value["value"].as_str().map(last_ten))
            .collect();
        let has_one = |row: &&Row| row.texts_of(101).iter().any(|own| phones.contains(&last_ten(own)));
        self.contacts.values().filter(|row| !row.is_deleted).find(has_one).map(|row| row.id)
    }

    fn shown_contact(&self, row: &Row, with_leads: bool) -> Value {
        let mut shown = row.shown(&self.contact_fields);
        if with_leads {
            let own = self.leads.values().filter(|lead| !lead.is_deleted && lead.contacts.contains(&row.id));
            shown["_embedded"]["leads"] = own.map(|lead| json!({ "id": lead.id })).collect();
        }
        shown
    }
}

fn last_ten(text: &str) -> String {
    let digits = digits(text);
    digits[digits.len().saturating_sub(10)..].to_owned()
}
