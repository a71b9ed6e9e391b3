//! Online booking `booking.v1`: numbers for errors, resources that are busy once, pages of fifty.
//!
//! Source: `ar/booking/booking/*.md`. Not documented: what «within» means at its edges (whatever touches it, here), and
//! whether one resource may be booked twice (no, here).

use serde_json::{Value, json};

use super::{Done, Reply, params, portal::Portal, refusal::Refusal};

const FIRST_ID: i64 = 2_077;
const PAGE: usize = 50;

/// One booking.
#[derive(Clone)]
pub(super) struct Booking {
    id: i64,
    name: String,
    description: Option<String>,
    resources: Vec<i64>,
    from: (i64, String),
    to: (i64, String),
}

impl Booking {
    fn json(&self) -> Value {
        let moment = |(timestamp, timezone): &(i64, String)| json!({ "timestamp": timestamp, "timezone": timezone });
        json!({
            "id": self.id, "name": self.name, "description": self.description, "resourceIds": self.resources,
            "datePeriod": { "from": moment(&self.from), "to": moment(&self.to) },
        })
    }
}

impl Portal {
    pub(super) fn booking_add(&mut self, params: &Value) -> Reply {
        if !params::is_collection(&params["fields"]) {
            return Err(Refusal::missing("fields"));
        }
        let empty = Booking {
            id: 0,
            name: String::new(),
            description: None,
            resources: Vec::new(),
            from: (0, String::new()),
            to: (0, String::new()),
        };
        for name in ["resourceIds", "datePeriod"] {
            if params["fields"][name].is_null() {
                return Err(Refusal::number(0, "Required fields: ".to_owned() + name));
            }
        }
        let mut booking = self.booking_of(&params["fields"], empty)?;
        booking.id = self.new_id("booking", FIRST_ID);
        let id = booking.id;
        self.bookings.insert(id, booking);
        Ok(json!({ "id": id }).into())
    }

    pub(super) fn booking_update(&mut self, params: &Value) -> Reply {
        let id = params::int(&params["id"]).ok_or_else(|| Refusal::missing("id"))?;
        let known = self.bookings.get(&id).cloned();
        let known = known.ok_or_else(|| Refusal::number(1019, "Booking not found".to_owned()))?;
        let changed = self.booking_of(&params["fields"], known)?;
        self.bookings.insert(id, changed);
        Ok(json!(true).into())
    }

    pub(super) fn booking_get(&mut self, params: &Value) -> Reply {
        let id = params::int(&params["id"]).ok_or_else(|| Refusal::missing("id"))?;
        let found = self.bookings.get(&id).ok_or_else(|| Refusal::number(1021, "Booking not found".to_owned()))?;
        Ok(json!({ "booking": found.json() }).into())
    }

    pub(super) fn booking_delete(&mut self, params: &Value) -> Reply {
        let id = params::int(&params["id"]).ok_or_else(|| Refusal::missing("id"))?;
        self.bookings.remove(&id);
        Ok(json!(true).into())
    }

    pub(super) fn booking_list(&mut self, params: &Value) -> Reply {
        let within = &params["filter"]["within"];
        let (from, to) = if within.is_null() {
            (i64::MIN, i64::MAX)
        } else {
            let edge = |name: &str| params::int(&within[name]).ok_or_else(|| Refusal::number(422, name.to_owned()));
            (edge("dateFrom")?, edge("dateTo")?)
        };
        let start = usize::try_from(params::int(&params["start"]).unwrap_or(0)).unwrap_or(0);
        let touching = self.bookings.values().filter(|booking| booking.from.0 < to && booking.to.0 > from);
        let rows: Vec<Value> = touching.skip(start).take(PAGE).map(Booking::json).collect();
        Ok(Done::from(json!({ "booking": rows })))
    }

    fn booking_of(&self, fields: &Value, mut booking: Booking) -> Result<Booking, Refusal> {
        if let Some(name) = params::text(&fields["name"]) {
            booking.name = name;
        }
        if let Some(description) = params::text(&fields["description"]) {
            booking.description = Some(description);
        }
        if !fields["resourceIds"].is_null() {
            let ids = params::entries(&fields["resourceIds"]).into_iter().filter_map(|(_, id)| params::int(id));
            booking.resources = ids.collect();
        }
        if !fields["datePeriod"].is_null() {
            let edge = |name: &str| {
                let edge = &fields["datePeriod"][name];
                params::int(&edge["timestamp"]).zip(params::text(&edge["timezone"]))
            };
            let period = edge("from").zip(edge("to")).filter(|(from, to)| from.0 < to.0);
            let period = period.ok_or_else(|| Refusal::number(422, "Invalid date period".to_owned()))?;
            (booking.from, booking.to) = period;
        }
        let is_there = |id: &i64| self.settings.resources.contains(id);
        let is_free = !self.bookings.values().any(|other| {
            let shares = other.resources.iter().any(|id| booking.resources.contains(id));
            other.id != booking.id && shares && other.from.0 < booking.to.0 && other.to.0 > booking.from.0
        });
        if booking.resources.is_empty() || !booking.resources.iter().all(is_there) || !is_free {
            return Err(Refusal::number(1018, "Empty resource collection".to_owned()));
        }
        Ok(booking)
    }
}
