//! Leads that become deals by themselves: always in the simple mode, by robots in the classic one.
//!
//! Source: `tutorials/crm/how-to-add-crm-objects/how-to-add-objects-with-crm-mode.md`. It holds for leads with a filled
//! name, after a lag. What else the deal takes over is not documented.

use serde_json::{Map, Value, json};

use super::{
    Mode,
    cards::{ids, set_contacts},
    portal::{CONTACT, DEAL, LEAD, Portal, Row},
};

impl Portal {
    /// Remembers a new lead that will be converted.
    pub(super) fn plan_conversion(&mut self, kind: i64, id: i64, now_ms: i64) {
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
}
