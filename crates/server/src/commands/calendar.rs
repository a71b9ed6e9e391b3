//! `nochnik calendar`: services and specialists taken from where the schedule is kept.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use nochnik_core::business::{CalendarEntry, Document};

use super::business::stored;
use super::serve::now;
use crate::app::App;
use crate::calendar_import::{self, Told};
use crate::calendar_setup;
use crate::cli::say;
use crate::config::Config;
use crate::document_change::By;

/// Who the journal says it was.
const ACTOR: &str = "terminal";

/// Three hundred masters are read in a minute and a half.
const READ_MAX: Duration = Duration::from_secs(180);

/// What `calendar import` is told.
#[derive(Args, Debug)]
pub struct Options {
    /// Короткое имя бизнеса из базы
    #[arg(long, value_name = "ИМЯ")]
    of: String,
    /// Имя календаря; нужно, если таких несколько
    #[arg(long, value_name = "КАЛЕНДАРЬ")]
    account: Option<String>,
    /// Сохранить новой версией; без этого только показать
    #[arg(long)]
    save: bool,
}

/// Prints what would change; saves it where that is asked for.
pub async fn import(config: Config, options: Options) -> Result<ExitCode> {
    let app = App::open(config).await?;
    let lines = lines(&app, &options).await;
    app.store.close().await;
    say(&lines?)
}

async fn lines(app: &App, options: &Options) -> Result<Vec<String>> {
    let settings = stored(app, &options.of).await?;
    let (document, version) = (&*settings.document, settings.version);
    let entry = chosen(document, options.account.as_deref())?;
    let account = entry.account().to_owned();
    let offered = calendar_import::read(entry, READ_MAX).await.map_err(|objection| anyhow!(objection.whole()))?;
    let told = calendar_import::merge(&mut document.clone(), &account, &offered);
    let told = told.map_err(|objection| anyhow!(objection.whole()))?;
    let mut lines = listed(&told);
    if told.is_nothing() {
        lines.insert(0, "Менять нечего: всё уже как в календаре.".to_owned());
        return Ok(lines);
    }
    if !options.save {
        lines.push("Пока ничего не сохранено. Сохранить: добавьте --save".to_owned());
        return Ok(lines);
    }
    let by = By { business: &options.of, actor: ACTOR, seen: Some(version), now_ms: now().as_millisecond() };
    let saved = calendar_import::save(&app.store, by, account, offered).await?;
    saved.map_err(|objection| anyhow!(objection.whole()))?;
    lines.push(format!("Сохранено, версия {}", version + 1));
    Ok(lines)
}

/// The calendar of this name, or the only one that sells anything.
fn chosen<'a>(document: &'a Document, account: Option<&str>) -> Result<&'a CalendarEntry> {
    if let Some(account) = account {
        return calendar_setup::entry(document, account).ok_or_else(|| anyhow!("Календаря «{account}» нет"));
    }
    let possible: Vec<&CalendarEntry> =
        document.calendars.iter().filter(|entry| calendar_import::is_possible(entry)).collect();
    match possible.as_slice() {
        [] => bail!("Ни в одном подключённом календаре услуг и мастеров нет"),
        [one] => Ok(*one),
        _ => {
            let names: Vec<&str> = possible.iter().map(|entry| entry.account()).collect();
            bail!("Таких календарей несколько, назовите один: --account {}", names.join(" или --account "))
        }
    }
}

fn listed(told: &Told) -> Vec<String> {
    let part = |(title, lines): (&str, &[String])| {
        let lines: Vec<String> = lines.iter().map(|line| format!("  {line}")).collect();
        format!("{title}:\n{}", lines.join("\n"))
    };
    told.parts().into_iter().map(part).collect()
}
