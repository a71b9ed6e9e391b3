//! The table of docs/architecture.md as data: who may know whom.

use std::path::Path;

use crate::source::Found;
use crate::{modules, repository};

struct Floor {
    name: &'static str,
    /// Crates of ours it may use.
    ours: &'static [&'static str],
    /// Crates from outside it never meets.
    never_crates: &'static [&'static str],
    /// Paths its product code never names; a path is meant with all below it.
    never_paths: &'static [&'static str],
}

const NETWORK: &[&str] = &["axum", "hyper", "reqwest", "tower", "tower-http"];
const DATABASES: &[&str] = &["deadpool-postgres", "refinery", "rusqlite", "sqlx", "tokio-postgres"];
const PURE_NEVER: &[&str] = &[
    "async-trait",
    "axum",
    "deadpool-postgres",
    "fastrand",
    "futures",
    "getrandom",
    "hyper",
    "rand",
    "refinery",
    "reqwest",
    "rusqlite",
    "sqlx",
    "tokio",
    "tokio-postgres",
    "tower",
];
/// The world outside a pure function: clock, files, network, environment, threads.
const PURE_PATHS: &[&str] = &[
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "tokio",
    "Timestamp::now",
    "Zoned::now",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
];
const VENDORS: &[&str] = &[
    "nochnik_adapters::channels",
    "nochnik_adapters::crm",
    "nochnik_adapters::means",
    "nochnik_adapters::model",
    "nochnik_adapters::http",
];

const FLOORS: &[Floor] = &[
    Floor { name: "nlu", ours: &[], never_crates: PURE_NEVER, never_paths: PURE_PATHS },
    Floor { name: "core", ours: &["nlu"], never_crates: PURE_NEVER, never_paths: PURE_PATHS },
    Floor { name: "store", ours: &["core"], never_crates: NETWORK, never_paths: &[] },
    Floor { name: "adapters", ours: &["core", "nlu"], never_crates: DATABASES, never_paths: &["axum"] },
    Floor {
        name: "engine",
        ours: &["core", "store", "adapters"],
        never_crates: &["axum", "clap", "reqwest", "rusqlite", "tokio-postgres", "toml"],
        never_paths: VENDORS,
    },
    Floor {
        name: "server",
        ours: &["nlu", "core", "store", "adapters", "engine"],
        never_crates: DATABASES,
        never_paths: &[],
    },
    Floor { name: "doubles", ours: &[], never_crates: DATABASES, never_paths: &[] },
];

/// Adapter families: a file of one never imports another.
const FAMILIES: [&str; 5] = ["channels", "crm", "means", "model", "speech"];

pub fn check_repository() -> Vec<String> {
    repository::crates().iter().flat_map(|folder| check_crate(folder)).collect()
}

fn check_crate(folder: &Path) -> Vec<String> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let Some(floor) = FLOORS.iter().find(|floor| floor.name == name) else {
        return vec![format!("crates/{name}: has no row in the table of floors")];
    };
    let manifest = repository::text(&folder.join("Cargo.toml")).unwrap_or_default();
    let mut findings = check_manifest(floor, &manifest);
    for file in modules::product(folder) {
        let place = repository::name(&file.path);
        findings.extend(check_paths(floor, &place, &file.source.paths));
        findings.extend(check_family(&place, &file.source.paths));
    }
    findings
}

/// Only what the product is built from: `dev-dependencies` may look anywhere.
fn check_manifest(floor: &Floor, manifest: &str) -> Vec<String> {
    let manifest: toml::Table = manifest.parse().expect("cargo has read this Cargo.toml already");
    let used: Vec<&String> = ["dependencies", "build-dependencies"]
        .iter()
        .filter_map(|part| manifest.get(*part)?.as_table())
        .flat_map(|table| table.keys())
        .collect();
    let upwards =
        used.iter().filter(|used| used.strip_prefix("nochnik-").is_some_and(|ours| !floor.ours.contains(&ours)));
    let foreign = used.iter().filter(|used| floor.never_crates.contains(&used.as_str()));
    upwards.chain(foreign).map(|used| format!("crates/{}/Cargo.toml: never meets `{used}`", floor.name)).collect()
}

