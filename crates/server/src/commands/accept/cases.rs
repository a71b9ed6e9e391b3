//! Where businesses and stories come from: those shipped, or the owner's own.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use clap::ValueEnum;
use nochnik_core::business::{Document, Settings};
use nochnik_core::story::rehearsed;
use rust_embed::RustEmbed;

use crate::commands::business::{listed, read};

#[derive(RustEmbed)]
#[folder = "../../presets/"]
struct Presets;

#[derive(RustEmbed)]
#[folder = "../../acceptance/"]
struct Stories;

/// A kind of business with a document to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Preset {
    BeautySalon,
    Barbershop,
    Clinic,
    FitnessStudio,
    CarService,
    Tutoring,
}

/// One story as it lies in its file.
pub struct Script {
    /// Name of the file.
    pub file: String,
    pub text: String,
}

impl Preset {
    /// As it stands in a document: `beauty_salon`.
    pub fn name(self) -> &'static str {
        match self {
            Self::BeautySalon => "beauty_salon",
            Self::Barbershop => "barbershop",
            Self::Clinic => "clinic",
            Self::FitnessStudio => "fitness_studio",
            Self::CarService => "car_service",
            Self::Tutoring => "tutoring",
        }
    }

    /// The document as it is shipped, with its remarks.
    pub fn text(self) -> Result<String> {
        let name = format!("{}.toml", self.name());
        let file = Presets::get(&name).with_context(|| format!("Заготовки {name} нет в этой сборке"))?;
        Ok(String::from_utf8(file.data.into_owned())?)
    }

    pub fn document(self) -> Result<Document> {
        toml::from_str(&self.text()?).with_context(|| format!("Заготовка {} не разбирается", self.name()))
    }

    /// The stories shipped for it, in the order of their names.
    pub fn stories(self) -> Result<Vec<Script>> {
        let folder = format!("{}/", self.name());
        let mut names: Vec<_> = Stories::iter().filter(|name| name.starts_with(&folder)).collect();
        names.sort();
        let script = |name: std::borrow::Cow<'static, str>| {
            let file = Stories::get(&name).with_context(|| format!("Сценария {name} нет в этой сборке"))?;
            Ok(Script { file: name[folder.len()..].to_owned(), text: String::from_utf8(file.data.into_owned())? })
        };
        names.into_iter().map(script).collect()
    }
}

/// The owner's document.
pub fn document(file: &Path) -> Result<Document> {
    read(file)
}

/// The owner's stories: every `.txt` of the folder, in the order of their names.
pub fn stories(folder: &Path) -> Result<Vec<Script>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("Папка {} не читается", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "txt"));
    paths.sort();
    if paths.is_empty() {
        bail!("В папке {} нет сценариев: файлов, которые кончаются на .txt", folder.display());
    }
    let script = |path: std::path::PathBuf| {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("Сценарий {} не читается", path.display()))?;
        Ok(Script { file, text })
    };
    paths.into_iter().map(script).collect()
}

/// The document as it is rehearsed, checked and prepared.
pub fn settings(document: Document) -> Result<Settings> {
    let name = document.name.clone();
    Settings::build(rehearsed(document), 1)
        .map_err(|problems| anyhow!("Документ «{name}» нужно исправить.\n{}", listed(&problems)))
}
