//! Finds and reads the files of this repository; decides nothing about them.

use std::fs;
use std::path::{Path, PathBuf};

/// Built, downloaded or the owner's own: never ours to judge.
const FOREIGN: [&str; 8] =
    [".git", ".llm", ".radicale", ".schemathesis", "target", "node_modules", "data", "test-results"];

/// The folder that holds `Cargo.lock`.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is two folders up")
}

/// Lists the folders of `crates/`, by name.
pub fn crates() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(root().join("crates"))
        .expect("crates/ stands in the repository")
        .map(|entry| entry.expect("crates/ is readable").path())
        .filter(|path| path.join("Cargo.toml").is_file())
        .collect();
    found.sort();
    found
}

/// Lists the files below `folder`, sorted; a missing folder is an empty one.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if FOREIGN.contains(&name.as_str()) || path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Lists the files below `folder` whose name ends in `.{extension}`.
pub fn files_of(folder: &Path, extension: &str) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

/// Reads a text file; `None` when it is not UTF-8 (a picture, a font).
pub fn text(path: &Path) -> Option<String> {
    String::from_utf8(fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).ok()
}

/// The path as the papers write it: from the root, with forward slashes.
pub fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
