//! `nochnik train`: the business's own examples taught on top of ours, published only if no worse.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use jiff::civil::DateTime;
use nochnik_core::business::{Reader, Settings};
use nochnik_engine::Clock;
use nochnik_nlu::{Example, Expecting, Intent, Lexicon, Report, WishModel, assess, train};
use serde::Deserialize;

use super::business::{listed, read};
use crate::cli::say;

/// The file that names the version in use.
const CURRENT: &str = "current";
/// Confusions shown; the rest are rarer.
const CONFUSIONS_MAX: usize = 12;

/// What `nochnik train` is asked to do.
pub struct Request<'a> {
    pub business: &'a Path,
    /// Labelled messages, one JSON object a line.
    pub examples: &'a Path,
    /// Labelled messages that a new version must not read worse; never trained on.
    pub acceptance: Option<&'a Path>,
    /// The folder of versions.
    pub to: &'a Path,
}

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
pub fn run(request: &Request<'_>) -> Result<ExitCode> {
    let versions = Versions { folder: request.to.to_owned() };
    let settings = Settings::build(read(request.business)?, 1).map_err(|problems| anyhow!("{}", listed(&problems)))?;
    let now = Clock::System.now().to_zoned(settings.zone.clone()).datetime();
    let reader = versions.put_to(settings.reader)?;
    let lexicon = reader.lexicon();
    let examples = examples(request.examples, settings.id.as_str())?;
    let trained = train(&examples, lexicon, now)?;
    let mut lines = vec![format!("Примеров: {}. На отложенных частях:", examples.len())];
    lines.extend(table(&trained.held_out));
    lines.push(compared("Отложенные части", &trained.before, &trained.held_out));
    let mut is_worse = !trained.is_no_worse();
    if let Some(path) = request.acceptance {
        let (before, after) = accepted(path, settings.id.as_str(), &trained.model, lexicon, now)?;
        lines.push(compared("Приёмка", &before, &after));
        is_worse |= after.right() < before.right();
    }
    if is_worse {
        lines.push("Не опубликовано: стало бы хуже. Проверьте метки в примерах или добавьте похожих".to_owned());
        say(&lines)?;
        return Ok(ExitCode::FAILURE);
    }
    let version = versions.publish(&trained.model)?;
    lines.push(format!("Опубликовано: версия {version}, папка {}", request.to.display()));
    say(&lines)
}

/// Goes back to the version before the one in use; version 0 is the shipped model.
pub fn rollback(folder: &Path) -> Result<ExitCode> {
    let version = Versions { folder: folder.to_owned() }.roll_back()?;
    say(&[if version == 0 {
        "Действует модель из поставки".to_owned()
    } else {
        format!("Действует версия {version}")
    }])
}

/// The reader with the model in use in a folder of versions.
pub fn with_current(reader: Reader, folder: &Path) -> Result<Reader> {
    Versions { folder: folder.to_owned() }.put_to(reader)
}

fn accepted(
    path: &Path,
    business: &str,
    model: &WishModel,
    lexicon: &Lexicon,
    now: DateTime,
) -> Result<(Report, Report)> {
    let examples = examples(path, business)?;
    let before = assess(&examples, lexicon.model(), lexicon, now)?;
    Ok((before, assess(&examples, model, lexicon, now)?))
}

fn examples(path: &Path, business: &str) -> Result<Vec<Example>> {
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

/// A folder with `wish-0001.model`, `wish-0002.model`, … and the number in use.
struct Versions {
    folder: PathBuf,
}

impl Versions {
    /// The number in use and its model; nothing while the shipped model serves.
    fn current(&self) -> Result<Option<(u32, WishModel)>> {
        let version = self.number()?;
        if version == 0 {
            return Ok(None);
        }
        let path = self.path(version);
        let bytes = fs::read(&path).with_context(|| format!("Модель {} не читается", path.display()))?;
        let model = WishModel::from_bytes(&bytes)
            .with_context(|| format!("Модель {} из другого выпуска; обучите заново", path.display()))?;
        Ok(Some((version, model)))
    }

    fn put_to(&self, reader: Reader) -> Result<Reader> {
        Ok(match self.current()? {
            Some((_, model)) => reader.with_model(Arc::new(model)),
            None => reader,
        })
    }

    /// Keeps the model under the next number and puts it to use.
    fn publish(&self, model: &WishModel) -> Result<u32> {
        fs::create_dir_all(&self.folder).with_context(|| format!("Папка {} не создаётся", self.folder.display()))?;
        let mut version = self.number()? + 1;
        while self.path(version).exists() {
            version += 1;
        }
        let path = self.path(version);
        fs::write(&path, model.to_bytes()).with_context(|| format!("Модель {} не пишется", path.display()))?;
        self.use_number(version)?;
        Ok(version)
    }

    fn roll_back(&self) -> Result<u32> {
        let version = self.number()?;
        if version == 0 {
            bail!("Откатывать нечего: действует модель из поставки");
        }
        let before = (1..version).rev().find(|earlier| self.path(*earlier).exists()).unwrap_or(0);
        self.use_number(before)?;
        Ok(before)
    }

    fn number(&self) -> Result<u32> {
        let path = self.folder.join(CURRENT);
        if !path.exists() {
            return Ok(0);
        }
        let text = fs::read_to_string(&path).with_context(|| format!("Файл {} не читается", path.display()))?;
        text.trim().parse().with_context(|| format!("В файле {} должен стоять номер версии", path.display()))
    }

    /// Written aside and renamed, so that no reader sees half a number.
    fn use_number(&self, version: u32) -> Result<()> {
        let (path, aside) = (self.folder.join(CURRENT), self.folder.join("current.new"));
        fs::write(&aside, format!("{version}\n"))
            .and_then(|()| fs::rename(&aside, &path))
            .with_context(|| format!("Файл {} не пишется", path.display()))
    }

    fn path(&self, version: u32) -> PathBuf {
        self.folder.join(format!("wish-{version:04}.model"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder")
    }

    fn model() -> WishModel {
        nochnik_nlu::shipped_model().clone()
    }

    #[test]
    fn versions_are_kept_and_rolled_back() {
        let folder = folder();
        let versions = Versions { folder: folder.path().to_owned() };
        assert!(versions.current().expect("readable").is_none());
        assert_eq!(versions.publish(&model()).expect("written"), 1);
        assert_eq!(versions.publish(&model()).expect("written"), 2);
        assert_eq!(versions.roll_back().expect("there is one before"), 1);
        assert_eq!(versions.publish(&model()).expect("written"), 3, "a kept version is never overwritten");
        assert_eq!(versions.roll_back().expect("there is one before"), 2);
    }

    #[test]
    fn rolling_back_ends_at_the_shipped_model() {
        let folder = folder();
        let versions = Versions { folder: folder.path().to_owned() };
        assert!(versions.roll_back().is_err());
        versions.publish(&model()).expect("written");
        assert_eq!(versions.roll_back().expect("the shipped one"), 0);
        assert!(versions.current().expect("readable").is_none());
    }

    #[test]
    fn a_line_that_is_no_example_is_named() {
        let folder = folder();
        let path = folder.path().join("examples.jsonl");
        fs::write(&path, "{\"text\": \"хочу\", \"intent\": \"book\"}\n{\"text\": 1}\n").expect("written");
        let error = examples(&path, "salon").expect_err("the second line");
        assert!(error.to_string().contains("строка 2"), "{error}");
    }
}
