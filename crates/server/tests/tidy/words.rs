//! Words that may stand in one place only, or in none.

use std::path::Path;

use crate::modules::{self, Reached};
use crate::repository;
use crate::source::Found;

pub fn check_sql() -> Vec<String> {
    product_outside("store").iter().flat_map(|file| find_sql(&name(file), &file.source.strings)).collect()
}

pub fn check_vendors() -> Vec<String> {
    let vendors = vendors(&repository::root().join("crates/adapters/src"));
    product_outside("adapters")
        .iter()
        .flat_map(|file| find_vendors(&name(file), &file.source.paths, &vendors))
        .collect()
}

pub fn check_workplace() -> Vec<String> {
    let files = repository::files(&repository::root());
    let mut findings: Vec<String> = files
        .iter()
        .filter_map(|path| Some((repository::name(path), repository::text(path)?)))
        .flat_map(|(place, text)| find_workplace(&place, &text))
        .collect();
    let locks = files.iter().filter(|path| path.ends_with("package-lock.json"));
    findings.extend(
        locks
            .filter(|lock| repository::text(lock).is_some_and(|text| text.contains("\"resolved\"")))
            .map(|lock| format!("{}: names the registry it was made from; see e2e/.npmrc", repository::name(lock))),
    );
    findings
}

fn product_outside(floor: &str) -> Vec<Reached> {
    let folders = repository::crates().into_iter().filter(|folder| !folder.ends_with(floor));
    folders.flat_map(|folder| modules::product(&folder)).collect()
}

fn name(file: &Reached) -> String {
    repository::name(&file.path)
}

fn find_sql(place: &str, strings: &[Found]) -> Vec<String> {
    strings
        .iter()
        .filter(|found| is_sql(&found.text))
        .map(|found| format!("{place}:{}: SQL belongs to crates/store", found.line))
        .collect()
}

fn is_sql(literal: &str) -> bool {
    let text = literal.trim_start_matches([' ', '\n', '\\']).to_lowercase();
    text.starts_with("select ")
        || text.contains("insert into ")
        || text.contains("delete from ")
        || (text.contains("update ") && text.contains(" set "))
        || (text.contains("create ") && text.contains(" table "))
}

/// Lists the vendors as the tree has them: `channels::telegram`, `crm::bitrix24`.
fn vendors(adapters: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for family in ["channels", "crm", "means", "model"] {
        let files = repository::files_of(&adapters.join(family), "rs");
        for part in files.iter().filter_map(|file| file.strip_prefix(adapters.join(family)).ok()?.iter().next()) {
            let vendor = part.to_string_lossy().trim_end_matches(".rs").to_owned();
            if vendor != "mod" {
                found.push(format!("{family}::{vendor}"));
            }
        }
    }
    found.dedup();
    found
}

fn find_vendors(place: &str, paths: &[Found], vendors: &[String]) -> Vec<String> {
    let names_one = |path: &str| {
        let rest = path.strip_prefix("nochnik_adapters::");
        rest.is_some_and(|rest| vendors.iter().any(|vendor| rest == vendor || rest.starts_with(&format!("{vendor}::"))))
    };
    paths
        .iter()
        .filter(|found| names_one(&found.text))
        .map(|found| format!("{place}:{}: only crates/adapters names a vendor, `{}`", found.line, found.text))
        .collect()
}

/// A repository is read by people who have none of our folders.
fn find_workplace(place: &str, text: &str) -> Vec<String> {
    let words =
        [concat!("/wo", "rk/"), concat!("../sha", "red/"), concat!("farm-", "bench"), concat!("farm-", "studio")];
    let mut findings = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for word in words.iter().filter(|word| begins_a_path(line, word)) {
            findings.push(format!("{place}:{}: names a place of the workshop, `{word}`", at + 1));
        }
    }
    findings
}

/// `/x/` counts at the beginning of a path, not in the middle of another one.
fn begins_a_path(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || "_-.}".contains(before))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source;

    #[test]
    fn sql_is_seen_in_any_dress() {
        for bad in
            [r##"r#"select id from x"#"##, "\"INSERT INTO x values (1)\"", "\"\n  Select 1\"", "\"update x set y = 1\""]
        {
            let source = source::read(&format!("fn f() {{ go({bad}) }}"));
            assert_eq!(find_sql("x.rs", &source.strings), ["x.rs:1: SQL belongs to crates/store"], "{bad}");
        }
        let fine = source::read("fn f() { say(\"please select a time\", \"update failed\") }");
        assert_eq!(find_sql("x.rs", &fine.strings), [""; 0]);
    }

    #[test]
    fn a_vendor_named_outside_adapters_is_found() {
        let vendors = ["channels::telegram".to_owned()];
        let bad = source::read("use nochnik_adapters::channels::{open, telegram::Telegram};");
        assert_eq!(find_vendors("x.rs", &bad.paths, &vendors).len(), 1);
        let fine = source::read("use nochnik_adapters::channels::{open, telegraph};");
        assert_eq!(find_vendors("x.rs", &fine.paths, &vendors).len(), 0);
    }

    #[test]
    fn vendors_are_read_from_the_tree() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["channels/mod.rs", "channels/max.rs", "crm/bitrix24/mod.rs", "crm/bitrix24/card.rs"] {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        assert_eq!(vendors(folder.path()), ["channels::max", "crm::bitrix24"]);
    }

    #[test]
    fn a_path_of_the_workshop_is_found() {
        let bad = format!("cp {}wt/x .\nfine", concat!("/wo", "rk/"));
        assert_eq!(find_workplace("x.md", &bad).len(), 1);
        assert_eq!(find_workplace("x.md", "https://example.org/our/work/of/art"), [""; 0]);
    }
}
