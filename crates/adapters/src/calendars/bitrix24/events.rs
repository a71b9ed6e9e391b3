//! Calendars of employees: an event for each visit, where a portal has no online booking.
//!
//! Source: b24-rest-docs `api-reference/calendar/calendar-event/*.md`, read 2026-11-22. What `getbyid` answers for an
//! event that is not there is not documented: anything but an event counts as none.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use nochnik_core::values::SpecialistId;
use serde_json::{Value, json};

use super::row::{Row, Wanted, instant, whole};
use crate::bitrix24::batch::{Batch, Command, Miss};
use crate::bitrix24::call::{Care, Portal, Said};
use crate::failure::{Failure, Scope, codes};
use crate::ports::Span;

/// Commands of one request.
const OWNERS_MAX: usize = 50;
const HINT: &str = "Битрикс24 не даёт вести календари: проверьте вебхук календаря, его право «Календарь (calendar)» и подписку портала на Маркет.";

pub async fn list(portal: &Portal, owners: &BTreeMap<i64, SpecialistId>, span: Span) -> Result<Vec<Row>, Failure> {
    // Dates are taken in the zone of whoever made the key: a day more on either side.
    let day = SignedDuration::from_hours(24);
    let date = |at: jiff::Timestamp| at.strftime("%Y-%m-%d").to_string();
    let (from, to) = (date(span.from - day), date(span.to + day));
    let mut batch = Batch::default();
    for owner in owners.keys().take(OWNERS_MAX) {
        let question = json!({ "type": "user", "ownerId": owner, "from": from, "to": to });
        batch.add(owner.to_string(), Command::new("calendar.event.get", &question));
    }
    let seen = portal.batch(&batch, Care::Asks).await.map_err(hinted)?;
    let mut all: BTreeMap<i64, Row> = BTreeMap::new();
    for owner in owners.keys().take(OWNERS_MAX) {
        let rows = match seen.get(&owner.to_string()) {
            Ok(rows) => rows.as_array().cloned().unwrap_or_default(),
            Err(Miss::Said(said)) => return Err(portal.failure_of(&said, Care::Asks).map_or_else(|| refused(&said), hinted)),
            Err(Miss::Skipped) => return Err(strange()),
        };
        for row in rows.iter().filter_map(|row| read(row, *owner)) {
            // The times of one that repeats come as rows of one number.
            all.entry(row.id).and_modify(|known| known.times.push(row.span)).or_insert(row);
        }
    }
    for row in all.values_mut() {
        row.times.sort_by_key(|time| time.from);
        row.times.dedup();
    }
    Ok(all.into_values().collect())
}

pub async fn get(portal: &Portal, id: i64) -> Result<Option<Row>, Failure> {
    let found = portal.call("calendar.event.getbyid", &json!({ "id": id }), Care::Asks).await.map_err(hinted)?;
    Ok(found.ok().and_then(|row| read(&row, whole(&row["OWNER_ID"])?)))
}

pub async fn add(portal: &Portal, wanted: &Wanted) -> Result<i64, Failure> {
    let made = written(portal, "calendar.event.add", &fields(wanted)).await?;
    whole(&made).ok_or_else(|| Failure::Unknown { why: "the portal gave no id".to_owned() })
}

pub async fn update(portal: &Portal, id: i64, wanted: &Wanted) -> Result<(), Failure> {
    let mut fields = fields(wanted);
    fields["id"] = id.into();
    written(portal, "calendar.event.update", &fields).await.map(drop)
}

pub async fn delete(portal: &Portal, id: i64) -> Result<(), Failure> {
    written(portal, "calendar.event.delete", &json!({ "id": id })).await.map(drop)
}

fn fields(wanted: &Wanted) -> Value {
    let moment = |at: jiff::Timestamp| at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    json!({
        "type": "user",
        "ownerId": wanted.whose,
        "name": wanted.name,
        "description": wanted.words,
        "from": moment(wanted.span.from),
        "to": moment(wanted.span.to),
        "accessibility": "busy",
    })
}

fn read(row: &Value, owner: i64) -> Option<Row> {
    if row["DELETED"] == "Y" {
        return None;
    }
    let from = instant(&row["DATE_FROM_TS_UTC"])?;
    // Of an event for whole days the end is its last day's beginning.
    let length = SignedDuration::from_secs(whole(&row["DT_LENGTH"]).unwrap_or(0));
    let to = instant(&row["DATE_TO_TS_UTC"])?.max(from + length);
    let span = Span { from, to };
    Some(Row {
        id: whole(&row["ID"])?,
        whose: vec![owner],
        span,
        times: vec![span],
        words: row["DESCRIPTION"].as_str().unwrap_or_default().to_owned(),
        is_free: row["ACCESSIBILITY"] == "free",
    })
}

async fn written(portal: &Portal, method: &str, body: &Value) -> Result<Value, Failure> {
    portal.call(method, body, Care::Changes).await.map_err(hinted)?.map_err(|said| refused(&said))
}

fn refused(said: &Said) -> Failure {
    Failure::Refused { code: codes::MALFORMED.to_owned(), why: said.why() }
}

fn strange() -> Failure {
    Failure::Later { after: None, scope: Scope::Destination, why: "the portal left a calendar out".to_owned() }
}

fn hinted(failure: Failure) -> Failure {
    match failure {
        Failure::Broken { why, .. } => Failure::Broken { why, hint: HINT },
        failure => failure,
    }
}
