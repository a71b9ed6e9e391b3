//! `nochnik audit verify`: is the consent log as it was written?

use std::process::ExitCode;

use anyhow::Result;
use nochnik_engine::consents::{Verdict, verify};
use nochnik_store::businesses;

use crate::app::App;
use crate::cli::say;
use crate::config::Config;

/// Checks the log of every business; the exit code tells whether all are whole.
pub async fn verify_all(config: Config) -> Result<ExitCode> {
    let app = App::open(config).await?;
    let (mut lines, mut is_whole) = (Vec::new(), true);
    for business in app.store.read(businesses::list_ids).await? {
        lines.push(match verify(&app.store, &business).await? {
            Verdict::Whole { rows } => format!("Бизнес {business}: журнал согласий цел, строк: {rows}"),
            Verdict::Broken { seq } => {
                is_whole = false;
                format!("Бизнес {business}: журнал согласий изменён, строка {seq}. Сохраните базу и восстановите копию")
            }
        });
    }
    app.store.close().await;
    say(&lines)?;
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
