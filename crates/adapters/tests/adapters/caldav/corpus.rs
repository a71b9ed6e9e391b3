//! Events as other programs write them: `corpus/*.ics`, and what they take by hand in `corpus/expected.txt`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use nochnik_adapters::ports::{EventState, Span, TIMES_MAX};
use nochnik_doubles::caldav::Habits;

use crate::caldav::desk::{Line, at, object, open_at};

/// One file's lines: times, `free`, `unreadable`.
type Table = BTreeMap<String, Vec<String>>;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/adapters/caldav/corpus")
}

fn expected() -> Table {
    let text = fs::read_to_string(folder().join("expected.txt")).unwrap();
    let mut table = Table::new();
    let mut name = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        match line.strip_prefix("  ") {
            // What goes on is a remark.
            Some(rest) if rest.starts_with(' ') => {}
            Some(rest) => table.get_mut(&name).unwrap().push(rest.trim().to_owned()),
            None => {
                name = line.split_whitespace().next().unwrap().to_owned();
                table.insert(name.clone(), Vec::new());
            }
        }
    }
    table
}

/// The four weeks of the table.
fn weeks() -> Span {
    Span { from: at("2026-10-18T21:00:00Z"), to: at("2026-11-15T21:00:00Z") }
}

fn wall(moment: Timestamp) -> String {
    TimeZone::get("Europe/Moscow").unwrap().to_datetime(moment).strftime("%Y-%m-%d %H:%M").to_string()
}

async fn taken(text: &[u8]) -> Vec<String> {
    let line = Line::new(Habits::default());
    line.double.write("a.ics", text);
    let calendar = open_at(weeks().from, &[], line.wire());
    let whole = calendar.changes(None, weeks()).await.unwrap();
    let mut found = Vec::new();
    for changed in &whole.events {
        match &changed.state {
            EventState::Busy(times) => {
                found.extend(times.iter().map(|time| format!("{} — {}", wall(time.span.from), wall(time.span.to))));
            }
            other => panic!("{other:?}"),
        }
    }
    let said = calendar.check().await.unwrap();
    if said.iter().any(|line| line == "Не читаются и время не занимают: 1.") {
        found.push("unreadable".to_owned());
    }
    if found.is_empty() { vec!["free".to_owned()] } else { found }
}

#[tokio::test]
async fn each_event_takes_what_the_table_says() {
    let table = expected();
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: Vec<String> = files.filter(|name| name.ends_with(".ics")).collect();
    assert!(files.iter().all(|name| table.contains_key(name)) && files.len() == table.len(), "a row for each file");
    let mut wrong = Vec::new();
    for (name, wanted) in &table {
        let mut text = fs::read(folder().join(name)).unwrap();
        if name == "long.ics" {
            text = String::from_utf8(text).unwrap().replace("%500kB%", &"Подробности. ".repeat(22_000)).into_bytes();
            assert!(text.len() > 500_000);
        }
        let found = taken(&text).await;
        if found != *wanted {
            wrong.push(format!("{name}: {found:?}, by hand {wanted:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_series_has_an_end() {
    let line = Line::new(Habits::default());
    let each_minute = "UID:m\nDTSTAMP:20261001T000000Z\nDTSTART:20100101T000000Z\nDURATION:PT30S\nRRULE:FREQ=MINUTELY";
    line.double.write("a.ics", object(each_minute).as_bytes());
    let whole = line.calendar().changes(None, weeks()).await.unwrap();
    let EventState::Busy(times) = &whole.events[0].state else { panic!("{whole:?}") };
    assert_eq!(times.len(), TIMES_MAX);
    assert_eq!(times[0].span.from, weeks().from);
    assert!(times.iter().all(|time| weeks().from <= time.span.from && time.span.to <= weeks().to));
}

/// Whole days are days of the zone that the entry names.
#[tokio::test]
async fn days_are_those_of_the_entrys_zone() {
    let line = Line::new(Habits::default());
    line.double.write("a.ics", object("UID:d\nDTSTAMP:20261001T000000Z\nDTSTART;VALUE=DATE:20261022").as_bytes());
    let calendar = open_at(weeks().from, &[("zone", "Asia/Vladivostok".into())], line.wire());
    let whole = calendar.changes(None, weeks()).await.unwrap();
    let EventState::Busy(times) = &whole.events[0].state else { panic!("{whole:?}") };
    let noon: DateTime = "2026-10-22T00:00".parse().unwrap();
    let midnight = TimeZone::get("Asia/Vladivostok").unwrap().to_timestamp(noon).unwrap();
    assert_eq!(times[0].span, Span { from: midnight, to: at("2026-10-22T14:00:00Z") });
}
