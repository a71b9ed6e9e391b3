//! `nochnik talk` without a server: the same engine in this process, at any moment one likes.
//!
//! Nothing is kept and nothing leaves. Whatever a story may say can be typed here: time passes with
//! `… прошло 15 мин`, the staff acts with `Марина жмёт «Беру»`.

use std::io::{BufRead, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use jiff::civil::DateTime;
use nochnik_core::business::{Document, Settings};
use nochnik_core::event::InputKind;
use nochnik_core::story::{Act, Said, Seen, act_of};
use nochnik_core::wall;

use super::accept::cases;
use super::accept::stage::{self, Stage};
use super::serve::now;
use crate::preset::Preset;

/// The document to rehearse; `None` when a server is meant. The moment can be chosen only here.
pub fn document(business: &str, preset: Option<Preset>, has_moment: bool) -> Option<Result<Document>> {
    if let Some(preset) = preset {
        return Some(preset.document());
    }
    let file = Path::new(business);
    if file.extension().is_some_and(|ending| ending == "toml" || ending == "json") {
        return Some(cases::document(file));
    }
    let why = "Время выбирают в разговоре без сервера. Добавьте документ: --business ФАЙЛ или --preset ВИД";
    has_moment.then(|| Err(anyhow::anyhow!(why)))
}

/// Talks until an empty line or the end of input. A number chooses a button.
pub fn run(document: Document, at: Option<&str>) -> Result<ExitCode> {
    let settings = cases::settings(document)?;
    let starts_at = match at {
        Some(text) => moment(text)?,
        None => settings.wall(now()),
    };
    stage::runtime()?.block_on(talk(&settings, starts_at))
}

async fn talk(settings: &Settings, starts_at: DateTime) -> Result<ExitCode> {
    let mut out = std::io::stdout();
    writeln!(out, "{}: {}, {}", settings.document.name, wall::date(starts_at.date()), wall::time(starts_at))?;
    writeln!(out, "Пишите как клиент. Номер выбирает кнопку, «… прошло 15 мин» двигает время,")?;
    writeln!(out, "«Имя жмёт «Беру»» отвечает за дежурного, пустая строка заканчивает разговор.")?;
    let mut stage = Stage::open(settings, starts_at).await?;
    let mut seen = stage.look().await?;
    let mut labels = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            break;
        }
        let before = seen.state.clone();
        if let Err(why) = stage.perform(&act(line.trim(), &labels, starts_at)).await? {
            writeln!(out, "  {why}")?;
        }
        seen = stage.look().await?;
        for line in seen.lines(&before, settings) {
            writeln!(out, "{line}")?;
        }
        labels = shown(&seen);
        for (number, label) in labels.iter().enumerate() {
            writeln!(out, "   {}. {label}", number + 1)?;
        }
    }
    stage.close().await;
    Ok(ExitCode::SUCCESS)
}

/// What the line asks for: a button by its number, anything a story may say, else the client's words.
fn act(line: &str, labels: &[String], starts_at: DateTime) -> Act {
    let chosen = line.parse::<usize>().ok().and_then(|number| labels.get(number.checked_sub(1)?));
    if let Some(label) = chosen {
        return Act::Client(vec![Said::Button(label.clone())]);
    }
    match act_of(line, starts_at.date()) {
        Ok(act) if act != Act::Nothing => act,
        _ => Act::Client(vec![Said::Input(InputKind::Text { text: line.to_owned() })]),
    }
}

/// Labels of the buttons under the last message.
fn shown(seen: &Seen) -> Vec<String> {
    let last = seen.heard.iter().rev().find(|heard| !heard.buttons.is_empty());
    last.map(|heard| heard.buttons.iter().map(|button| button.label.clone()).collect()).unwrap_or_default()
}

/// «2026-12-31 23:40» on the business's wall.
fn moment(text: &str) -> Result<DateTime> {
    let read: DateTime =
        text.parse().with_context(|| format!("«{text}» не похоже на время; пишите так: 2026-12-31 23:40"))?;
    if read.year() < 2020 {
        bail!("«{text}» — слишком давно; пишите так: 2026-12-31 23:40");
    }
    Ok(read)
}
