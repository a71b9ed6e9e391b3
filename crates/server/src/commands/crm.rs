//! `nochnik crm`: whether the CRM lets us in, where requests will stand, and what is missing there.

use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use nochnik_engine::Opener;

use super::business::stored;
use super::check::told;
use crate::app::App;
use crate::cli::say;
use crate::config::Config;
use crate::opener::Vendors;

/// Asks the CRM who we are; makes the fields it lacks, where we may.
pub async fn check(config: Config, business: &str) -> Result<ExitCode> {
    let app = App::open(config).await?;
    let settings = stored(&app, business).await?;
    let vendors = Vendors::of(&app)?;
    app.store.close().await;
    let Some(entry) = &settings.document.crm else {
        bail!("CRM в документе не названа: добавьте раздел [crm]")
    };
    let crm = vendors.crm(business, entry).map_err(|why| anyhow!(why))?;
    let Some(crm) = crm else {
        return say(&["CRM выключена: карточки остаются в Ночнике.".to_owned()]);
    };
    let lines = crm.check().await.map_err(|failure| anyhow!("CRM не работает. {}", told(failure)))?;
    say(&lines)
}
