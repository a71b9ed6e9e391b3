//! `nochnik serve`: opens everything and answers until it is told to stop.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;

use crate::app::App;
use crate::cli::say;
use crate::config::Config;
use crate::web::empty_desk::EmptyDesk;

/// Runs the server until Ctrl+C or a stop from the system.
pub async fn run(config: Config) -> Result<ExitCode> {
    let mut app = App::open(config).await?;
    app.count()?;
    let desk = Arc::new(EmptyDesk::default());
    let titles = BTreeMap::from([("widget".to_owned(), "Чат на сайте".to_owned()), ("terminal".to_owned(), "Терминал".to_owned())]);
    say(&app.greetings(now()).await?)?;
    app.serve(app.web(desk, titles), stopped()).await?;
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// The time for commands that run without an engine.
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Waits for Ctrl+C or SIGTERM.
async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => drop(interrupt.await),
    }
}
