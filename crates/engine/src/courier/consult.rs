//! Questions to a language model: bounded in time and money, written down, asked once.

use std::time::Duration;

use nochnik_adapters::Failure;
use nochnik_adapters::ports::{Asked, Prompt};
use nochnik_core::consult::{self, Inquiry};
use nochnik_core::event::What;
use nochnik_core::rephrase;
use nochnik_store::outbox::OutboxRow;
use nochnik_store::{Sql, StoreError, audit, conversations, spending};

use super::Carrier;
use super::deliver::Done;
use crate::arrived::Arrived;
use crate::businesses::Known;
use crate::errand::Errand;
use crate::failures::no_answer_in_time;
use crate::ingest::arrive;

const DAY_MS: i64 = 86_400_000;
/// Russian text has about three bytes a token where the vendor does not count them for us.
const BYTES_PER_TOKEN: usize = 3;
/// The longest reply of the phrase book and some more.
const REPLY_TOKENS_MAX: u32 = 500;

/// What left the house for one question.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    /// The body, byte for byte.
    body: String,
    tokens: i64,
}

/// Asks what a message means, unless nobody waits for the answer any more.
pub(super) async fn ask(
    carrier: &Carrier,
    row: &OutboxRow,
    known: &Known,
    inquiry: Inquiry,
    sent: &mut Option<Sent>,
) -> Result<Done, Failure> {
    let ends_at_ms = inquiry.ends_at().as_millisecond();
    let prompt = Prompt {
        system: inquiry.system,
        user: inquiry.user,
        schema_name: consult::SCHEMA.to_owned(),
        schema: inquiry.schema,
        tokens_max: consult::ANSWER_TOKENS_MAX,
    };
    match put(carrier, row, known, prompt, ends_at_ms, sent).await {
        None => Ok(Done::Nothing),
        Some(answer) => answer.map(Done::Answered),
    }
}

/// Finds other words for a reply that is fresh; `None` leaves it as it is.
pub(super) async fn reword(
    carrier: &Carrier,
    row: &OutboxRow,
    known: &Known,
    reply: &str,
    sent: &mut Option<Sent>,
) -> Option<String> {
    let is_first_try = row.last_outcome.is_empty();
    if !is_first_try || !known.settings.document.model.as_ref().is_some_and(|model| model.phrase) {
        return None;
    }
    let (business, conversation) = (row.business.clone(), row.conversation_id.clone());
    let summary = carrier.store.read(move |sql| conversations::get(sql, &business, &conversation)).await.ok()??;
    let sealed = rephrase::seal(reply, &known.settings, &[&summary.client_name]);
    let (system, schema) = rephrase::instruction();
    let prompt = Prompt {
        system: system.to_owned(),
        user: sealed.text.clone(),
        schema_name: rephrase::SCHEMA.to_owned(),
        schema,
        tokens_max: REPLY_TOKENS_MAX,
    };
    let model = known.ports.model.as_deref()?;
    let now_ms = carrier.clock.now_ms();
    // A model that is ill or busy is no reason to wait: the reply has words of its own.
    carrier.wordings.with(model, now_ms, |gate| gate.try_pass(now_ms)).ok()?;
    let answer = put(carrier, row, known, prompt, row.created_at_ms + consult::CONSULT_MS, sent).await;
    let now_ms = carrier.clock.now_ms();
    carrier.wordings.with(model, now_ms, |gate| match &answer {
        Some(Err(_)) => gate.failed(now_ms),
        Some(Ok(_)) => gate.answered(),
        None => gate.let_be(),
    });
    sealed.open(answer?.ok()?.get("reply")?.as_str()?)
}

/// Puts one question to the model; `None` when there is none, the time is over or the day's tokens are spent.
async fn put(
    carrier: &Carrier,
    row: &OutboxRow,
    known: &Known,
    prompt: Prompt,
    ends_at_ms: i64,
    sent: &mut Option<Sent>,
) -> Option<Result<serde_json::Value, Failure>> {
    let (model, entry) = (known.ports.model.as_ref()?, known.settings.document.model.as_ref()?);
    let now_ms = carrier.clock.now_ms();
    let left_ms = u64::try_from(ends_at_ms - now_ms).ok().filter(|left_ms| *left_ms > 0)?;
    let (business, day) = (row.business.clone(), now_ms.div_euclid(DAY_MS));
    let spent = carrier.store.read(move |sql| spending::of_day(sql, &business, day)).await.ok()?;
    if u64::try_from(spent.tokens).is_ok_and(|tokens| tokens >= entry.tokens_per_day) {
        metrics::counter!("nochnik_model_total", "outcome" => "spent").increment(1);
        return None;
    }
    let asked = match tokio::time::timeout(Duration::from_millis(left_ms), model.ask(&prompt)).await {
        Ok(asked) => asked,
        Err(_) => Asked { done: Err(no_answer_in_time()), sent: model.body(&prompt), tokens: None },
    };
    if !asked.sent.is_empty() {
        let counted = asked.tokens.and_then(|tokens| i64::try_from(tokens).ok());
        let guessed = i64::try_from(asked.sent.len() / BYTES_PER_TOKEN).unwrap_or(i64::MAX);
        *sent = Some(Sent { tokens: counted.unwrap_or(guessed), body: asked.sent });
    }
    let outcome = if asked.done.is_ok() { "answered" } else { "failed" };
    metrics::counter!("nochnik_model_total", "outcome" => outcome).increment(1);
    Some(asked.done)
}

/// Keeps what left, byte for byte, and what it cost.
pub(super) fn write_down(
    sql: &mut dyn Sql,
    row: &OutboxRow,
    sent: &Sent,
    is_used: bool,
    now_ms: i64,
) -> Result<(), StoreError> {
    let details = serde_json::json!({ "sent": sent.body, "tokens": sent.tokens, "is_used": is_used });
    let entry = audit::NewEntry {
        at_ms: now_ms,
        actor: "bot",
        action: "model.ask",
        subject: &row.conversation_id,
        details: &details.to_string(),
    };
    audit::append(sql, &row.business, &entry)?;
    spending::add(sql, &row.business, now_ms.div_euclid(DAY_MS), sent.tokens)
}

/// The answer, or that there is none, goes to the conversation that waits for it.
pub(super) fn hand_back(
    sql: &mut dyn Sql,
    row: &OutboxRow,
    answer: Option<&serde_json::Value>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Ok(Errand::Consult { inquiry }) = serde_json::from_str(&row.payload) else { return Ok(()) };
    let what = What::Consulted { since: inquiry.since, answer: answer.cloned() };
    let arrived = Arrived::Happened(what);
    arrive(sql, &row.business, &format!("consult:{}", row.key), &row.conversation_id, &arrived, now_ms).map(drop)
}
