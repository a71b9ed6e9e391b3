//! Online booking: checked, written, moved and taken away the way the site widget does it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Done, Reply,
    refusal::Refusal,
    state::{Row, State},
};

const FIELDS: &[&str] = &[
    "phone",
    "fullname",
    "surname",
    "patronymic",
    "email",
    "code",
    "appointments",
    "comment",
    "notify_by_sms",
    "notify_by_email",
    "api_id",
    "custom_fields",
    "is_personal_data_processing_allowed",
    "is_newsletter_allowed",
];
const APPOINTMENT: &[&str] = &["id", "services", "staff_id", "datetime", "custom_fields"];
/// The code that a confirmed phone got.
const CODE: &str = "4321";

struct Appointment {
    id: i64,
    staff: i64,
    services: Vec<i64>,
    from_s: i64,
    length_s: i64,
}

impl State {
    pub(super) fn book_check(&mut self, body: &Value, now_ms: i64) -> Reply {
        self.only(body, &["appointments"])?;
        let all = self.appointments(body, now_ms)?;
        if self.settings.steals_after_check {
            for one in &all {
                let id = self.new_id();
                self.rows.insert(id, note(id, one.staff, one.from_s, one.length_s, now_ms));
            }
        }
        Ok(Done::made(json!([])))
    }

