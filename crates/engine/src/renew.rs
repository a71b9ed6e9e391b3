//! Secrets that run out are renewed in time, so that a channel does not fall silent on its sixtieth day.

use std::sync::Arc;

use nochnik_adapters::ports::Renewed;
use nochnik_store::audit::{self, NewEntry};
use nochnik_store::{Sql, StoreError, businesses, keys};
use serde_json::Value;

use crate::Engine;
use crate::businesses::Known;

const HOUR_MS: i64 = 3_600_000;
const EVERY_MS: i64 = HOUR_MS;
/// Seven tries within the life of the shortest secret, which is sixty days.
const RENEW_MS: i64 = 7 * 24 * HOUR_MS;
/// Who changes the document here.
const ACTOR: &str = "bot";

/// Looks every hour for as long as the engine runs.
pub(crate) async fn run(engine: Engine) {
    while !engine.tasks.is_stopping() {
        let now_ms = engine.clock.now_ms();
        for known in engine.businesses.all() {
            for account in known.ports.channels.keys() {
                if let Err(error) = renew(&engine, &known, account, now_ms).await {
                    tracing::error!(channel = %account, %error, "Could not keep the renewed secret of {account}");
                }
            }
        }
        tokio::select! {
            biased;
            () = engine.tasks.stopping() => return,
            () = engine.clock.sleep_until_ms(now_ms + EVERY_MS) => {}
        }
    }
}

async fn renew(engine: &Engine, known: &Arc<Known>, account: &str, now_ms: i64) -> Result<(), StoreError> {
    let Some(channel) = known.ports.channels.get(account) else { return Ok(()) };
    let name = format!("renewed:{}/{account}", known.settings.id);
    if !engine.store.write(move |sql| is_due(sql, &name, now_ms)).await? {
        return Ok(());
    }
    let renewed = match channel.renewed().await {
        Ok(renewed) => renewed,
        Err(failure) => {
            tracing::warn!(channel = %account, %failure, "The secret of {account} could not be renewed");
            return Ok(());
        }
    };
    let (known, account) = (Arc::clone(known), account.to_owned());
    let job = move |sql: &mut dyn Sql| {
        if let Some(renewed) = &renewed {
            keep(sql, &known, &account, renewed, now_ms)?;
        }
        keys::put(sql, &format!("renewed:{}/{account}", known.settings.id), now_ms.to_string().as_bytes())
    };
    engine.store.write(job).await
}

/// A week has gone by since the last time; an account seen for the first time begins its week.
fn is_due(sql: &mut dyn Sql, name: &str, now_ms: i64) -> Result<bool, StoreError> {
    let last = keys::get(sql, name)?.and_then(|bytes| String::from_utf8(bytes).ok()?.parse::<i64>().ok());
    if last.is_none() {
        keys::put(sql, name, now_ms.to_string().as_bytes())?;
    }
    Ok(last.is_some_and(|last_ms| now_ms - last_ms >= RENEW_MS))
}

/// Puts the new secret into the document as a version of it. A document that somebody has changed meanwhile stays as
/// it is: the old secret lives on, and next week brings another.
fn keep(sql: &mut dyn Sql, known: &Known, account: &str, renewed: &Renewed, now_ms: i64) -> Result<(), StoreError> {
    let business = known.settings.id.as_str();
    let row = businesses::get_to_change(sql, business)?.filter(|row| row.version == known.settings.version);
    let Some(mut document) = row.and_then(|row| serde_json::from_str::<Value>(&row.document).ok()) else {
        return Ok(());
    };
    let channels = document["channels"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default();
    let is_it = |entry: &&mut Value| entry["id"].as_str().or(entry["kind"].as_str()) == Some(account);
    let Some(entry) = channels.iter_mut().find(is_it) else { return Ok(()) };
    entry[renewed.field] = renewed.value().into();
    businesses::put(sql, business, &document.to_string(), now_ms)?;
    let entry = NewEntry { at_ms: now_ms, actor: ACTOR, action: "channel_renew", subject: account, details: "{}" };
    audit::append(sql, business, &entry).map(drop)
}
