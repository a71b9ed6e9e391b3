//! What the branch tells of itself and of its free times.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::{
    Done, Reply,
    refusal::Refusal,
    settings::{COMPANY, Master, Service},
    state::State,
};

pub(super) type Query<'a> = &'a [(String, String)];

pub(super) fn one<'a>(query: Query<'a>, name: &str) -> Option<&'a str> {
    query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn service_ids(query: Query<'_>) -> Vec<i64> {
    let ids = query.iter().filter(|(key, _)| key == "service_ids[]").map(|(_, value)| value);
    ids.filter_map(|id| id.parse().ok()).collect()
}

impl State {
    /// A parameter that nobody knows would be passed over in silence; here it is a failure.
    pub(super) fn know(&mut self, query: Query<'_>, known: &[&str]) -> Result<(), Refusal> {
        match query.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => Err(self.wrong(&format!("a parameter {name} that the call has not"))),
        }
    }

    pub(super) fn company(&mut self, query: Query<'_>) -> Reply {
        self.know(query, &["forBooking"])?;
        let settings = &self.settings;
        Ok(Done::ok(json!({
            "id": COMPANY, "title": settings.title, "timezone": 3, "timezone_name": settings.zone,
            "phone": "+7 863 000-00-00", "phone_confirmation": settings.asks_code,
            "booking_email_required": settings.asks_email, "booking_comment_required": false,
            "allow_change_record": settings.allow_change, "allow_delete_record": settings.allow_delete,
            "allow_change_record_delay_step": settings.change_delay_s,
            "allow_delete_record_delay_step": settings.delete_delay_s,
            "active_staff_count": settings.masters.len(),
        })))
    }

    pub(super) fn permissions(&self) -> Reply {
        let has = |name: &str| !self.settings.lacks.contains(name);
        Ok(Done::ok(json!({
            "timetable": { "timetable_access": has("timetable_access") },
            "record_form": {
                "create_records_access": has("create_records_access"),
                "edit_records_access": has("edit_records_access"),
                "delete_records_access": has("delete_records_access"),
                "record_form_client_access": has("record_form_client_access"),
            },
            "clients": {
                "clients_access": has("clients_access"), "client_phones_access": has("client_phones_access"),
            },
        })))
    }

    pub(super) fn book_services(&mut self, query: Query<'_>) -> Reply {
        self.know(query, &["staff_id", "datetime", "service_ids[]"])?;
        let staff = one(query, "staff_id").and_then(|id| id.parse::<i64>().ok()).filter(|id| *id != 0);
        let master = match staff {
            Some(id) => Some(self.master(id).filter(|master| master.is_online).ok_or_else(|| Refusal::of_status(404))?),
            None => None,
        };
        let is_done = |id: i64| match master {
            Some(master) => master.services.contains(&id),
            None => self.settings.masters.iter().any(|master| master.is_online && master.services.contains(&id)),
        };
        let services = self.settings.services.iter().filter(|service| service.is_active && is_done(service.id));
        let services: Vec<Value> = services.map(|service| offered(service, master)).collect();
        // What stands in an event is not documented beyond its number and title.
        let events: Vec<Value> =
            (901..).zip(&self.settings.groups).map(|(id, title)| json!({ "id": id, "title": title })).collect();
        Ok(Done::ok(json!({ "events": events, "services": services, "category": [{ "id": 30, "title": "Ногти" }] })))
    }

    pub(super) fn book_staff(&mut self, query: Query<'_>) -> Reply {
        self.know(query, &["service_ids[]", "datetime"])?;
        let wanted = service_ids(query);
        let is_listed = |master: &&Master| master.is_online || self.settings.lists_closed;
        let does = |master: &&Master| is_listed(master) && wanted.iter().all(|id| master.services.contains(id));
        let of_one = |master: &Master| json!({ "id": master.id, "name": master.name, "bookable": master.is_online, "specialization": "мастер", "weight": 1 });
        Ok(Done::ok(self.settings.masters.iter().filter(does).map(of_one).collect()))
    }

    pub(super) fn book_dates(&mut self, query: Query<'_>, now_ms: i64) -> Reply {
        self.know(query, &["service_ids[]", "staff_id", "date", "date_from", "date_to"])?;
        let day = |name| one(query, name).and_then(|text| text.parse::<Date>().ok());
        let (Some(from), Some(to)) = (day("date_from"), day("date_to")) else {
            return Err(self.wrong("days without a beginning or an end"));
        };
        let (master, length_s) = self.asked(one(query, "staff_id").unwrap_or_default(), &service_ids(query))?;
        let days = from.series(1.day()).take_while(|day| *day <= to);
        let (mut booking, mut working) = (Vec::new(), Vec::new());
        for day in days {
            if !self.hours(&master, day).is_empty() {
                working.push(day.to_string());
            }
            if !self.starts(&master, day, length_s, now_ms).is_empty() {
                booking.push(day.to_string());
            }
        }
        Ok(Done::ok(
            json!({ "booking_dates": booking, "working_dates": working, "booking_days": {}, "working_days": {} }),
        ))
    }

    pub(super) fn book_times(&mut self, staff: &str, day: &str, query: Query<'_>, now_ms: i64) -> Reply {
        self.know(query, &["service_ids[]"])?;
        let day: Date = day.parse().map_err(|_| self.wrong("a day that is none"))?;
        let (master, length_s) = self.asked(staff, &service_ids(query))?;
        let starts = self.starts(&master, day, length_s, now_ms);
        let of_one =
            |at: i64| json!({ "time": &self.wall(at)[11..16], "seance_length": length_s, "datetime": self.iso(at) });
        Ok(Done::ok(starts.into_iter().map(of_one).collect()))
    }

    /// The master asked for and how long all services asked for take.
    fn asked(&mut self, staff: &str, services: &[i64]) -> Result<(Master, i64), Refusal> {
        if services.is_empty() {
            return Err(self.wrong("times asked for without a service"));
        }
        let master = staff.parse().ok().and_then(|id| self.master(id)).filter(|master| master.is_online);
        let master = master.cloned().ok_or_else(|| Refusal::of_status(404))?;
        if services.iter().any(|id| !master.services.contains(id)) {
            return Err(Refusal::of_code(438));
        }
        let length = |id: &i64| self.service(*id).map_or(0, |service| service.length_s);
        Ok((master, services.iter().map(length).sum()))
    }

    pub(super) fn schedule(&mut self, staff: &str, from: &str, to: &str) -> Reply {
        self.need("timetable_access")?;
        let (Ok(from), Ok(to)) = (from.parse::<Date>(), to.parse::<Date>()) else {
            return Err(self.wrong("a schedule of days that are none"));
        };
        let master = staff.parse().ok().and_then(|id| self.master(id)).cloned();
        let master = master.ok_or_else(|| Refusal::of_status(404))?;
        let of_day = |day: Date| {
            let slots: Vec<Value> = self
                .hours(&master, day)
                .into_iter()
                .map(|(from, to)| json!({ "from": &self.wall(from)[11..16], "to": &self.wall(to)[11..16] }))
                .collect();
            json!({ "date": day.to_string(), "is_working": !slots.is_empty(), "slots": slots })
        };
        Ok(Done::ok(from.series(1.day()).take_while(|day| *day <= to).map(of_day).collect()))
    }

    pub(super) fn need(&self, right: &str) -> Result<(), Refusal> {
        if self.settings.lacks.contains(right) { Err(Refusal::of_status(403)) } else { Ok(()) }
    }
}

/// The length is told with a master alone.
fn offered(service: &Service, master: Option<&Master>) -> Value {
    let usual = (service.price, service.price_max.unwrap_or(service.price), Some(service.length_s));
    let own = master.and_then(|master| master.own.get(&service.id));
    let (least, most, length_s) = own.copied().unwrap_or(usual);
    let mut item = json!({
        "id": service.id, "title": service.title, "category_id": 30, "price_min": least, "price_max": most,
        "discount": 0, "comment": "", "weight": 1, "active": 1, "sex": 0, "image": "", "prepaid": service.prepaid,
    });
    if let (Some(_), Some(length_s)) = (master, length_s) {
        item["seance_length"] = json!(length_s);
    }
    item
}
