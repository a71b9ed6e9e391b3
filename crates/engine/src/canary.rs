//! A client of our own: every few minutes it asks a business that exists for nothing else, and waits for the answer.
//!
//! The question goes the whole way of a real one but for the vendor's network: inbox, turn, outbox, courier, channel.
//! Source: reliability G20, F90.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nochnik_core::phrases::{self, Phrase};
use nochnik_core::values::Address;
use nochnik_store::messages::Delivery;
use nochnik_store::{Sql, StoreError, businesses, messages};
use serde_json::json;

use crate::clock::pause;
use crate::duty::tell_owners;
use crate::{Engine, conversation_id};

/// The first question comes when everything has come up.
const FIRST: Duration = Duration::from_secs(60);
const EVERY: Duration = Duration::from_secs(5 * 60);
/// An answer later than this is none.
const PATIENCE: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(200);
/// Misses in a row after which the owners hear of it.
const MISSES_MAX: u32 = 2;
/// What was asked and answered is kept this long.
const KEEP_MS: i64 = 3_600_000;
const ACCOUNT: &str = "widget";
const PEER: &str = "canary";
const QUESTION: &str = "Какой у вас адрес?";

/// How the canary does.
#[derive(Clone, Debug, Default)]
pub struct Canary {
    misses: Arc<AtomicU32>,
}

impl Canary {
    /// The last question was answered, or the one before it.
    pub fn is_well(&self) -> bool {
        self.misses.load(Ordering::Relaxed) < MISSES_MAX
    }
}

/// Asks for as long as the engine runs.
pub(crate) async fn run(engine: Engine) {
    let mut wait = FIRST;
    loop {
        tokio::select! {
            biased;
            () = engine.tasks.stopping() => return,
            () = pause(wait) => {}
        }
        wait = EVERY;
        let began_ms = engine.clock.now_ms();
        let is_answered = match ask(&engine).await {
            Ok(is_answered) => is_answered,
            Err(error) => {
                tracing::error!(%error, "The canary could not ask");
                false
            }
        };
        metrics::gauge!("nochnik_canary_ms").set((engine.clock.now_ms() - began_ms) as f64);
        note(&engine, is_answered).await;
    }
}

async fn note(engine: &Engine, is_answered: bool) {
    let misses = &engine.canary.misses;
    if is_answered {
        misses.store(0, Ordering::Relaxed);
        return;
    }
    metrics::counter!("nochnik_canary_misses_total").increment(1);
    if misses.fetch_add(1, Ordering::Relaxed) + 1 == MISSES_MAX {
        tracing::error!("Nochnik did not answer itself twice in a row");
        if let Err(error) = alarm(engine).await {
            tracing::error!(%error, "The owners could not be told");
        }
    }
}

/// One question; true when its answer left in time.
async fn ask(engine: &Engine) -> Result<bool, StoreError> {
    let now_ms = engine.clock.now_ms();
    let address = Address { channel: ACCOUNT.to_owned(), account: ACCOUNT.to_owned(), peer: PEER.to_owned() };
    let talk = conversation_id(businesses::CANARY, &address).to_string();
    let (known, kept) = (Arc::clone(&engine.businesses), talk.clone());
    let last = engine.store.write(move |sql| {
        settle_in(sql, now_ms)?;
        known.current(sql, businesses::CANARY)?;
        messages::trim(sql, businesses::CANARY, &kept, now_ms - KEEP_MS)?;
        Ok(messages::last(sql, businesses::CANARY, &kept, 1)?.last().map_or(0, |message| message.seq))
    });
    let last = last.await?;
    // Made of the moment: the same question is never asked twice.
    let id = format!("00000000-0000-4000-8000-{now_ms:012x}");
    let body = json!({ "id": id, "kind": "text", "text": QUESTION }).to_string();
    if engine.chat(businesses::CANARY, ACCOUNT, PEER, body.as_bytes()).await.is_err() {
        return Ok(false);
    }
    for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
        if engine.tasks.is_stopping() {
            return Ok(true);
        }
        pause(LOOK).await;
        let talk = talk.clone();
        let found = engine.store.read(move |sql| messages::list(sql, businesses::CANARY, &talk, last, 10)).await?;
        let has_left = |message: &messages::Message| {
            message.author == "bot" && !matches!(message.delivery, None | Some(Delivery::Queued | Delivery::Failed))
        };
        if found.iter().any(has_left) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The canary's business: an address and a site chat, nobody to call and nothing to sell.
fn settle_in(sql: &mut dyn Sql, now_ms: i64) -> Result<(), StoreError> {
    let document = json!({
        "id": businesses::CANARY, "type": "car_service", "name": "Проверка", "address": "ул. Проверочная, 1",
        "hours": { "mon": ["09:00", "18:00"] },
        "services": [{ "id": "check", "name": "Проверка", "price": 0, "duration_min": 30 }],
        "staff": [{ "id": "nobody", "name": "Никто", "role": "мастер", "services": ["check"] }],
        "channels": [{ "kind": "widget" }],
        "privacy": { "operator": "Ночник", "policy_url": "https://nochnik.invalid/" },
    });
    let document = document.to_string();
    match businesses::get(sql, businesses::CANARY)? {
        Some(stored) if stored.document == document => Ok(()),
        _ => businesses::put(sql, businesses::CANARY, &document, now_ms).map(drop),
    }
}

/// Every owner who can be written to hears of it.
async fn alarm(engine: &Engine) -> Result<(), StoreError> {
    let now_ms = engine.clock.now_ms();
    for known in engine.businesses.all() {
        let told = engine.store.write(move |sql| {
            let text = phrases::text(&known.settings, Phrase::CanarySilent, &[]);
            tell_owners(sql, &known, &format!("canary:{now_ms}"), &text, now_ms)
        });
        told.await?;
    }
    Ok(())
}
