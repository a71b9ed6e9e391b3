//! A business as the database has it: its document, and the model it trained.

use anyhow::{Context, Result, anyhow};
use nochnik_core::business::Settings;
use nochnik_store::{Sql, Store, businesses, wish_models};

use crate::commands::business::listed;

/// Settings that read as the server reads, and the version of the model; `None` when there is no such business.
pub async fn settings(store: &Store, business: &str) -> Result<Option<(Settings, i64)>> {
    let id = business.to_owned();
    let job = move |sql: &mut dyn Sql| {
        let Some(versions) = businesses::get_version(sql, &id)? else { return Ok(None) };
        let row = businesses::get(sql, &id)?;
        Ok(row.map(|row| (row, versions.wishes)).zip(Some(wish_models::get(sql, &id, versions.wishes)?)))
    };
    let Some(((row, wishes), model)) = store.read(job).await? else { return Ok(None) };
    let document = serde_json::from_str(&row.document).context("Документ в базе не разбирается")?;
    let mut settings = Settings::build(document, row.version).map_err(|problems| anyhow!("{}", listed(&problems)))?;
    if model.is_some_and(|model| settings.read_by(&model).is_err()) {
        tracing::warn!(business, "The trained model is of another release; the shipped one reads");
    }
    Ok(Some((settings, wishes)))
}

/// Makes other settings of the same business read by the model that it trained.
pub async fn read_as_taught(store: &Store, business: &str, other: &mut Settings) -> Result<()> {
    let (stored, version) = settings(store, business).await?.context("Такого бизнеса в базе нет")?;
    if version > 0 {
        other.read_by(&stored.reader.lexicon().model().to_bytes())?;
    }
    Ok(())
}
