//! What stands in the journal, and what its people do there.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::{Double, booking::note, state::Row};

/// A record as the administrator sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub id: i64,
    pub staff: i64,
    pub services: Vec<i64>,
    /// Unix seconds.
    pub from_s: i64,
    pub length_s: i64,
    pub name: String,
    pub phone: String,
    pub comment: String,
    pub api_id: Option<String>,
    pub is_online: bool,
    pub is_deleted: bool,
}

impl Double {
    /// All records, by id.
    pub fn all(&self) -> Vec<Seen> {
        let seen = |row: &Row| {
            let (name, phone) = row.client.clone().unwrap_or_default();
            Seen {
                id: row.id,
                staff: row.staff,
                services: row.services.clone(),
                from_s: row.from_s,
                length_s: row.length_s,
                name,
                phone,
                comment: row.comment.clone(),
                api_id: row.api_id.clone(),
                is_online: row.is_online,
                is_deleted: row.is_deleted,
            }
        };
        self.state().rows.values().map(seen).collect()
    }

    /// Records that nobody deleted.
    pub fn standing(&self) -> Vec<Seen> {
        self.all().into_iter().filter(|row| !row.is_deleted).collect()
    }

    /// The administrator writes down a visit of somebody else's.
    pub fn administrator_adds(&self, staff: i64, from_s: i64, length_s: i64, now_ms: i64) -> i64 {
        let mut state = self.state();
        let id = state.new_id();
        let client = Some(("Вера".to_owned(), "79280000001".to_owned()));
        let row = Row { services: vec![331], client, ..note(id, staff, from_s, length_s, now_ms) };
        state.rows.insert(id, row);
        id
    }

    pub fn administrator_moves(&self, id: i64, staff: i64, from_s: i64, now_ms: i64) {
        self.edit(id, now_ms, |row| (row.staff, row.from_s) = (staff, from_s));
    }

    pub fn administrator_lengthens(&self, id: i64, length_s: i64, now_ms: i64) {
        self.edit(id, now_ms, |row| row.length_s = length_s);
    }

    pub fn administrator_deletes(&self, id: i64, now_ms: i64) {
        self.edit(id, now_ms, |row| row.is_deleted = true);
    }

    /// −1: did not come; 1: came; 2: confirmed.
    pub fn administrator_marks(&self, id: i64, attendance: i64, now_ms: i64) {
        self.edit(id, now_ms, |row| row.attendance = attendance);
    }

    pub fn administrator_comments(&self, id: i64, comment: &str, now_ms: i64) {
        self.edit(id, now_ms, |row| row.comment = comment.to_owned());
    }

    pub fn administrator_labels(&self, id: i64, label: i64, now_ms: i64) {
        self.edit(id, now_ms, |row| row.labels.push(label));
    }

    /// Another shift on one day, in minutes; none: a day off.
    pub fn administrator_sets_hours(&self, staff: i64, day: Date, hours: Vec<(i64, i64)>) {
        self.state().days.insert((staff, day), hours);
    }

    fn edit(&self, id: i64, now_ms: i64, change: impl FnOnce(&mut Row)) {
        if let Some(row) = self.state().rows.get_mut(&id) {
            change(row);
            row.changed_ms = now_ms;
        }
    }

    /// How often each call was made, by its name.
    pub fn calls(&self, name: &str) -> u64 {
        self.state().calls.get(name).copied().unwrap_or_default()
    }

    /// Counts for `/_ledger`: no name, no phone, no text.
    pub fn ledger(&self) -> Value {
        let state = self.state();
        let standing = state.rows.values().filter(|row| !row.is_deleted).count();
        json!({ "records": state.rows.len(), "standing": standing, "calls": state.calls, "failures": state.failures })
    }
}
