//! Walks a crate along its `mod` lines. A file that no line reaches is never compiled, and nobody
//! notices.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::repository;
use crate::source::{self, Module, Source};

/// A file on the way, and whether only tests get there.
pub struct Reached {
    pub path: PathBuf,
    pub source: Source,
    pub is_test: bool,
}

pub fn check_repository() -> Vec<String> {
    repository::crates().iter().flat_map(|folder| check_crate(folder)).collect()
}

fn check_crate(folder: &Path) -> Vec<String> {
    let reached: Vec<PathBuf> = reached(folder).into_iter().map(|file| file.path).collect();
    ["src", "tests", "examples", "benches"]
        .iter()
        .flat_map(|part| repository::files_of(&folder.join(part), "rs"))
        .filter(|file| !reached.contains(file))
        .map(|file| format!("{}: no mod line leads here", repository::name(&file)))
        .collect()
}

/// Lists the product's own files of a crate: what stands in `src` and is not under `#[cfg(test)]`.
pub fn product(folder: &Path) -> Vec<Reached> {
    let src = folder.join("src");
    reached(folder).into_iter().filter(|file| !file.is_test && file.path.starts_with(&src)).collect()
}

/// Lists every file that cargo compiles for a crate.
pub fn reached(folder: &Path) -> Vec<Reached> {
    let mut found: BTreeMap<PathBuf, Reached> = BTreeMap::new();
    let mut waiting: Vec<(PathBuf, bool, bool)> = entries(folder).into_iter().map(|path| (path, true, false)).collect();
    while let Some((path, is_entry, is_test)) = waiting.pop() {
        if found.contains_key(&path) || !path.is_file() {
            continue;
        }
        let text = repository::text(&path).unwrap_or_default();
        let source = source::read(&text);
        for module in &source.modules {
            let is_test = is_test || module.is_test;
            waiting.extend(places(&path, is_entry, module).into_iter().map(|place| (place, false, is_test)));
        }
        for name in &source.macro_names {
            let module = Module { inside: Vec::new(), name: name.clone(), path: None, is_test };
            waiting.extend(places(&path, is_entry, &module).into_iter().map(|place| (place, false, is_test)));
        }
        found.insert(path.clone(), Reached { path, source, is_test });
    }
    found.into_values().collect()
}

/// Lists what cargo compiles by itself: the library, the binaries, each test, example and bench.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.join("build.rs"), folder.join("src/lib.rs"), folder.join("src/main.rs")];
    for part in ["src/bin", "tests", "examples", "benches"] {
        let part = folder.join(part);
        found.extend(repository::files_of(&part, "rs").into_iter().filter(|path| {
            let is_direct = path.parent() == Some(&part);
            let is_main = path.ends_with("main.rs") && path.parent().and_then(Path::parent) == Some(&part);
            is_direct || is_main
        }));
    }
    found
}

/// Lists where the file of a module may stand.
fn places(declared_in: &Path, is_entry: bool, module: &Module) -> Vec<PathBuf> {
    let folder = declared_in.parent().unwrap_or(Path::new(""));
    if let Some(path) = &module.path {
        let place = folder.join(path);
        // Without its `..`, so that it is the file it is.
        return vec![place.canonicalize().unwrap_or(place)];
    }
    let stem = declared_in.file_stem().unwrap_or_default();
    let mut base = if is_entry || stem == "mod" { folder.to_owned() } else { folder.join(stem) };
    base.extend(&module.inside);
    vec![base.join(format!("{}.rs", module.name)), base.join(&module.name).join("mod.rs")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forgotten_file_is_found_and_a_listed_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let src = folder.path().join("src");
        std::fs::create_dir_all(src.join("channels")).unwrap();
        std::fs::write(src.join("lib.rs"), "mod step; mod channels;").unwrap();
        std::fs::write(src.join("step.rs"), "").unwrap();
        std::fs::write(src.join("channels/mod.rs"), "channels! { widget }").unwrap();
        std::fs::write(src.join("channels/widget.rs"), "").unwrap();
        std::fs::write(src.join("forgotten.rs"), "").unwrap();
        let findings = check_crate(folder.path());
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].contains("forgotten.rs"), "{findings:?}");
    }

    #[test]
    fn a_module_under_cfg_test_is_not_the_product() {
        let folder = tempfile::tempdir().unwrap();
        let src = folder.path().join("src");
        std::fs::create_dir_all(&src).unwrap();
        std::fs::write(src.join("lib.rs"), "mod real; #[cfg(test)] mod tests;").unwrap();
        std::fs::write(src.join("real.rs"), "").unwrap();
        std::fs::write(src.join("tests.rs"), "").unwrap();
        let product: Vec<_> = product(folder.path()).into_iter().map(|file| file.path).collect();
        assert_eq!(product, [src.join("lib.rs"), src.join("real.rs")]);
    }
}
