//! Plays every story of `stories/` and compares it with what is written there.
//!
//! `cargo story` compares, `UPDATE=1 cargo story` rewrites: read the diff as the owner of the salon.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test reads its stories and its own switch")]

use std::fs;
use std::path::{Path, PathBuf};

use nochnik_core::business::{Document, Line, Settings, Way};
use nochnik_core::story::{play, read};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The demo salon with what `stories/businesses/NAME.toml` puts in place of its own keys.
fn business(name: &str) -> Settings {
    let table = |path: PathBuf| -> toml::Table {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        toml::from_str(&text).unwrap()
    };
    let mut document = table(root().join("businesses/demo.toml"));
    document.extend(table(root().join(format!("stories/businesses/{name}.toml"))));
    let document: Document = document.try_into().unwrap();
    let lines =
        document.means.iter().filter_map(|entry| Some((entry.account().to_owned(), line(&entry.kind)?))).collect();
    let deciding = document.calendars.iter().filter(|entry| entry.kind == "decides");
    let decided: Vec<String> = deciding.flat_map(|entry| entry.specialists.clone()).collect();
    let settings = Settings::build(document, 1).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
    settings.with_lines(lines).with_decided(decided)
}

/// Stories name no vendors: a means or a calendar there is what it does.
fn line(kind: &str) -> Option<Line> {
    let way = match kind {
        "sms" => Way::Sms,
        "call" => Way::Call,
        "mail" => Way::Email,
        "push" => Way::Push,
        _ => return None,
    };
    Some(Line { way, takes_key: way == Way::Call })
}

fn stories() -> Vec<PathBuf> {
    let found = fs::read_dir(root().join("stories")).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = found.filter(|path| path.extension().is_some_and(|ending| ending == "txt")).collect();
    paths.sort();
    paths
}

/// The first line in which two texts differ, both sides of it.
fn difference(written: &str, played: &str) -> Option<String> {
    let length = written.lines().count().max(played.lines().count());
    (0..length).find_map(|index| {
        let (was, is) = (written.lines().nth(index), played.lines().nth(index));
        (was != is).then(|| {
            let (was, is) = (was.unwrap_or("(конец)"), is.unwrap_or("(конец)"));
            format!("строка {}\n  написано: {was}\n  сыграно:  {is}", index + 1)
        })
    })
}

#[test]
fn every_story_is_played_as_it_is_written() {
    let is_update = std::env::var_os("UPDATE").is_some();
    let mut failures = Vec::new();
    for path in stories() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let written = fs::read_to_string(&path).unwrap();
        let played = read(&written).and_then(|story| {
            let settings = business(&story.business);
            let played = play(&story, &settings);
            assert_eq!(played, play(&story, &settings), "{name} played twice differs");
            played
        });
        match played {
            Err(error) => failures.push(format!("{name}: {error}")),
            Ok(played) if is_update => fs::write(&path, played).unwrap(),
            Ok(played) => failures.extend(difference(&written, &played).map(|found| format!("{name}, {found}"))),
        }
    }
    assert!(failures.is_empty(), "\n{}\nЕсли новое лучше: UPDATE=1 cargo story", failures.join("\n"));
}
