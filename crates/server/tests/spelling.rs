//! Everything people read is spelled right: the phrase book, the papers, and the words in the code,
//! by hunspell's Russian dictionary and our own `e2e/words.txt`.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Papers and word lists for people.
const FILES: [&str; 10] = [
    "phrases/ru.txt",
    "README.ru.md",
    "CHANGELOG.md",
    "businesses/demo.toml",
    "nochnik.example.toml",
    "Makefile",
    "crates/server/static/nochnik-chat.js",
    "crates/server/static/nochnik.webmanifest",
    "crates/server/static/push.js",
    "crates/server/static/sw.js",
];
/// Code with words for people in it; nlu's lexicon holds misspellings on purpose.
const FOLDERS: [&str; 4] = ["crates/server/src", "crates/adapters/src", "crates/core/src", "crates/engine/src"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
}

/// Russian words of a text, each with its hyphens.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_letter = |letter: char| matches!(letter, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё' | '-');
    text.split(move |letter| !is_letter(letter)).map(|word| word.trim_matches('-')).filter(|word| !word.is_empty())
}

/// Code without its comments and its tests.
fn spoken(code: &str) -> String {
    let own = code.split("#[cfg(test)]").next().unwrap_or_default();
    own.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Each word with a place it stands in.
fn all_words() -> BTreeMap<String, String> {
    let root = root();
    let mut code = Vec::new();
    for folder in FOLDERS {
        sources(&root.join(folder), &mut code);
    }
    let files = FILES.iter().map(|name| root.join(name)).filter(|path| path.is_file());
    let mut all = BTreeMap::new();
    for path in files.chain(code) {
        let text = std::fs::read_to_string(&path).unwrap();
        let text = if path.extension().is_some_and(|kind| kind == "rs") { spoken(&text) } else { text };
        let place = path.strip_prefix(&root).unwrap().display().to_string();
        for word in words(&text) {
            all.entry(word.to_owned()).or_insert_with(|| place.clone());
        }
    }
    all
}

fn is_hunspell_there() -> bool {
    let asked = Command::new("hunspell").arg("-D").stdin(Stdio::null()).output();
    asked.is_ok_and(|said| String::from_utf8_lossy(&said.stderr).contains("ru_RU"))
}

/// Those of the words that the dictionary does not know.
fn unknown<'a>(all: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let mut child = Command::new("hunspell")
        .args(["-d", "ru_RU", "-i", "utf-8", "-l"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = all.collect::<Vec<_>>().join("\n");
    let mut input = child.stdin.take().unwrap();
    // Both ends are pipes: whoever only writes waits for a reader.
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let said = child.wait_with_output().unwrap();
    writer.join().unwrap();
    String::from_utf8(said.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn people_read_no_misspelled_word() {
    if !is_hunspell_there() {
        // Past the test's own capture, so that it is seen in a run where all is green.
        std::io::stderr().write_all(b"SKIPPED: hunspell or its ru_RU dictionary is missing\n").unwrap();
        return;
    }
    let ours = std::fs::read_to_string(root().join("e2e/words.txt")).unwrap();
    let ours: BTreeSet<String> = ours.lines().map(str::to_lowercase).collect();
    let all = all_words();
    assert!(all.len() > 500, "the texts are read: {} words", all.len());
    let strange = unknown(all.keys().map(String::as_str));
    let strange: Vec<String> = strange
        .into_iter()
        .filter(|word| !ours.contains(&word.to_lowercase()))
        .map(|word| format!("{word} ({})", all.get(&word).map_or("", String::as_str)))
        .collect();
    assert!(strange.is_empty(), "misspelled, or missing from e2e/words.txt: {strange:#?}");
}
