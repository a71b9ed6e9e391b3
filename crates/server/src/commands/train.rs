//! `nochnik train`: the business's own examples taught on top of ours, published only if no worse.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use nochnik_nlu::{Example, Expecting, Intent, Report};
use nochnik_store::wish_models;
use serde::Deserialize;

use crate::app::App;
use crate::cli::say;
use crate::commands::business::stored;
use crate::commands::serve::now;
use crate::config::Config;
use crate::teaching::learn;

/// Confusions shown; the rest are rarer.
const CONFUSIONS_MAX: usize = 12;

/// One line of examples; unknown keys (a labelled file has many) are passed over.
#[derive(Deserialize)]
struct Labelled {
    text: String,
    intent: Intent,
    #[serde(default)]
    also: Vec<Intent>,
    #[serde(default)]
    context: Option<Expecting>,
    /// Messages said alike; without one a message is alike to itself alone.
    #[serde(default)]
    family: Option<String>,
    /// In a mixed file: whose message it is.
    #[serde(default)]
    business: Option<String>,
}

/// Trains, reports, and publishes a version unless something is read worse than before.
///
/// `acceptance` is read by both versions and never trained on. A server that works takes the new
/// version with the next message.
pub async fn run(config: Config, business: &str, examples: &Path, acceptance: Option<&Path>) -> Result<ExitCode> {
    let app = App::open(config).await?;
    let settings = stored(&app, business).await?;
    let today = settings.wall(now());
    let lexicon = settings.reader.lexicon();
    let examples = read_examples(examples, business)?;
    let frozen = acceptance.map(|path| read_examples(path, business)).transpose()?.unwrap_or_default();
    let outcome = learn(&examples, &frozen, lexicon, today)?;
    let trained = &outcome.trained;
    let mut lines = vec![format!("Примеров: {}. На отложенных частях:", outcome.examples)];
    lines.extend(table(&trained.held_out));
    lines.push(compared("Отложенные части", &trained.before, &trained.held_out));
    if let Some(frozen) = &outcome.frozen {
        lines.push(compared("Приёмка", &frozen.before, &frozen.after));
    }
    let is_worse = !outcome.is_no_worse();
    if is_worse {
        lines.push("Не опубликовано: стало бы хуже. Проверьте метки в примерах или добавьте похожих".to_owned());
    } else {
        let (id, model, now_ms) = (business.to_owned(), trained.model.to_bytes(), now().as_millisecond());
        let version = app.store.write(move |sql| wish_models::publish(sql, &id, &model, now_ms)).await?;
        lines
            .push(format!("Опубликовано: версия {version}. Вернуть прежнюю: nochnik train --of {business} --rollback"));
    }
    app.store.close().await;
    say(&lines)?;
    Ok(if is_worse { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Goes back to the version before the one in use.
pub async fn roll_back(config: Config, business: &str) -> Result<ExitCode> {
    let app = App::open(config).await?;
    stored(&app, business).await?;
    let id = business.to_owned();
    let version = app.store.write(move |sql| wish_models::roll_back(sql, &id)).await?;
    app.store.close().await;
    match version {
        None => bail!("Откатывать нечего: действует модель из поставки"),
        Some(0) => say(&["Действует модель из поставки".to_owned()]),
        Some(version) => say(&[format!("Действует версия {version}")]),
    }
}

fn read_examples(path: &Path, business: &str) -> Result<Vec<Example>> {
    let text = fs::read_to_string(path).with_context(|| format!("Файл {} не читается", path.display()))?;
    let mut examples = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let labelled: Labelled = serde_json::from_str(line)
            .with_context(|| format!("{}, строка {}: не разбирается", path.display(), number + 1))?;
        if labelled.business.as_deref().is_some_and(|owner| owner != business) {
            continue;
        }
        examples.push(Example {
            family: labelled.family.unwrap_or_else(|| labelled.text.clone()),
            intents: std::iter::once(labelled.intent).chain(labelled.also).collect(),
            text: labelled.text,
            expecting: labelled.context,
        });
    }
    if examples.is_empty() {
        bail!("В файле {} нет примеров для «{business}»", path.display());
    }
    Ok(examples)
}

fn table(report: &Report) -> Vec<String> {
    let mut lines = vec![format!("  {:<12} {:>6} {:>9} {:>8}", "намерение", "всего", "точность", "полнота")];
    lines.extend(report.scores().iter().map(|(intent, score)| {
        format!("  {:<12} {:>6} {:>9.2} {:>8.2}", intent.name(), score.said, score.precision(), score.recall())
    }));
    let confusions = report.confusions();
    if !confusions.is_empty() {
        lines.push("  путаем: сказано → понято".to_owned());
    }
    lines.extend(
        confusions
            .iter()
            .take(CONFUSIONS_MAX)
            .map(|(said, heard, count)| format!("  {:<12} → {:<12} {count}", said.name(), heard.name())),
    );
    lines
}

fn compared(what: &str, before: &Report, after: &Report) -> String {
    format!("{what}: верно {} из {}, было {}", after.right(), after.messages(), before.right())
}
