//! `nochnik crm`: whether the CRM lets us in, where requests will stand, and what is missing there; the link by which an
//! owner lets us in.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use nochnik_adapters::ports::Crm;
use nochnik_engine::Opener;
use nochnik_engine::grants::{addresses, invitation};

use super::business::stored;
use super::check::told;
use super::serve::now;
use crate::app::App;
use crate::channel_setup::engine_keys;
use crate::cli::say;
use crate::config::Config;
use crate::desk::drawn;
use crate::opener::Vendors;

const SWITCHED_OFF: &str = "CRM выключена: карточки остаются в Ночнике.";

/// Prints the link by which an owner lets us into the portal. The server that takes the answer may be started after it.
pub async fn connect(config: Config, business: &str) -> Result<ExitCode> {
    let app = App::open(config).await?;
    let crm = opened(&app, business).await?;
    let Some(crm) = crm else { bail!(SWITCHED_OFF) };
    let now_ms = now().as_millisecond();
    let link = invitation(&app.store, &*crm, (business, "", &drawn::<16>()?), now_ms).await?;
    let address = app.config.public_url();
    let ours = addresses(&*crm, &engine_keys(&app.key), &address, business);
    app.store.close().await;
    let (Some(link), Some(ours)) = (link, ours) else {
        bail!("Этой CRM разрешение в браузере не нужно: хватает ключа в разделе [crm]")
    };
    let mut lines = vec![
        "Откройте ссылку в браузере как администратор CRM. Она действует десять минут и один раз:".to_owned(),
        link,
        format!("Сервер Ночника в это время должен работать и открываться по адресу {address}."),
        format!("Адреса для карточки приложения ({}):", ours.place),
    ];
    lines.extend(ours.fields.iter().map(|(field, address)| format!("{field}: {address}")));
    say(&lines)
}

/// Asks the CRM who we are; makes the fields it lacks, where we may.
pub async fn check(config: Config, business: &str) -> Result<ExitCode> {
    let app = App::open(config).await?;
    let Some(crm) = opened(&app, business).await? else {
        return say(&[SWITCHED_OFF.to_owned()]);
    };
    let checked = crm.check().await;
    app.store.close().await;
    let lines = checked.map_err(|failure| anyhow!("CRM не работает. {}", told(failure)))?;
    say(&lines)
}

async fn opened(app: &App, business: &str) -> Result<Option<Arc<dyn Crm>>> {
    let settings = stored(app, business).await?;
    let Some(entry) = &settings.document.crm else {
        bail!("CRM в документе не названа: добавьте раздел [crm]")
    };
    Vendors::of(app)?.crm(business, entry).map_err(|why| anyhow!(why))
}
