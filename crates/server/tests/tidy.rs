//! Keeps the house in order: the floors of docs/architecture.md, the papers in docs/, and the words
//! that may not stand in this repository. Each check is a function from text to findings, and each
//! proves on a small bad example that it can fail.

#[path = "tidy/decisions.rs"]
mod decisions;
#[path = "tidy/dependencies.rs"]
mod dependencies;
#[path = "tidy/floors.rs"]
mod floors;
#[path = "tidy/modules.rs"]
mod modules;
#[path = "tidy/papers.rs"]
mod papers;
#[path = "tidy/repository.rs"]
mod repository;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/tokens.rs"]
mod tokens;
#[path = "tidy/words.rs"]
mod words;

/// Fails with one finding a line, so that a newcomer sees every place to mend at once.
#[track_caller]
fn assert_tidy(findings: Vec<String>) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn every_crate_keeps_to_its_floor() {
    assert_tidy(floors::check_repository());
}

#[test]
fn every_source_file_is_reached_by_a_mod_line() {
    assert_tidy(modules::check_repository());
}

#[test]
fn sql_stands_in_store_only() {
    assert_tidy(words::check_sql());
}

#[test]
fn vendors_are_named_in_adapters_only() {
    assert_tidy(words::check_vendors());
}

#[test]
fn no_file_names_the_place_it_was_written_in() {
    assert_tidy(words::check_workplace());
}

#[test]
fn every_path_the_papers_name_exists() {
    assert_tidy(papers::check_paths());
}

#[test]
fn the_tables_are_whole_and_name_real_tests() {
    assert_tidy(papers::check_tables());
}

#[test]
fn every_decision_has_its_five_parts() {
    assert_tidy(decisions::check_repository());
}

#[test]
fn no_dependency_is_one_that_deny_toml_forbids() {
    assert_tidy(dependencies::check_repository());
}