    pub(super) fn book_record(&mut self, body: &Value, now_ms: i64) -> Reply {
        self.only(body, FIELDS)?;
        let phone = body["phone"].as_str().unwrap_or_default().to_owned();
        let name = body["fullname"].as_str().unwrap_or_default().trim().to_owned();
        if !(11..=15).contains(&phone.len()) || !phone.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Refusal::of_code(431));
        }
        if name.is_empty() {
            return Err(Refusal::of_code(435));
        }
        match body.get("email") {
            Some(Value::String(email)) if email.is_empty() && self.settings.asks_email => {
                return Err(Refusal::of_fields(vec!["email"]));
            }
            Some(Value::String(email)) if email.is_empty() && self.settings.refuses_empty_email => {
                return Err(Refusal::of_code(400));
            }
            Some(Value::String(_)) | None => {}
            Some(_) => return Err(Refusal::of_fields(vec!["email"])),
        }
        if body["is_personal_data_processing_allowed"] != true || body["is_newsletter_allowed"] != false {
            self.fail("consent is not said as it is".to_owned());
        }
        if body["notify_by_sms"] != 0 || body["notify_by_email"] != 0 {
            self.fail("the branch would remind beside us".to_owned());
        }
        let api_id = self.api_id(body)?;
        if self.settings.black_list.contains(&phone) {
            return Err(Refusal::of_code(434));
        }
        if self.settings.asks_code && body["code"] != CODE {
            return Err(Refusal::of_code(432));
        }
        let all = self.appointments(body, now_ms)?;
        let mut made = Vec::new();
        for one in all {
            let id = self.new_id();
            let row = Row {
                services: one.services,
                client: Some((name.clone(), phone.clone())),
                comment: body["comment"].as_str().unwrap_or_default().to_owned(),
                api_id: api_id.clone(),
                is_online: true,
                is_partners: true,
                ..note(id, one.staff, one.from_s, one.length_s, now_ms)
            };
            made.push(json!({ "id": one.id, "record_id": id, "record_hash": row.hash }));
            self.rows.insert(id, row);
        }
        Ok(Done::made(Value::Array(made)))
    }

    pub(super) fn book_move(&mut self, record: &str, body: &Value, now_ms: i64) -> Reply {
        self.only(body, &["datetime", "comment"])?;
        let row = self.row(record)?;
        if !row.is_partners {
            return Err(Refusal::of_status(403));
        }
        let (may, delay_s) = (self.settings.allow_change, self.settings.change_delay_s);
        self.let_by(may, delay_s, &row, now_ms)?;
        let from_s = self.moment(&body["datetime"])?;
        if !self.is_free(row.staff, from_s, row.length_s, Some(row.id)) {
            return Err(Refusal::of_code(433));
        }
        let comment = body["comment"].as_str().map_or(row.comment.clone(), str::to_owned);
        let moved = Row { from_s, comment, changed_ms: now_ms, ..row };
        let shown = self.shown(&moved);
        self.rows.insert(moved.id, moved);
        Ok(Done::ok(shown))
    }

    pub(super) fn book_get(&mut self, record: &str, hash: &str) -> Reply {
        let row = self.rows.values().find(|row| row.id.to_string() == record && row.hash == hash);
        let row = row.cloned().ok_or_else(|| Refusal::of_status(404))?;
        let mut shown = self.shown(&row);
        // The client's own view has no staff_id beside the master.
        if let Some(fields) = shown.as_object_mut() {
            fields.remove("staff_id");
            fields.remove("client");
        }
        Ok(Done::ok(shown))
    }

    pub(super) fn hash_delete(&mut self, record: &str, hash: &str, now_ms: i64) -> Reply {
        let row = self.row(record)?;
        if row.hash != hash {
            return Err(Refusal::of_status(404));
        }
        let (may, delay_s) = (self.settings.allow_delete, self.settings.delete_delay_s);
        self.let_by(may, delay_s, &row, now_ms)?;
        self.rows.insert(row.id, Row { is_deleted: true, changed_ms: now_ms, ..row });
        Ok(Done::ok(json!([])))
    }

    /// One that nobody deleted.
    pub(super) fn row(&self, record: &str) -> Result<Row, Refusal> {
        let id: i64 = record.parse().map_err(|_| Refusal::of_status(404))?;
        self.rows.get(&id).filter(|row| !row.is_deleted).cloned().ok_or_else(|| Refusal::of_status(404))
    }

    fn let_by(&mut self, may: bool, delay_s: i64, row: &Row, now_ms: i64) -> Result<(), Refusal> {
        if may && row.from_s - now_ms / 1_000 >= delay_s {
            return Ok(());
        }
        self.fail("a visit changed that clients may not change".to_owned());
        Err(Refusal::of_status(403))
    }

    pub(super) fn only(&mut self, body: &Value, known: &[&str]) -> Result<(), Refusal> {
        let Some(fields) = body.as_object() else { return Err(self.wrong("a body that is no object")) };
        match fields.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(self.wrong(&format!("a field {name} that the call has not"))),
        }
    }

    /// A number in one place of the schema, a text in another: digits fit both.
    pub(super) fn api_id(&mut self, body: &Value) -> Result<Option<String>, Refusal> {
        match &body["api_id"] {
            Value::Null => Ok(None),
            Value::String(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(Some(text.clone()))
            }
            Value::Number(number) => Ok(Some(number.to_string())),
            _ => {
                self.fail("an outer id that is not of digits".to_owned());
                Err(Refusal::of_fields(vec!["api_id"]))
            }
        }
    }

    pub(super) fn moment(&mut self, value: &Value) -> Result<i64, Refusal> {
        let read = match value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse::<Timestamp>().ok().map(|at| at.as_second()),
            _ => None,
        };
        read.ok_or_else(|| Refusal::of_fields(vec!["datetime"]))
    }

    fn appointments(&mut self, body: &Value, now_ms: i64) -> Result<Vec<Appointment>, Refusal> {
        let list = body["appointments"].as_array().filter(|list| !list.is_empty());
        let list = list.ok_or_else(|| Refusal::of_fields(vec!["appointments"]))?;
        list.iter().map(|item| self.appointment(item, now_ms)).collect()
    }

    fn appointment(&mut self, item: &Value, now_ms: i64) -> Result<Appointment, Refusal> {
        self.only(item, APPOINTMENT)?;
        let services: Vec<i64> = item["services"].as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
        let (Some(id), Some(staff), false) = (item["id"].as_i64(), item["staff_id"].as_i64(), services.is_empty())
        else {
            return Err(Refusal::of_fields(vec!["id", "staff_id", "services"]));
        };
        let from_s = self.moment(&item["datetime"])?;
        let master = self.master(staff).filter(|master| master.is_online).cloned();
        let master = master.ok_or_else(|| Refusal::of_code(436))?;
        let is_offered =
            |id: &i64| master.services.contains(id) && self.service(*id).is_some_and(|service| service.is_active);
        if !services.iter().all(is_offered) {
            return Err(Refusal::of_code(438));
        }
        let length_s = services.iter().filter_map(|id| self.service(*id)).map(|service| service.length_s).sum();
        if !self.starts(&master, self.day_of(from_s), length_s, now_ms).contains(&from_s) {
            return Err(Refusal::of_code(433));
        }
        Ok(Appointment { id, staff, services, from_s, length_s })
    }
}

/// Time that an administrator took, without a client.
pub(super) fn note(id: i64, staff: i64, from_s: i64, length_s: i64, now_ms: i64) -> Row {
    Row {
        id,
        hash: format!("{id:08x}0f1a3b5c7d9e0f1a3b5c7d9e"),
        staff,
        services: Vec::new(),
        from_s,
        length_s,
        client: None,
        comment: String::new(),
        api_id: None,
        is_online: false,
        is_partners: false,
        attendance: 0,
        is_deleted: false,
        labels: Vec::new(),
        custom_fields: json!({}),
        changed_ms: now_ms,
    }
}
