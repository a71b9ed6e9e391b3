//! `nochnik business import FILE` and `nochnik business list`.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use nochnik_adapters::channels;
use nochnik_adapters::ports::Kind;
use nochnik_core::business::{Document, Problem, Settings};
use nochnik_store::{Sql, businesses};

use crate::app::App;
use crate::cli::say;
use crate::commands::serve::now;
use crate::config::Config;
use crate::conflicts;

/// Checks a document and stores it as a new version; lists the bookings it does not allow any more.
pub async fn import(config: Config, file: &Path) -> Result<ExitCode> {
    let mut document = read(file)?;
    if document.id == businesses::CANARY {
        bail!("Имя «{}» занято: им Ночник проверяет сам себя. Дайте бизнесу другое id", businesses::CANARY);
    }
    let (id, name, remarks) = (document.id.clone(), document.name.clone(), remarks(&document));
    let problems = document.check();
    if !problems.is_empty() {
        bail!("Документ {} не загружен.\n{}", file.display(), listed(&problems));
    }
    let app = App::open(config).await?;
    // A file knows nothing of what visits still stand with.
    let stored_id = id.clone();
    let before = app.store.read(move |sql: &mut dyn Sql| businesses::get(sql, &stored_id)).await?;
    if let Some(before) = before.and_then(|row| serde_json::from_str(&row.document).ok()) {
        document.remember(&before);
    }
    let json = serde_json::to_string(&document)?;
    let settings = match Settings::build(document, 1) {
        Ok(settings) => settings,
        Err(problems) => bail!("Документ {} не загружен.\n{}", file.display(), listed(&problems)),
    };
    let now_ms = now().as_millisecond();
    let (key, stored) = (id.clone(), json);
    let job = move |sql: &mut dyn Sql| {
        Ok((businesses::put(sql, &key, &stored, now_ms)?, nochnik_engine::standing(sql, &key, now_ms)?))
    };
    let (version, standing) = app.store.write(job).await?;
    app.store.close().await;
    let mut lines = vec![format!("Загружено: {name} ({id}), версия {version}")];
    lines.extend(conflicts::lines(&settings, &standing));
    lines.extend(told(&remarks));
    say(&lines)
}

/// What works but deserves another look: own wordings, and texts that a channel of the business cannot carry whole.
pub fn remarks(document: &Document) -> Vec<Problem> {
    let mut remarks = document.lint();
    for kind in channels::kinds() {
        if document.channels.iter().any(|entry| entry.kind == kind.name) {
            remarks.extend(too_long(document, kind));
        }
    }
    remarks
}

fn too_long(document: &Document, kind: &Kind) -> Vec<Problem> {
    let max = kind.limits.text_chars_max;
    let phrases = document.phrases.iter().map(|(name, text)| (format!("phrases.{name}"), text));
    let answers = document.faq.iter().map(|(name, text)| (format!("faq.{name}"), text));
    let is_long = |(_, text): &(String, &String)| text.chars().count() > max;
    let told =
        |path| Problem::new(path, format!("«{}» вмещает {max} знаков: текст уйдёт частями; сократите", kind.title));
    phrases.chain(answers).filter(is_long).map(|(path, _)| told(path)).collect()
}

/// Remarks under their heading; nothing when there are none.
pub fn told(remarks: &[Problem]) -> Vec<String> {
    if remarks.is_empty() {
        return Vec::new();
    }
    vec![format!("Работает, но стоит посмотреть:\n{}", listed(remarks).trim_end())]
}

/// Prints every business with its version.
pub async fn list(config: Config) -> Result<ExitCode> {
    let app = App::open(config).await?;
    let job = |sql: &mut dyn Sql| {
        let ids = businesses::list_ids(sql)?;
        ids.into_iter().map(|id| Ok((businesses::get_version(sql, &id)?, id))).collect::<Result<Vec<_>, _>>()
    };
    let found = app.store.read(job).await?;
    app.store.close().await;
    if found.is_empty() {
        return say(&["Бизнесов пока нет. Загрузите первый: nochnik business import demo.toml".to_owned()]);
    }
    let line = |(versions, id): (Option<businesses::Versions>, String)| {
        format!("{id}, версия {}", versions.map_or(0, |versions| versions.version))
    };
    say(&found.into_iter().map(line).collect::<Vec<_>>())
}

/// A business as it is kept, with the model of wishes in use. One of another release does not fit: the shipped
/// one reads then, as in the server, and teaching anew is what mends it.
pub async fn stored(app: &App, business: &str) -> Result<Settings> {
    match crate::stored::settings(&app.store, business).await? {
        Some((settings, _)) => Ok(settings),
        None => bail!("Бизнеса «{business}» нет. Какие есть: nochnik business list"),
    }
}

/// Reads a document by the ending of its name: `.json`, else TOML.
pub fn read(file: &Path) -> Result<Document> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("Документ {} не читается. Проверьте путь", file.display()))?;
    let parsed = if file.extension().is_some_and(|ending| ending == "json") {
        serde_json::from_str(&text).map_err(anyhow::Error::from)
    } else {
        toml::from_str(&text).map_err(anyhow::Error::from)
    };
    parsed.with_context(|| format!("Документ {} не разбирается. Исправьте указанную строку", file.display()))
}

/// One line a problem: where it stands and what to do.
pub fn listed(problems: &[Problem]) -> String {
    problems.iter().fold(String::new(), |mut lines, problem| {
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "  {}: {}", problem.path, problem.text);
        lines
    })
}
