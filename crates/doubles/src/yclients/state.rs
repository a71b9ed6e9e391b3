//! What one branch holds.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::{
    limits::Budget,
    refusal::Refusal,
    settings::{COMPANY, Master, Service, Settings},
};

#[derive(Debug, Clone)]
pub(super) struct Row {
    pub id: i64,
    pub hash: String,
    pub staff: i64,
    pub services: Vec<i64>,
    /// Unix seconds.
    pub from_s: i64,
    pub length_s: i64,
    /// Name and phone; none for a note of the administrator's.
    pub client: Option<(String, String)>,
    pub comment: String,
    pub api_id: Option<String>,
    pub is_online: bool,
    /// Made with the partner's token, whichever way.
    pub is_partners: bool,
    pub attendance: i64,
    pub is_deleted: bool,
    pub labels: Vec<i64>,
    pub custom_fields: Value,
    pub changed_ms: i64,
}

pub(super) struct State {
    pub settings: Settings,
    pub rows: BTreeMap<i64, Row>,
    /// Hours of single days, in minutes, in place of the usual ones; none: a day off.
    pub days: BTreeMap<(i64, Date), Vec<(i64, i64)>>,
    pub calls: BTreeMap<String, u64>,
    pub failures: Vec<String>,
    pub budget: Budget,
    /// Counts answers: types change with it.
    pub turn: u64,
    last_id: i64,
}

impl State {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            rows: BTreeMap::new(),
            days: BTreeMap::new(),
            calls: BTreeMap::new(),
            failures: Vec::new(),
            budget: Budget::default(),
            turn: 0,
            last_id: 2_820_022,
        }
    }

    pub(super) fn fail(&mut self, failure: String) {
        self.failures.push(failure);
    }

    /// A request that nobody should make.
    pub(super) fn wrong(&mut self, what: &str) -> Refusal {
        self.fail(what.to_owned());
        Refusal::of_status(400)
    }

    pub(super) fn zone(&self) -> TimeZone {
        TimeZone::get(&self.settings.zone).unwrap_or(TimeZone::UTC)
    }

    pub(super) fn master(&self, id: i64) -> Option<&Master> {
        self.settings.masters.iter().find(|master| master.id == id)
    }

    pub(super) fn service(&self, id: i64) -> Option<&Service> {
        self.settings.services.iter().find(|service| service.id == id)
    }

    pub(super) fn new_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// Working hours of a day, in Unix seconds.
    pub(super) fn hours(&self, master: &Master, day: Date) -> Vec<(i64, i64)> {
        let usual = if day.weekday() == Weekday::Sunday { Vec::new() } else { vec![master.hours] };
        let minutes = self.days.get(&(master.id, day)).cloned().unwrap_or(usual);
        let zone = self.zone();
        let at = |minute: i64| {
            let wall = day.at(0, 0, 0, 0).checked_add(minute.minutes()).ok()?;
            Some(zone.to_timestamp(wall).ok()?.as_second())
        };
        minutes.into_iter().filter_map(|(from, to)| Some((at(from)?, at(to)?))).collect()
    }

    pub(super) fn day_of(&self, at_s: i64) -> Date {
        let at = Timestamp::from_second(at_s).unwrap_or(Timestamp::UNIX_EPOCH);
        self.zone().to_datetime(at).date()
    }

    /// Within the master's hours, and nobody else's but `except`'s.
    pub(super) fn is_free(&self, staff: i64, from_s: i64, length_s: i64, except: Option<i64>) -> bool {
        let Some(master) = self.master(staff) else { return false };
        let to_s = from_s + length_s;
        let works = self.hours(master, self.day_of(from_s)).iter().any(|(from, to)| *from <= from_s && to_s <= *to);
        let overlaps = |row: &&Row| row.from_s < to_s && from_s < row.from_s + row.length_s;
        let others = self.rows.values().filter(|row| !row.is_deleted && row.staff == staff && Some(row.id) != except);
        works && others.filter(overlaps).count() == 0
    }

    /// Starts that online booking offers on a day.
    pub(super) fn starts(&self, master: &Master, day: Date, length_s: i64, now_ms: i64) -> Vec<i64> {
        let step_s = self.settings.grid_min * 60;
        let hours = self.hours(master, day);
        let starts = hours
            .into_iter()
            .flat_map(|(from, to)| (0..).map(move |n| from + n * step_s).take_while(move |at| *at < to));
        starts.filter(|at| *at * 1_000 > now_ms && self.is_free(master.id, *at, length_s, None)).collect()
    }

    pub(super) fn iso(&self, at_s: i64) -> String {
        let at = Timestamp::from_second(at_s).unwrap_or(Timestamp::UNIX_EPOCH);
        at.to_zoned(self.zone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    pub(super) fn wall(&self, at_s: i64) -> String {
        let at = Timestamp::from_second(at_s).unwrap_or(Timestamp::UNIX_EPOCH);
        at.to_zoned(self.zone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// A record as the journal shows it.
    pub(super) fn shown(&self, row: &Row) -> Value {
        let hides = self.settings.lacks.contains("client_phones_access");
        let client = row.client.as_ref().map(|(name, phone)| {
            json!({ "id": 900_000 + row.id, "name": name, "phone": if hides { "" } else { phone }, "email": "", "surname": "" })
        });
        let price = |id: &i64| self.service(*id).map_or(0, |service| service.price);
        let title = |id: &i64| self.service(*id).map(|service| service.title.clone());
        let services: Vec<Value> = row
            .services
            .iter()
            .map(|id| json!({ "id": id, "title": title(id), "first_cost": price(id), "discount": 0, "cost": price(id), "amount": 1 }))
            .collect();
        let labels: Vec<Value> = row.labels.iter().map(|id| json!({ "id": id, "title": "Важно" })).collect();
        json!({
            "id": row.id, "company_id": COMPANY, "staff_id": row.staff, "services": services,
            "staff": { "id": row.staff, "name": self.master(row.staff).map(|master| master.name.clone()) },
            "client": client, "clients_count": 1, "date": self.wall(row.from_s), "datetime": self.iso(row.from_s),
            "last_change_date": self.iso(row.changed_ms.div_euclid(1_000)), "comment": row.comment, "online": row.is_online,
            "attendance": row.attendance, "confirmed": 1, "seance_length": row.length_s, "length": row.length_s,
            "deleted": row.is_deleted, "api_id": row.api_id.clone().unwrap_or_default(), "visit_id": 700_000 + row.id,
            "record_labels": labels, "custom_fields": row.custom_fields, "paid_full": 0, "prepaid": false,
            "activity_id": 0, "sms_remain_hours": 5, "email_remain_hours": 0, "custom_color": "f44336",
        })
    }
}
