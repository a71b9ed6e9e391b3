//! `nochnik understand`: one message a line in, one line of meaning out, for measuring.

use std::io::{BufRead, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use jiff::civil::DateTime;
use nochnik_core::business::Settings;
use nochnik_engine::Clock;
use nochnik_nlu::{Expecting, label};
use serde::Deserialize;

use super::business::{listed, read, stored};
use crate::app::App;
use crate::config::Config;

/// One line of input; unknown keys (a labelled file has many) are passed over.
#[derive(Deserialize)]
struct Message {
    id: serde_json::Value,
    text: String,
    #[serde(default)]
    now: Option<String>,
    #[serde(default)]
    context: Option<Expecting>,
}

/// Reads JSON lines from standard input and prints what was understood.
pub fn run(business: &Path, now: Option<&str>) -> Result<ExitCode> {
    let settings = Settings::build(read(business)?, 1).map_err(|problems| anyhow::anyhow!("{}", listed(&problems)))?;
    read_all(&settings, now)
}

/// The same for a business of the database, by the model it trained.
pub async fn run_stored(config: Config, business: &str, now: Option<&str>) -> Result<ExitCode> {
    let app = App::open(config).await?;
    let settings = stored(&app, business).await?;
    app.store.close().await;
    read_all(&settings, now)
}

fn read_all(settings: &Settings, now: Option<&str>) -> Result<ExitCode> {
    let default_now = match now {
        Some(text) => moment(text)?,
        None => Clock::System.now().to_zoned(settings.zone.clone()).datetime(),
    };
    let mut out = std::io::stdout().lock();
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let message: Message =
            serde_json::from_str(&line).with_context(|| format!("Строка {} не разбирается", number + 1))?;
        let at = message.now.as_deref().map(moment).transpose()?.unwrap_or(default_now);
        let meaning = settings.reader.read(&message.text, message.context, at);
        let mut labels = label(&meaning, message.context, at);
        labels["id"] = message.id;
        writeln!(out, "{labels}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The wall time of a moment as it is written, whatever its offset.
fn moment(text: &str) -> Result<DateTime> {
    let wall = text.get(..19).unwrap_or(text);
    wall.parse().with_context(|| format!("«{text}» не похоже на время; пишите так: 2026-11-22T23:40:00+03:00"))
}
