//! Where businesses and stories come from: those shipped, or the owner's own.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use nochnik_core::business::{Document, Settings};
use nochnik_core::story::rehearsed;
use rust_embed::RustEmbed;

use crate::commands::business::{listed, read};
use crate::preset::Preset;

#[derive(RustEmbed)]
#[folder = "../../acceptance/"]
struct Stories;

/// One story as it lies in its file.
pub struct Script {
    /// Name of the file.
    pub file: String,
    pub text: String,
}

/// The stories shipped for a kind, in the order of their names.
pub fn shipped(preset: Preset) -> Result<Vec<Script>> {
    let folder = format!("{}/", preset.name());
    let mut names: Vec<_> = Stories::iter().filter(|name| name.starts_with(&folder)).collect();
    names.sort();
    let script = |name: std::borrow::Cow<'static, str>| {
        let file = Stories::get(&name).with_context(|| format!("Сценария {name} нет в этой сборке"))?;
        Ok(Script { file: name[folder.len()..].to_owned(), text: String::from_utf8(file.data.into_owned())? })
    };
    names.into_iter().map(script).collect()
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
