//! `nochnik converse`: whole conversations in, what the bot made of them out, for measuring.

use std::io::{BufRead, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use nochnik_core::business::Settings;
use nochnik_core::story::converse;

use super::business::{listed, read};

/// The labelled businesses name no grid, and their clients any five minutes: «на 16:40».
const GRID_MIN: u16 = 5;

/// Reads cases as JSON lines from standard input and prints a transcript line for each.
pub fn run(business: &Path) -> Result<ExitCode> {
    let mut document = read(business)?;
    document.policy.grid_min = GRID_MIN;
    let settings = Settings::build(document, 1).map_err(|problems| anyhow!("{}", listed(&problems)))?;
    let mut out = std::io::stdout().lock();
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let transcript = converse(&settings, &line).with_context(|| format!("Строка {} не разбирается", number + 1))?;
        writeln!(out, "{transcript}")?;
    }
    Ok(ExitCode::SUCCESS)
}
