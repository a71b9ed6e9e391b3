//! Voice messages: fetched, heard once within the time their turn waits, handed back as words. The sound is kept
//! nowhere.

use std::time::Duration;

use nochnik_adapters::Failure;
use nochnik_adapters::failure::Scope;
use nochnik_adapters::sound::Sound;
use nochnik_core::event::{FileRef, InputKind};
use nochnik_store::outbox::OutboxRow;
use nochnik_store::{Sql, StoreError, audit, inbox, people};

use super::Carrier;
use super::deliver::Done;
use crate::arrived::Arrived;
use crate::businesses::Known;
use crate::errand::Errand;
use crate::failures::{no_answer_in_time, not_stored};

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// Voice messages of one client within an hour; whoever sends more is no client, or needs a person.
const CLIENT_PER_HOUR: i64 = 30;

/// What left the house.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voice {
    bytes: usize,
}

/// Fetches a file and has it heard. Whatever stands in the way of the file says nothing of the speech server.
pub(super) async fn hear(
    carrier: &Carrier,
    row: &OutboxRow,
    known: &Known,
    (account, file): (&str, &FileRef),
    until_ms: i64,
    voice: &mut Option<Voice>,
) -> Result<Done, Failure> {
    let Some(speech) = &known.ports.speech else { return Ok(Done::Nothing) };
    let Some(sound) = fetch(carrier, row, known, account, file, until_ms).await? else { return Ok(Done::Nothing) };
    let Some(left) = left(carrier, until_ms) else { return Ok(Done::Nothing) };
    *voice = Some(Voice { bytes: sound.bytes().len() });
    let heard = tokio::time::timeout(left, speech.hear(&sound)).await.unwrap_or_else(|_| Err(no_answer_in_time()));
    count(if heard.is_ok() { "heard" } else { "failed" });
    heard.map(|heard| Done::Heard(heard.text))
}

async fn fetch(
    carrier: &Carrier,
    row: &OutboxRow,
    known: &Known,
    account: &str,
    file: &FileRef,
    until_ms: i64,
) -> Result<Option<Sound>, Failure> {
    let Some(channel) = known.ports.channels.get(account) else { return Ok(None) };
    if left(carrier, until_ms).is_none() || !may_hear(carrier, row, known).await? {
        return Ok(None);
    }
    let Some(left) = left(carrier, until_ms) else { return Ok(None) };
    let fetched = match tokio::time::timeout(left, channel.fetch(file)).await {
        Ok(fetched) => fetched.and_then(Sound::read),
        Err(_) => Err(Failure::Later { after: None, scope: Scope::Row, why: "no file in time".into() }),
    };
    let sound = fetched.inspect_err(|failure| {
        count("unfetched");
        tracing::warn!(outbox.id = row.id, channel = account, %failure, "Could not fetch a voice message of {account}");
    });
    Ok(sound.ok())
}

fn count(outcome: &'static str) {
    metrics::counter!("nochnik_speech_total", "outcome" => outcome).increment(1);
}

/// The time that is left; `None` when it is over.
fn left(carrier: &Carrier, until_ms: i64) -> Option<Duration> {
    let left_ms = u64::try_from(until_ms - carrier.clock.now_ms()).ok().filter(|left_ms| *left_ms > 0)?;
    Some(Duration::from_millis(left_ms))
}

/// Neither one client nor the whole day may cost more than was meant.
async fn may_hear(carrier: &Carrier, row: &OutboxRow, known: &Known) -> Result<bool, Failure> {
    let Some(entry) = &known.settings.document.speech else { return Ok(false) };
    let (per_day, now_ms) = (i64::from(entry.per_day), carrier.clock.now_ms());
    let (business, conversation) = (row.business.clone(), row.conversation_id.clone());
    let counted = carrier.store.write(move |sql| {
        let day = format!("voices:{}", now_ms.div_euclid(DAY_MS));
        let clients = format!("voices:{conversation}");
        let of_client = people::count_attempt(sql, &business, &clients, now_ms, HOUR_MS)?;
        if of_client > CLIENT_PER_HOUR {
            return Ok(false);
        }
        Ok(people::count_attempt(sql, &business, &day, now_ms, DAY_MS)? <= per_day)
    });
    let may = counted.await.map_err(|error| not_stored(&error))?;
    if !may {
        count("spent");
    }
    Ok(may)
}

/// Keeps that a voice left, never the voice nor its words.
pub(super) fn write_down(
    sql: &mut dyn Sql,
    row: &OutboxRow,
    voice: &Voice,
    is_used: bool,
    now_ms: i64,
) -> Result<(), StoreError> {
    let details = serde_json::json!({ "bytes": voice.bytes, "is_used": is_used });
    let entry = audit::NewEntry {
        at_ms: now_ms,
        actor: "bot",
        action: "speech.hear",
        subject: &row.conversation_id,
        details: &details.to_string(),
    };
    audit::append(sql, &row.business, &entry).map(drop)
}

/// The update that waits becomes words, or waits no longer. One that was played meanwhile stays as it was.
pub(super) fn hand_back(
    sql: &mut dyn Sql,
    row: &OutboxRow,
    words: Option<&str>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Ok(Errand::Listen { arrival, .. }) = serde_json::from_str(&row.payload) else { return Ok(()) };
    let Some(payload) = inbox::waiting(sql, &row.business, &arrival)? else { return Ok(()) };
    let Ok(Arrived::Client { address, mut input, .. }) = serde_json::from_str(&payload) else { return Ok(()) };
    if let Some(text) = words {
        input.what = InputKind::Spoken { text: text.to_owned() };
    }
    let arrived = Arrived::Client { address, input, listening_until_ms: None };
    let payload = serde_json::to_string(&arrived).unwrap_or_default();
    inbox::amend(sql, &row.business, &arrival, &payload, now_ms).map(drop)
}