fn check_paths(floor: &Floor, place: &str, paths: &[Found]) -> Vec<String> {
    let is_ours = |path: &str| {
        let first = path.split("::").next().unwrap_or_default();
        first.strip_prefix("nochnik_").is_none_or(|ours| ours == floor.name || floor.ours.contains(&ours))
    };
    paths
        .iter()
        .filter(|found| !is_ours(&found.text) || floor.never_paths.iter().any(|never| is_below(&found.text, never)))
        .map(|found| format!("{place}:{}: {} never meets `{}`", found.line, floor.name, found.text))
        .collect()
}

fn check_family(place: &str, paths: &[Found]) -> Vec<String> {
    let Some(family) = FAMILIES.iter().find(|family| place.contains(&format!("adapters/src/{family}/"))) else {
        return Vec::new();
    };
    let siblings = FAMILIES.iter().filter(|other| *other != family).map(|other| format!("crate::{other}"));
    let siblings: Vec<String> = siblings.collect();
    paths
        .iter()
        .filter(|found| siblings.iter().any(|sibling| is_below(&found.text, sibling)))
        .map(|found| format!("{place}:{}: a family never imports its sibling, `{}`", found.line, found.text))
        .collect()
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source;

    fn floor(name: &str) -> &'static Floor {
        FLOORS.iter().find(|floor| floor.name == name).expect("a floor of the table")
    }

    fn findings(name: &str, text: &str) -> Vec<String> {
        check_paths(floor(name), "x.rs", &source::read(text).paths)
    }

    #[test]
    fn a_dependency_that_looks_upward_is_found() {
        let bad = "[dependencies]\nnochnik-engine.workspace = true\nserde = \"1\"";
        assert_eq!(check_manifest(floor("store"), bad), ["crates/store/Cargo.toml: never meets `nochnik-engine`"]);
        assert_eq!(check_manifest(floor("store"), &bad.replace("engine", "core")), [""; 0]);
    }

    #[test]
    fn doubles_are_for_tests_only() {
        let product = "[dependencies]\nnochnik-doubles.workspace = true";
        assert_eq!(check_manifest(floor("server"), product).len(), 1);
        assert_eq!(check_manifest(floor("server"), &product.replace("[dep", "[dev-dep")).len(), 0);
    }

    #[test]
    fn a_pure_floor_meets_no_world() {
        assert_eq!(check_manifest(floor("core"), "[dependencies]\ntokio = \"1\"").len(), 1);
        for bad in
            ["use std::env;", "use std::{fs, io};", "fn f() { jiff::Timestamp::now(); }", "use tokio::time::sleep;"]
        {
            assert_eq!(findings("core", bad).len(), 1, "{bad}");
        }
        assert_eq!(findings("core", "use std::sync::Arc; use nochnik_nlu::Meaning; use std::environment;"), [""; 0]);
    }

    #[test]
    fn the_engine_knows_ports_and_no_vendor() {
        assert_eq!(findings("engine", "use nochnik_adapters::channels::telegram;").len(), 1);
        assert_eq!(findings("engine", "use nochnik_adapters::{Failure, ports::Channel};").len(), 0);
        assert_eq!(findings("adapters", "use nochnik_store::Store;").len(), 1);
    }

    #[test]
    fn a_family_does_not_import_its_sibling() {
        let bad = source::read("use crate::crm::memory;");
        assert_eq!(check_family("crates/adapters/src/channels/widget.rs", &bad.paths).len(), 1);
        assert_eq!(check_family("crates/adapters/src/crm/webhook.rs", &bad.paths).len(), 0);
    }
}
