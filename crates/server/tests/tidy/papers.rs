//! Papers rot silently: what they name must exist, and their tables must be whole.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::Path;

use crate::{modules, repository};

/// A table whose rows begin with an id; the last cell names the tests, or says "not yet".
struct Table {
    paper: &'static str,
    id: fn(u16) -> String,
    ids: RangeInclusive<u16>,
}

const TABLES: [Table; 4] = [
    Table { paper: "docs/traceability.md", id: |number| format!("S{number}"), ids: 1..=149 },
    Table { paper: "docs/faults.md", id: |number| format!("F{number:02}"), ids: 1..=90 },
    Table { paper: "docs/controls.md", id: |number| format!("C-{number:02}"), ids: 1..=25 },
    Table { paper: "docs/controls.md", id: |number| format!("C-{number:02}"), ids: 30..=41 },
];

/// A span in backticks that begins so is a path of this repository.
const TOP: [&str; 11] = [
    ".cargo/",
    ".ci/",
    "bench/",
    "businesses/",
    "contracts/",
    "crates/",
    "docs/",
    "e2e/",
    "phrases/",
    "scripts/",
    "stories/",
];

pub fn check_paths() -> Vec<String> {
    let root = repository::root();
    let mut papers = repository::files_of(&root.join("docs"), "md");
    for name in ["README.md", "README.ru.md", "README.en.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        papers.extend(Some(root.join(name)).filter(|path| path.is_file()));
    }
    papers
        .iter()
        .flat_map(|paper| {
            let text = repository::text(paper).unwrap_or_default();
            let folder = paper.parent().unwrap_or(&root);
            find_missing_paths(&repository::name(paper), &text, folder, &root)
        })
        .collect()
}

fn find_missing_paths(place: &str, text: &str, folder: &Path, root: &Path) -> Vec<String> {
    let mut findings = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let spans = spans(line).into_iter().filter(|span| is_path(span)).filter(|span| !root.join(span).exists());
        let links = links(line).into_iter().filter(|link| !folder.join(link).exists());
        findings.extend(spans.chain(links).map(|gone| format!("{place}:{}: `{gone}` does not exist", at + 1)));
    }
    findings
}

/// Contents of `…` in one line of Markdown.
fn spans(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

/// `NAME`, `NNNN`, `*` and `…` stand for what the reader puts there.
fn is_path(span: &str) -> bool {
    let is_example = ["NAME", "NNNN", "VENDOR", "*", "…", "<", "{", " "].iter().any(|mark| span.contains(mark));
    let looks_so = TOP.iter().any(|top| span.starts_with(top)) || (span.contains('/') && span.ends_with(".rs"));
    looks_so && !is_example
}

/// Targets of `[…](…)` inside this repository, without their `#part`.
fn links(line: &str) -> Vec<&str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets
        .map(|target| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:"))
        .collect()
}

pub fn check_tables() -> Vec<String> {
    let functions: BTreeSet<String> = repository::crates()
        .iter()
        .flat_map(|folder| modules::reached(folder))
        .flat_map(|file| file.source.functions)
        .collect();
    let settings = repository::files_of(&repository::root().join("crates/core/src/business"), "rs");
    let settings: String = settings.iter().filter_map(|path| repository::text(path)).collect();
    let mut findings = Vec::new();
    for table in &TABLES {
        let path = repository::root().join(table.paper);
        let text =
            Some(path).filter(|path| path.is_file()).and_then(|path| repository::text(&path)).unwrap_or_default();
        findings.extend(check_table(table, &text, &functions));
        if table.paper.ends_with("traceability.md") {
            findings.extend(check_settings(table.paper, &text, &settings));
        }
    }
    findings
}

fn check_table(table: &Table, text: &str, functions: &BTreeSet<String>) -> Vec<String> {
    let rows: Vec<Vec<&str>> = text.lines().filter(|line| line.starts_with("| ")).map(cells).collect();
    let mut findings = Vec::new();
    for id in table.ids.clone().map(table.id) {
        match rows.iter().filter(|row| row[0] == id).collect::<Vec<_>>()[..] {
            [row] => findings.extend(
                missing_tests(row[row.len() - 1], functions).map(|why| format!("{}: {id}: {why}", table.paper)),
            ),
            ref found => findings.push(format!("{}: {id} has {} rows, not one", table.paper, found.len())),
        }
    }
    findings
}

fn cells(line: &str) -> Vec<&str> {
    line.trim().trim_matches('|').split(" | ").map(str::trim).collect()
}

/// Says what is wrong with a cell of tests; "not yet" is an honest answer.
fn missing_tests(cell: &str, functions: &BTreeSet<String>) -> Option<String> {
    if cell.starts_with("not yet") {
        return None;
    }
    let tests = spans(cell);
    if tests.is_empty() {
        return Some("names no test and does not say \"not yet\"".to_owned());
    }
    let gone = tests.iter().find(|test| !is_path(test) && !functions.contains(**test))?;
    Some(format!("there is no test `{gone}`"))
}

/// The third cell names keys of the business document: `policy.hot.min_criteria`.
fn check_settings(paper: &str, text: &str, document: &str) -> Vec<String> {
    let words: BTreeSet<&str> = document.split(|sign: char| !sign.is_alphanumeric() && sign != '_').collect();
    let rows = text.lines().filter(|line| line.starts_with("| S")).map(cells).filter(|row| row.len() == 5);
    let keys = rows.flat_map(|row| spans(row[2]).into_iter().map(move |key| (row[0], key)));
    keys.filter(|(_, key)| {
        !is_path(key) && !key.split(['.', '[', ']']).all(|part| part.is_empty() || words.contains(part))
    })
    .map(|(id, key)| format!("{paper}: {id}: the business document has no `{key}`"))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Table = Table { paper: "x.md", id: |number| format!("F{number:02}"), ids: 1..=2 };

    fn known() -> BTreeSet<String> {
        BTreeSet::from(["fault_f01_same_webhook_twice".to_owned()])
    }

    #[test]
    fn a_path_that_is_gone_is_found() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("docs")).unwrap();
        let check = |text| find_missing_paths("a.md", text, folder.path(), folder.path()).len();
        assert_eq!(check("see `docs/gone.md`"), 1);
        assert_eq!(check("see `engine/turn.rs`"), 1);
        assert_eq!(check("see [gone](gone.md#part)"), 1);
        assert_eq!(
            check("`docs/` `/hook/{business}` `docs/NNNN-*.md` [site](https://example.org/x) `data/nochnik.db`"),
            0
        );
    }

    #[test]
    fn a_missing_row_a_second_row_and_an_unknown_test_are_found() {
        let whole = "| F01 | twice | `fault_f01_same_webhook_twice` |\n| F02 | at once | not yet |";
        assert_eq!(check_table(&SMALL, whole, &known()), [""; 0]);
        assert_eq!(check_table(&SMALL, &whole.replace("F02", "F01"), &known()).len(), 2);
        assert_eq!(check_table(&SMALL, &whole.replace("fault_f01", "fault_f09"), &known()).len(), 1);
        assert_eq!(check_table(&SMALL, &whole.replace("not yet", "surely"), &known()).len(), 1);
    }

    #[test]
    fn an_unknown_setting_is_found() {
        let row = "| S1 | hot | `policy.hot.min_criteria` | — | not yet |";
        assert_eq!(check_settings("x.md", row, "policy hot min_criteria"), [""; 0]);
        assert_eq!(check_settings("x.md", row, "policy hot").len(), 1);
    }
}
