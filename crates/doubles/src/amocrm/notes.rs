//! Notes in the feed of a lead.

use serde_json::{Value, json};

use super::{
    Done, Reply,
    list::{self, Page},
    refusal::{Flaw, Refusal},
    shape::{self, Fields, Kind, flaw},
    state::State,
};

const BATCH_MAX: usize = 250;
const KIND: &str = "notes";
/// The vendor's limit is not documented; whoever keeps to this is safe.
const TEXT_CHARS_MAX: usize = 4_000;
const FIELDS: Fields = &[
    ("id", Kind::Whole),
    ("entity_id", Kind::Whole),
    ("note_type", Kind::Text),
    ("params", Kind::Object),
    ("created_by", Kind::Whole),
    ("responsible_user_id", Kind::Whole),
    ("request_id", Kind::Text),
];
const COMMON: Fields = &[("text", Kind::Text)];

impl State {
    pub(super) fn notes_list(&mut self, lead: i64, query: &[(String, String)]) -> Reply {
        let page = Page::read(self, query, &[])?;
        let rows = self.notes.values().filter(|note| note["entity_id"] == lead).cloned().collect();
        Ok(list::page(KIND, rows, &page, self.settings.has_short_pages))
    }

    pub(super) fn notes_add(&mut self, lead: i64, body: &Value, now_ms: i64) -> Reply {
        let items = shape::elements(body, BATCH_MAX)?;
        shape::refuse(items, items.iter().map(|item| note_flaws(item, true)).collect())?;
        if self.leads.get(&lead).is_none_or(|row| row.is_deleted) {
            return Err(Refusal::of_status(404));
        }
        let mut made = Vec::new();
        for (at, item) in items.iter().enumerate() {
            self.measure(item);
            let (id, at_s) = (self.new_id(), now_ms.div_euclid(1000));
            let note = json!({ "id": id, "entity_id": lead, "note_type": item["note_type"], "params": item["params"],
                "created_at": at_s, "updated_at": at_s });
            self.notes.insert(id, note);
            made.push(json!({ "id": id, "entity_id": lead, "request_id": shape::request_id(item, at) }));
        }
        Ok(Done::Found(json!({ "_embedded": { KIND: made } })))
    }

    pub(super) fn note_change(&mut self, lead: i64, note: i64, body: &Value, now_ms: i64) -> Reply {
        shape::refuse(std::slice::from_ref(body), vec![note_flaws(body, false)])?;
        self.measure(body);
        let is_here = self.leads.get(&lead).is_some_and(|row| !row.is_deleted);
        let found = self.notes.get_mut(&note).filter(|row| is_here && row["entity_id"] == lead);
        let row = found.ok_or_else(|| Refusal::of_status(404))?;
        row["params"] = body["params"].clone();
        row["updated_at"] = now_ms.div_euclid(1000).into();
        Ok(Done::Found(json!({ "id": note, "entity_id": lead, "updated_at": now_ms.div_euclid(1000) })))
    }

    fn measure(&mut self, note: &Value) {
        if note["params"]["text"].as_str().is_some_and(|text| text.chars().count() > TEXT_CHARS_MAX) {
            self.fail("a note over 4000 characters".to_owned());
        }
    }
}

fn note_flaws(item: &Value, is_new: bool) -> Vec<Flaw> {
    let mut flaws = shape::flaws(item, FIELDS, "");
    if is_new && item["note_type"] != "common" {
        flaws.push(flaw("NotSupportedChoice", "note_type"));
    }
    flaws.extend(shape::flaws(&item["params"], COMMON, "params"));
    if item["params"]["text"].as_str().is_none_or(str::is_empty) {
        flaws.push(flaw("FieldMissing", "params.text"));
    }
    flaws
}
