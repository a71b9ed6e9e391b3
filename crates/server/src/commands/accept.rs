//! `nochnik accept`: stories played by the real engine on a clock of their own, and what came of them.

mod booth;
pub mod cases;
mod junit;
pub mod protocol;
pub mod stage;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use nochnik_core::business::{Document, Settings};
use nochnik_core::story::{Act, Story, StoryError, Verdict, read};
use nochnik_core::wall;

use self::cases::Script;
use self::stage::Stage;
use crate::cli::say;
use crate::preset::Preset;

/// What is played, and where the outcome is written.
#[derive(Args, Debug)]
pub struct Options {
    /// Вид бизнеса из поставки; без него и без --business играют все шесть
    #[arg(long, value_name = "ВИД")]
    preset: Option<Preset>,
    /// Свой документ бизнеса; к нему нужна папка сценариев
    #[arg(long, value_name = "ФАЙЛ", conflicts_with = "preset", requires = "stories")]
    business: Option<PathBuf>,
    /// Папка со своими сценариями: файлы .txt
    #[arg(long, value_name = "ПАПКА")]
    stories: Option<PathBuf>,
    /// Записать итог для CI в формате JUnit
    #[arg(long, value_name = "ФАЙЛ")]
    junit: Option<PathBuf>,
    /// Записать протокол приёмки: страница для чтения, печати и подписи
    #[arg(long, value_name = "ФАЙЛ")]
    html: Option<PathBuf>,
}

/// The stories of one business, played.
pub struct Suite {
    /// How the business calls itself.
    pub name: String,
    /// Its kind, or the folder of its stories: groups the cases of a report.
    pub group: String,
    pub cases: Vec<Case>,
}

/// One story, played.
pub struct Case {
    pub file: String,
    pub verdict: Verdict,
}

impl Suite {
    pub fn passed(&self) -> usize {
        self.cases.iter().filter(|case| case.verdict.is_passed()).count()
    }
}

/// Plays and tells; the exit code is a failure when one story is not as it is written.
pub fn run(options: &Options) -> Result<ExitCode> {
    let suites = stage::runtime()?.block_on(play_all(options))?;
    if let Some(file) = &options.junit {
        write(file, &junit::report(&suites))?;
    }
    if let Some(file) = &options.html {
        write(file, &protocol::page(&suites))?;
    }
    say(&told(&suites))?;
    let is_passed = suites.iter().all(|suite| suite.passed() == suite.cases.len());
    Ok(if is_passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn play_all(options: &Options) -> Result<Vec<Suite>> {
    if let Some(file) = &options.business {
        let Some(folder) = &options.stories else {
            bail!("К своему документу нужна папка сценариев: --stories")
        };
        let group = folder.display().to_string();
        return Ok(vec![suite(cases::document(file)?, group, cases::stories(folder)?).await?]);
    }
    let presets = match options.preset {
        Some(preset) => vec![preset],
        None => Preset::value_variants().to_vec(),
    };
    if options.stories.is_some() && presets.len() > 1 {
        bail!("Чьи это сценарии? Назовите бизнес: --business ФАЙЛ или --preset ВИД");
    }
    let mut suites = Vec::new();
    for preset in presets {
        let scripts = match &options.stories {
            Some(folder) => cases::stories(folder)?,
            None => cases::shipped(preset)?,
        };
        suites.push(suite(preset.document()?, preset.name().to_owned(), scripts).await?);
    }
    Ok(suites)
}

pub async fn suite(document: Document, group: String, scripts: Vec<Script>) -> Result<Suite> {
    let name = document.name.clone();
    let settings = cases::settings(document)?;
    let mut cases = Vec::new();
    for Script { file, text } in scripts {
        let verdict = match read(&text) {
            Ok(story) => play(&story, &settings).await.with_context(|| format!("Сценарий {file} не сыгран"))?,
            Err(error) => unread(&text, error),
        };
        cases.push(Case { file, verdict });
    }
    Ok(Suite { name, group, cases })
}

/// A text that is no story.
fn unread(text: &str, error: StoryError) -> Verdict {
    let title = text.lines().next().unwrap_or_default().to_owned();
    Verdict { title, scenes: Vec::new(), broken: Some(error) }
}

async fn play(story: &Story, settings: &Settings) -> Result<Verdict> {
    let mut stage = Stage::open(settings, story.starts_at).await?;
    let mut verdict = Verdict::begin(story);
    let mut seen = stage.look().await?;
    for scene in &story.scenes {
        let before = seen.state.clone();
        if let Err(text) = stage.perform(&scene.act).await? {
            verdict.broken = Some(StoryError { line: scene.number, text });
            break;
        }
        if scene.act != Act::Nothing {
            seen = stage.look().await?;
        }
        verdict.judge(scene, &seen, &before, settings);
    }
    stage.close().await;
    Ok(verdict)
}

/// One line a business, one a story that failed, and the whole at the end.
fn told(suites: &[Suite]) -> Vec<String> {
    let mut lines = Vec::new();
    for suite in suites {
        lines.push(format!("{}: {} из {}", suite.name, suite.passed(), suite.cases.len()));
        for case in &suite.cases {
            if let Some(fault) = case.verdict.fault() {
                lines.push(format!("  не прошёл {} «{}»: {fault}", case.file, case.verdict.title));
            }
        }
    }
    let passed: usize = suites.iter().map(Suite::passed).sum();
    lines.push(summary(passed, suites.iter().map(|suite| suite.cases.len()).sum()));
    lines
}

/// «Прошли 119 из 120 сценариев».
pub fn summary(passed: usize, all: usize) -> String {
    let of = wall::count(all as u64, "сценария", "сценариев", "сценариев");
    let verb = if passed % 10 == 1 && passed % 100 != 11 { "Прошёл" } else { "Прошли" };
    format!("{verb} {passed} из {of}")
}

fn write(file: &Path, text: &str) -> Result<()> {
    std::fs::write(file, text).with_context(|| format!("Файл {} не записывается", file.display()))
}
