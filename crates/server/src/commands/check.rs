//! `nochnik check`: settings, key, database, documents; changes nothing but what a first start makes.

use std::process::ExitCode;

use anyhow::Result;
use nochnik_core::business::{Document, Settings};
use nochnik_store::{Sql, businesses};

use super::business::listed;
use crate::app::App;
use crate::cli::say;
use crate::config::Config;

/// Prints what is well and what is not; the exit code tells whether all is.
pub async fn run(config: Config) -> Result<ExitCode> {
    let mut lines = vec![format!("Настройки читаются, сервер будет на {}", config.listen)];
    let app = App::open(config).await?;
    lines.push("Ключ на месте и закрыт от других".to_owned());
    app.store.check().await?;
    lines.push("База пишет и читает".to_owned());
    let job = |sql: &mut dyn Sql| {
        let ids = businesses::list_ids(sql)?;
        ids.into_iter().map(|id| businesses::get(sql, &id)).collect::<Result<Vec<_>, _>>()
    };
    let mut is_well = true;
    for business in app.store.read(job).await?.into_iter().flatten() {
        match verdict(&business) {
            Ok(()) => lines.push(format!("Бизнес {}: документ в порядке", business.id)),
            Err(problems) => {
                is_well = false;
                lines.push(format!("Бизнес {}: {problems}", business.id));
            }
        }
    }
    app.store.close().await;
    say(&lines)?;
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn verdict(business: &businesses::Business) -> Result<(), String> {
    let document: Document = serde_json::from_str(&business.document).map_err(|error| error.to_string())?;
    Settings::build(document, business.version).map(drop).map_err(|problems| format!("\n{}", listed(&problems)))
}
