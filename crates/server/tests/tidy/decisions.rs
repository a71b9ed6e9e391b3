//! A decision is a page of five parts, numbered without gaps, so that it can be found and weighed.

use crate::repository;

const PARTS: [&str; 5] = ["Question", "Decision", "Why", "Cost", "When to look again"];
/// A page.
const LINES_MAX: usize = 60;

pub fn check_repository() -> Vec<String> {
    let files = repository::files_of(&repository::root().join("docs/decisions"), "md");
    let pages: Vec<(String, String)> =
        files.iter().map(|path| (repository::name(path), repository::text(path).unwrap_or_default())).collect();
    let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    let mut findings = check_numbers(&names);
    findings.extend(pages.iter().flat_map(|(name, text)| check_page(name, text)));
    findings
}

fn check_numbers(names: &[&str]) -> Vec<String> {
    let is_due = |(at, name): &(usize, &&str)| {
        let file = name.rsplit('/').next().unwrap_or_default();
        !file.starts_with(&format!("{:04}-", at + 1))
    };
    names
        .iter()
        .enumerate()
        .filter(is_due)
        .map(|(at, name)| format!("{name}: number {:04} is due here", at + 1))
        .collect()
}

fn check_page(name: &str, text: &str) -> Vec<String> {
    let headings: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let mut findings = Vec::new();
    if headings != PARTS {
        findings.push(format!("{name}: has the parts {headings:?}, not {PARTS:?}"));
    }
    if text.lines().count() > LINES_MAX {
        findings.push(format!("{name}: is longer than a page of {LINES_MAX} lines"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_part_a_gap_and_a_long_page_are_found() {
        let whole = PARTS.map(|part| format!("## {part}\n\nText.\n")).join("\n");
        assert_eq!(check_page("a.md", &whole), [""; 0]);
        assert_eq!(check_page("a.md", &whole.replace("## Cost", "## Price")).len(), 1);
        assert_eq!(check_page("a.md", &(whole + &"\n".repeat(LINES_MAX))).len(), 1);
        assert_eq!(check_numbers(&["docs/decisions/0001-a.md", "docs/decisions/0003-b.md"]).len(), 1);
        assert_eq!(check_numbers(&["docs/decisions/0001-a.md", "docs/decisions/0002-b.md"]).len(), 0);
    }
}
