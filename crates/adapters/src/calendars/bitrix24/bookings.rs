//! Online booking, `booking.v1`: resources and what stands on them.
//!
//! Source: b24-rest-docs `api-reference/booking/booking/*.md`, read 2026-11-22. A page of the list has fifty rows and is
//! asked for by `start`, as its samples say; the table of its parameters does not name it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::row::{Row, Wanted, instant, whole};
use crate::bitrix24::call::{Care, Portal, Said};
use crate::failure::{Failure, Scope, codes};
use crate::ports::Span;

const PAGE: usize = 50;
const PAGES_MAX: usize = 60;
/// «Resources are busy, or there are none»: 1018. «No such booking»: 1019 and 1021.
const BUSY: &str = "1018";
const NOT_FOUND: [&str; 2] = ["1019", "1021"];
const HINT: &str = "Битрикс24 не даёт вести бронирование: проверьте вебхук календаря, его право «Бронирование (booking)» и подписку портала на Маркет.";

pub async fn list(portal: &Portal, span: Span) -> Result<Vec<Row>, Failure> {
    let within = json!({ "dateFrom": span.from.as_second(), "dateTo": span.to.as_second() });
    let mut all: BTreeMap<i64, Row> = BTreeMap::new();
    for page in 0..PAGES_MAX {
        let question = json!({ "filter": { "within": within }, "order": { "id": "ASC" }, "start": page * PAGE });
        let found = asked(portal, "booking.v1.booking.list", &question).await?.map_err(|said| refused(&said))?;
        let Some(rows) = found["booking"].as_array() else { return Err(strange()) };
        let before = all.len();
        all.extend(rows.iter().filter_map(read).map(|row| (row.id, row)));
        // A portal that knows no pages gives all at once, or the same page again.
        if rows.len() != PAGE || all.len() == before {
            return Ok(all.into_values().collect());
        }
    }
    Err(Failure::Broken { why: "too many bookings".to_owned(), hint: "В онлайн-записи Битрикс24 слишком много визитов на ближайшие недели: Ночник читает до 3000." })
}

pub async fn get(portal: &Portal, id: i64) -> Result<Option<Row>, Failure> {
    match asked(portal, "booking.v1.booking.get", &json!({ "id": id })).await? {
        Ok(found) => {
            let row = if found["booking"].is_object() { &found["booking"] } else { &found };
            read(row).map(Some).ok_or_else(strange)
        }
        Err(said) if NOT_FOUND.contains(&said.code.as_str()) => Ok(None),
        Err(said) => Err(refused(&said)),
    }
}

pub async fn add(portal: &Portal, wanted: &Wanted) -> Result<i64, Failure> {
    let made = written(portal, "booking.v1.booking.add", &json!({ "fields": fields(wanted) })).await?;
    let id = whole(&made["id"]).or_else(|| whole(&made["booking"]["id"]));
    id.ok_or_else(|| Failure::Unknown { why: "the portal gave no id".to_owned() })
}

pub async fn update(portal: &Portal, id: i64, wanted: &Wanted) -> Result<(), Failure> {
    written(portal, "booking.v1.booking.update", &json!({ "id": id, "fields": fields(wanted) })).await.map(drop)
}

pub async fn delete(portal: &Portal, id: i64) -> Result<(), Failure> {
    match portal.call("booking.v1.booking.delete", &json!({ "id": id }), Care::Changes).await.map_err(hinted)? {
        Err(said) if !NOT_FOUND.contains(&said.code.as_str()) => Err(refused(&said)),
        _ => Ok(()),
    }
}

fn fields(wanted: &Wanted) -> Value {
    let moment = |at: jiff::Timestamp| json!({ "timestamp": at.as_second(), "timezone": wanted.zone });
    json!({
        "name": wanted.name,
        "description": wanted.words,
        "resourceIds": [wanted.whose],
        "datePeriod": { "from": moment(wanted.span.from), "to": moment(wanted.span.to) },
    })
}

fn read(row: &Value) -> Option<Row> {
    let period = &row["datePeriod"];
    let span = Span { from: instant(&period["from"]["timestamp"])?, to: instant(&period["to"]["timestamp"])? };
    Some(Row {
        id: whole(&row["id"])?,
        whose: row["resourceIds"].as_array()?.iter().filter_map(whole).collect(),
        span,
        times: vec![span],
        words: row["description"].as_str().unwrap_or_default().to_owned(),
        is_free: false,
    })
}

async fn asked(portal: &Portal, method: &str, question: &Value) -> Result<Result<Value, Said>, Failure> {
    portal.call(method, question, Care::Asks).await.map_err(hinted)
}

async fn written(portal: &Portal, method: &str, body: &Value) -> Result<Value, Failure> {
    let said = match portal.call(method, body, Care::Changes).await.map_err(hinted)? {
        Ok(result) => return Ok(result),
        Err(said) => said,
    };
    let code = match said.code.as_str() {
        BUSY => codes::TAKEN,
        code if NOT_FOUND.contains(&code) => codes::CHANGED,
        _ => return Err(refused(&said)),
    };
    Err(Failure::Refused { code: code.to_owned(), why: said.why() })
}

fn refused(said: &Said) -> Failure {
    Failure::Refused { code: codes::MALFORMED.to_owned(), why: said.why() }
}

fn strange() -> Failure {
    Failure::Later { after: None, scope: Scope::Destination, why: "the portal answered without bookings".to_owned() }
}

/// Whose move it is stands in other words than for cards.
fn hinted(failure: Failure) -> Failure {
    match failure {
        Failure::Broken { why, .. } => Failure::Broken { why, hint: HINT },
        failure => failure,
    }
}
