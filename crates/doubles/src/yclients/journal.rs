//! The journal: what a user with rights reads and writes.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::strtime;
use serde_json::{Value, json};

use super::{
    Done, Reply,
    booking::note,
    lists::{Query, one},
    refusal::Refusal,
    state::{Row, State},
};

const FIELDS: &[&str] = &[
    "staff_id",
    "services",
    "client",
    "datetime",
    "seance_length",
    "save_if_busy",
    "send_sms",
    "comment",
    "sms_remain_hours",
    "email_remain_hours",
    "attendance",
    "api_id",
    "custom_color",
    "record_labels",
    "client_agreements",
    "technical_break_duration",
    "custom_fields",
    "activity_id",
];
const LISTED: &[&str] = &[
    "page",
    "count",
    "staff_id",
    "client_id",
    "start_date",
    "end_date",
    "c_start_date",
    "c_end_date",
    "changed_after",
    "changed_before",
    "with_deleted",
];
const PARTNERS: &[&str] =
    &["page", "editable_length", "salon_id", "start_date", "end_date", "created_start_date", "created_end_date"];

impl State {
    pub(super) fn records(&mut self, query: Query<'_>) -> Reply {
        self.know(query, LISTED)?;
        self.need("timetable_access")?;
        let day = |name| one(query, name).map(|text| text.parse::<Date>());
        let (Ok(from), Ok(to)) = (day("start_date").transpose(), day("end_date").transpose()) else {
            return Err(self.wrong("records of days that are none"));
        };
        let after = one(query, "changed_after").map(|text| text.parse::<Timestamp>());
        let Ok(after) = after.transpose() else { return Err(self.wrong("changes after a moment that is none")) };
        let with_deleted = one(query, "with_deleted") == Some("1");
        let found: Vec<Value> = self
            .rows
            .values()
            .filter(|row| with_deleted || !row.is_deleted)
            .filter(|row| from.is_none_or(|from| self.day_of(row.from_s) >= from))
            .filter(|row| to.is_none_or(|to| self.day_of(row.from_s) <= to))
            .filter(|row| after.is_none_or(|after| row.changed_ms / 1_000 >= after.as_second()))
            .map(|row| self.shown(row))
            .collect();
        self.page(found, query, "count")
    }

    pub(super) fn partner_records(&mut self, query: Query<'_>) -> Reply {
        self.know(query, PARTNERS)?;
        let day = |name| one(query, name).map(|text| strtime::parse("%d.%m.%Y", text).and_then(|at| at.to_date()));
        let (Ok(from), Ok(to)) = (day("start_date").transpose(), day("end_date").transpose()) else {
            return Err(self.wrong("the partner's records of days that are none"));
        };
        if one(query, "salon_id").and_then(|id| id.parse().ok()) != Some(super::COMPANY) {
            return Err(self.wrong("the partner's records of no branch"));
        }
        let (lists_deleted, lists_hash) = (self.settings.partner_lists_deleted, self.settings.partner_lists_hash);
        let found: Vec<Value> = self
            .rows
            .values()
            .filter(|row| row.is_partners && (lists_deleted || !row.is_deleted))
            .filter(|row| from.is_none_or(|from| self.day_of(row.from_s) >= from))
            .filter(|row| to.is_none_or(|to| self.day_of(row.from_s) <= to))
            .map(|row| {
                let mut shown = self.shown(row);
                if lists_hash {
                    shown["record_hash"] = json!(row.hash);
                }
                shown
            })
            .collect();
        self.page(found, query, "editable_length")
    }

    fn page(&mut self, found: Vec<Value>, query: Query<'_>, size: &str) -> Reply {
        let number = |name| one(query, name).and_then(|text| text.parse::<usize>().ok());
        let (Some(page), Some(size)) = (number("page"), number(size)) else {
            return Err(self.wrong("a list without page and size"));
        };
        if page == 0 || size == 0 || size > 200 {
            return Err(self.wrong("a page that is none"));
        }
        let size = size.min(self.settings.page_max);
        let total = self.settings.tells_total.then_some(found.len());
        let rows: Vec<Value> = found.into_iter().skip((page - 1) * size).take(size).collect();
        Ok(Done { status: 200, data: Value::Array(rows), total })
    }

