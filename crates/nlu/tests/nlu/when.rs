//! The ways in which Russian speaks of time, one expression a line in `when/*.txt`.
//!
//! The constructions are those that the public suites of Duckling, Hors, chrono, dateparser and
//! rutimeparser try; the expressions are our own, the values come from the calendar and from the
//! conventions of docs/understanding.md.

use crate::{common, window};
use std::{fs, path::Path};

use jiff::civil::{DateTime, date};
use nochnik_nlu::{Expecting, Lexicon, understand};

/// A request that an expression may stand in, besides standing alone.
const REQUEST: &str = "Запишите меня на маникюр, ";
/// The tables together hold at least so many expressions; only ever raised.
const EXPRESSIONS_MIN: usize = 687;

/// One file: `# comment`, `now MOMENT`, then `text | grain, first day, last day, from, to`, `-` for
/// what is absent; `nothing` where no time is wished.
struct Table {
    name: String,
    now: DateTime,
    rows: Vec<(String, String)>,
}

#[test]
fn every_expression_is_read() {
    let lexicon = common::lexicon("salon");
    let tables = tables();
    let count: usize = tables.iter().map(|table| table.rows.len()).sum();
    assert!(count >= EXPRESSIONS_MIN, "only {count} expressions");
    let wrong: Vec<String> = tables.iter().flat_map(|table| wrong(table, &lexicon)).collect();
    assert!(wrong.is_empty(), "{} of {count} expressions, each thrice:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is over is read as such, and never offered.
#[test]
fn the_past_is_never_offered() {
    const PAST: [&str; 13] = [
        "вчера",
        "позавчера",
        "вчера вечером",
        "2 часа назад",
        "около 23 часов назад",
        "неделю назад",
        "три месяца назад",
        "7 дней назад",
        "на прошлой неделе",
        "в прошлый вторник",
        "в прошлом месяце",
        "прошлой ночью",
        "полчаса назад",
    ];
    let lexicon = common::lexicon("salon");
    // A Wednesday.
    let now = date(2026, 11, 11).at(10, 0, 0, 0);
    for text in PAST {
        assert_eq!(read(text, None, &lexicon, now), "nothing", "{text}");
        let both = read(&format!("была у вас {text}, хочу снова в пятницу в 15"), None, &lexicon, now);
        assert_eq!(both, "time 2026-11-13 2026-11-13 15:00 -", "{text}");
    }
}

/// A season called by its name is the whole of it, what is over too; «зимой» is from today on.
#[test]
fn a_season_by_its_name_is_whole() {
    const SEASONS: [(&str, &str); 5] = [
        ("осень", "days 2026-09-01 2026-11-30 - -"),
        ("осенью", "days 2026-11-11 2026-11-30 - -"),
        ("зима", "days 2026-12-01 2027-02-28 - -"),
        ("весна", "days 2027-03-01 2027-05-31 - -"),
        ("лето", "days 2027-06-01 2027-08-31 - -"),
    ];
    let lexicon = common::lexicon("salon");
    // A Wednesday.
    let now = date(2026, 11, 11).at(10, 0, 0, 0);
    for (text, expected) in SEASONS {
        assert_eq!(read(text, None, &lexicon, now), expected, "{text}");
    }
}

fn read(text: &str, expecting: Option<Expecting>, lexicon: &Lexicon, now: DateTime) -> String {
    let meaning = understand(text, expecting, lexicon, now);
    meaning.when.map_or_else(|| "nothing".to_owned(), |found| window::line(&found.value, "%Y-%m-%d"))
}

/// What is misread alone, as an answer to «когда?», or inside a request.
fn wrong(table: &Table, lexicon: &Lexicon) -> Vec<String> {
    let mut wrong = Vec::new();
    for (text, expected) in &table.rows {
        for (expecting, dress) in [(None, ""), (Some(Expecting::AskWhen), ""), (None, REQUEST)] {
            let said = read(&format!("{dress}{text}"), expecting, lexicon, table.now);
            if said != *expected {
                wrong.push(format!("{}: {dress}{text} ({expecting:?}): {said}, not {expected}", table.name));
            }
        }
    }
    wrong
}

fn tables() -> Vec<Table> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nlu/when");
    let mut tables: Vec<Table> = fs::read_dir(folder)
        .expect("the folder of tables")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| table(&path.display().to_string(), &fs::read_to_string(&path).expect("a table")))
        .collect();
    tables.sort_by(|left, right| left.name.cmp(&right.name));
    tables
}

fn table(name: &str, text: &str) -> Table {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let now = lines.first().and_then(|line| line.strip_prefix("now ")).expect("a table begins with its moment");
    let row = |line: &&str| {
        let (text, expected) = line.split_once(" | ").expect("a text and its window");
        (text.to_owned(), expected.to_owned())
    };
    Table {
        name: name.to_owned(),
        now: now.parse().expect("a civil time"),
        rows: lines.iter().skip(1).map(row).collect(),
    }
}
