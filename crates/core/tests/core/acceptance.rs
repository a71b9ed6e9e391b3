//! The six presets are fit to begin with, and every story of `acceptance/` holds in the pure core.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::datetime;
use nochnik_core::business::{Document, Settings};
use nochnik_core::story::{read, rehearse, rehearsed};
use rstest::rstest;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn preset(kind: &str) -> Document {
    let text = fs::read_to_string(root().join(format!("presets/{kind}.toml"))).unwrap();
    toml::from_str(&text).unwrap()
}

fn built(document: Document) -> Settings {
    Settings::build(document, 1).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn stories(kind: &str) -> Vec<PathBuf> {
    let found = fs::read_dir(root().join("acceptance").join(kind)).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = found.collect();
    paths.sort();
    paths
}

#[rstest]
#[case("beauty_salon")]
#[case("barbershop")]
#[case("clinic")]
#[case("fitness_studio")]
#[case("car_service")]
#[case("tutoring")]
fn a_preset_is_whole(#[case] kind: &str) {
    let document = preset(kind);
    assert_eq!(document.kind, kind);
    assert!((12..=25).contains(&document.services.len()), "{} services", document.services.len());
    assert_eq!(document.lint(), []);
    let settings = built(document);
    for service in &settings.document.services {
        let does = |own: &[String]| own.contains(&service.id);
        assert!(
            settings.document.specialists.iter().any(|specialist| does(&specialist.services)),
            "nobody does {}",
            service.id
        );
    }
}

/// A synonym that two services share would book the wrong one.
#[rstest]
#[case("beauty_salon")]
#[case("barbershop")]
#[case("clinic")]
#[case("fitness_studio")]
#[case("car_service")]
#[case("tutoring")]
fn a_service_is_found_by_each_of_its_names(#[case] kind: &str) {
    let settings = built(preset(kind));
    let now = datetime(2026, 11, 20, 23, 40, 0, 0);
    let mut strays = Vec::new();
    for service in &settings.document.services {
        for name in service.synonyms.iter().chain([&service.name]) {
            let meaning = settings.reader.read(name, None, now);
            let found: Vec<&str> = meaning.services.iter().map(|found| found.value.as_str()).collect();
            if found != [service.id.as_str()] {
                strays.push(format!("«{name}» of {} is read as {found:?}", service.id));
            }
        }
    }
    assert!(strays.is_empty(), "\n{}", strays.join("\n"));
}

#[rstest]
#[case("beauty_salon")]
#[case("barbershop")]
#[case("clinic")]
#[case("fitness_studio")]
#[case("car_service")]
#[case("tutoring")]
fn every_story_holds_in_the_core(#[case] kind: &str) {
    let settings = built(rehearsed(preset(kind)));
    let mut faults = Vec::new();
    let paths = stories(kind);
    for path in &paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match read(&fs::read_to_string(path).unwrap()) {
            Err(error) => faults.push(format!("{name}: {error}")),
            Ok(story) => faults.extend(rehearse(&story, &settings).fault().map(|fault| format!("{name}: {fault}"))),
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert_eq!(paths.len(), 20, "twenty stories a kind");
}