    pub(super) fn record_get(&mut self, record: &str) -> Reply {
        self.need("timetable_access")?;
        let id: i64 = record.parse().map_err(|_| Refusal::of_status(404))?;
        let row = self.rows.get(&id).cloned().ok_or_else(|| Refusal::of_status(404))?;
        Ok(Done::ok(self.shown(&row)))
    }

    pub(super) fn record_add(&mut self, body: &Value, now_ms: i64) -> Reply {
        self.need("create_records_access")?;
        let id = self.new_id();
        let row = self.written(body, note(id, 0, 0, 0, now_ms))?;
        if body["client_agreements"]["is_personal_data_processing_allowed"] != true {
            self.fail("consent is not said as it is".to_owned());
        }
        if row.client.is_none() {
            return Err(Refusal::of_fields(vec!["client"]));
        }
        let shown = self.shown(&row);
        self.rows.insert(id, Row { is_partners: true, ..row });
        Ok(Done::made(json!([shown])))
    }

    pub(super) fn record_change(&mut self, record: &str, body: &Value, now_ms: i64) -> Reply {
        self.need("edit_records_access")?;
        let was = self.row(record)?;
        let row = self.written(body, Row { changed_ms: now_ms, ..was.clone() })?;
        // Whoever leaves something out loses it.
        if (was.client.is_some() && row.client.is_none()) || row.api_id != was.api_id || row.labels != was.labels {
            self.fail("a record written back without all that stood in it".to_owned());
        }
        let shown = self.shown(&row);
        self.rows.insert(row.id, row);
        Ok(Done::ok(shown))
    }

    pub(super) fn record_delete(&mut self, record: &str, now_ms: i64) -> Reply {
        self.need("delete_records_access")?;
        let row = self.row(record)?;
        self.rows.insert(row.id, Row { is_deleted: true, changed_ms: now_ms, ..row });
        Ok(Done::nothing())
    }

    /// `row` with what a body of the journal says.
    fn written(&mut self, body: &Value, row: Row) -> Result<Row, Refusal> {
        self.only(body, FIELDS)?;
        if body["save_if_busy"] != false {
            self.fail("a record forced upon a taken time".to_owned());
        }
        if body["send_sms"] != false {
            self.fail("the branch would write to the client beside us".to_owned());
        }
        let staff = number(&body["staff_id"]).filter(|id| self.master(*id).is_some());
        let (Some(staff), Some(length_s)) = (staff, body["seance_length"].as_i64().filter(|length| *length >= 300))
        else {
            return Err(Refusal::of_fields(vec!["staff_id", "seance_length"]));
        };
        let list = body["services"].as_array().into_iter().flatten();
        let services: Vec<i64> = list.filter_map(|service| number(&service["id"])).collect();
        if services.iter().any(|id| self.service(*id).is_none()) {
            return Err(Refusal::of_fields(vec!["services"]));
        }
        let from_s = self.moment(&body["datetime"])?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let client = body["client"]["phone"].as_str().map(|phone| (text(&body["client"]["name"]), phone.to_owned()));
        if client.as_ref().is_some_and(|(_, phone)| self.settings.black_list.contains(phone)) {
            return Err(Refusal::of_code(434));
        }
        if !self.is_free(staff, from_s, length_s, Some(row.id)) {
            // Not documented: a bare 422.
            return Err(Refusal::of_status(422));
        }
        let labels = body["record_labels"].as_array().into_iter().flatten();
        Ok(Row {
            staff,
            services,
            from_s,
            length_s,
            client,
            comment: text(&body["comment"]),
            api_id: self.api_id(body)?,
            attendance: body["attendance"].as_i64().unwrap_or_default(),
            labels: labels.filter_map(number).collect(),
            custom_fields: body["custom_fields"].clone(),
            ..row
        })
    }
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
