//! `nochnik serve`: opens everything and answers until it is told to stop.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use jiff::Timestamp;
use nochnik_adapters::heartbeat::Heartbeat;
use nochnik_adapters::{channels, crm, means};
use nochnik_core::business::Document;
use nochnik_core::values::BY_HAND;
use nochnik_engine::{Clock, Engine, Setup};
use nochnik_store::{Store, businesses};

use crate::app::App;
use crate::cli::say;
use crate::config::Config;
use crate::desk::EngineDesk;
use crate::opener::Vendors;
use crate::ping;

/// The business of a first start without any settings.
const DEMO: &str = include_str!("../../../../businesses/demo.toml");

/// Runs the server until Ctrl+C or a stop from the system.
pub async fn run(config: Config) -> Result<ExitCode> {
    // The word lists of the reader: the first client of the night does not wait for them.
    tokio::task::spawn_blocking(nochnik_nlu::warm_up);
    let mut app = App::open(config).await?;
    app.count()?;
    seed_demo(&app.store).await?;
    let engine = start_engine(&app).await?;
    engine.watch_itself();
    if !app.config.ping_url.is_empty() {
        let heartbeat = Heartbeat::open(&app.config.ping_url).map_err(|why| anyhow!("ping_url: {why}"))?;
        tokio::spawn(ping::run(engine.clone(), heartbeat));
    }
    let channels = channels::kinds().into_iter().map(|kind| (kind.name.to_owned(), kind.title.to_owned()));
    let crms = crm::kinds().into_iter().map(|kind| (kind.name.to_owned(), kind.title.to_owned()));
    let means = means::kinds().into_iter().map(|kind| (kind.name.to_owned(), kind.title.to_owned()));
    let by_hand = (BY_HAND.to_owned(), "Телефон".to_owned());
    let titles = channels.chain(crms).chain(means).chain([by_hand]).collect();
    say(&app.greetings(now()).await?)?;
    let web = app.web(Arc::new(EngineDesk::new(engine.clone())), titles)?;
    app.serve(web, stopped()).await?;
    engine.stop().await;
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// The time for commands that run without an engine.
pub fn now() -> Timestamp {
    Clock::System.now()
}

/// An empty database gets the demo salon, so that there is something to talk to.
async fn seed_demo(store: &Store) -> Result<()> {
    if !store.read(businesses::list_ids).await?.is_empty() {
        return Ok(());
    }
    let document: Document = toml::from_str(DEMO).context("Документ демонстрационного салона испорчен")?;
    let (id, json, now_ms) = (document.id.clone(), serde_json::to_string(&document)?, now().as_millisecond());
    store.write(move |sql| businesses::put(sql, &id, &json, now_ms)).await?;
    Ok(())
}

async fn start_engine(app: &App) -> Result<Engine> {
    let vendors = Vendors::of(app)?;
    let setup = Setup {
        store: app.store.clone(),
        keys: vendors.keys.clone(),
        node: vendors.node.clone(),
        opener: Box::new(vendors),
        clock: Clock::System,
        public_url: app.config.public_url(),
        listens: true,
    };
    Engine::start(setup).await.context("Ночник не запускается")
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
