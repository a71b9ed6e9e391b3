//! Words for an open line of the CRM, and the word that its own have come.

use std::time::Duration;

use nochnik_adapters::Failure;
use nochnik_adapters::ports::{OpenLine, Seen, Spoken};
use nochnik_core::open_line::{LinePlace, LineWords};
use nochnik_store::outbox::{self, NewRow, OutboxRow};
use nochnik_store::{Sql, StoreError};

use super::Carrier;
use super::deliver::Done;
use crate::arrived::instant;
use crate::businesses::Known;
use crate::errand::{Errand, Written, line_lane};

/// A portal may work on one call for a minute.
const TIMEOUT: Duration = Duration::from_secs(75);

pub(super) async fn say(carrier: &Carrier, row: &OutboxRow, known: &Known, words: &LineWords) -> Result<Done, Failure> {
    let Some(line) = line_of(known) else { return Ok(Done::Nothing) };
    let at = carrier.clock.now();
    let spoken = Spoken { key: &row.key, dialogue: &row.conversation_id, words, at };
    in_time(line.say(&spoken)).await
}

pub(super) async fn delivered(
    row: &OutboxRow,
    known: &Known,
    place: &LinePlace,
    vendor_id: &str,
    at_ms: i64,
) -> Result<Done, Failure> {
    let Some(line) = line_of(known) else { return Ok(Done::Nothing) };
    let seen = Seen { vendor_id, at: instant(at_ms) };
    in_time(line.delivered(&row.conversation_id, place, &seen)).await
}

/// What was written in the line has come to the client: the line is to show it.
pub(super) fn tell(
    sql: &mut dyn Sql,
    row: &OutboxRow,
    written: &Written,
    vendor_id: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    let errand = Errand::Seen { place: written.place.clone(), vendor_id: vendor_id.to_owned(), at_ms: now_ms };
    let new = NewRow {
        key: &format!("seen:{}", row.key),
        conversation_id: &row.conversation_id,
        lane: &line_lane(&row.conversation_id),
        destination: &written.destination,
        kind: errand.kind(),
        priority: 1,
        payload: &serde_json::to_string(&errand).unwrap_or_default(),
        created_at_ms: now_ms,
        due_at_ms: now_ms,
    };
    outbox::put(sql, &row.business, &new, None).map(drop)
}

fn line_of(known: &Known) -> Option<std::sync::Arc<dyn OpenLine>> {
    known.ports.crm.as_ref()?.line()
}

async fn in_time(call: impl Future<Output = Result<(), Failure>>) -> Result<Done, Failure> {
    let done = tokio::time::timeout(TIMEOUT, call).await;
    done.unwrap_or_else(|_| Err(Failure::Unknown { why: "no answer in time".into() })).map(|()| Done::Nothing)
}
