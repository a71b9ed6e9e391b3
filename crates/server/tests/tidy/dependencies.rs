//! Holds Cargo.lock to the bans of deny.toml at every check; cargo-deny itself is needed only for
//! licences and sources.

use crate::repository;

/// A crate that may not be here: at all, or below a version.
struct Ban {
    name: String,
    below: Option<String>,
}

pub fn check_repository() -> Vec<String> {
    let read = |name: &str| repository::text(&repository::root().join(name)).unwrap_or_default();
    check(&read("deny.toml"), &read("Cargo.lock"))
}

fn check(deny: &str, lock: &str) -> Vec<String> {
    let bans = bans(deny);
    let mut findings: Vec<String> = packages(lock)
        .iter()
        .filter(|(name, version)| bans.iter().any(|ban| ban.name == *name && is_banned(ban, version)))
        .map(|(name, version)| format!("Cargo.lock: deny.toml forbids {name} {version}"))
        .collect();
    if bans.is_empty() {
        findings.push("deny.toml: bans nothing".to_owned());
    }
    findings
}

fn bans(deny: &str) -> Vec<Ban> {
    let deny: toml::Table = deny.parse().expect("deny.toml is TOML");
    let entries = deny.get("bans").and_then(|bans| bans.get("deny")).and_then(toml::Value::as_array);
    entries
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.get("crate")?.as_str())
        .map(|spec| match spec.split_once(":<") {
            Some((name, below)) => Ban { name: name.to_owned(), below: Some(below.to_owned()) },
            None => Ban { name: spec.to_owned(), below: None },
        })
        .collect()
}

fn packages(lock: &str) -> Vec<(String, String)> {
    let lock: toml::Table = lock.parse().expect("Cargo.lock is TOML");
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let word = |package: &toml::Value, key: &str| Some(package.get(key)?.as_str()?.to_owned());
    packages
        .into_iter()
        .flatten()
        .filter_map(|package| Some((word(package, "name")?, word(package, "version")?)))
        .collect()
}

fn is_banned(ban: &Ban, version: &str) -> bool {
    ban.below.as_deref().is_none_or(|below| numbers(version) < numbers(below))
}

/// `0.39.1+3.54` as numbers; what is no number ends them.
fn numbers(version: &str) -> Vec<u64> {
    version.split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENY: &str = "[bans]\ndeny = [{ crate = \"openssl-sys\" }, { crate = \"bytes:<1.11.1\" }]";

    fn lock(name: &str, version: &str) -> String {
        format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n")
    }

    #[test]
    fn a_forbidden_crate_and_an_old_version_are_found() {
        for (name, version) in [("openssl-sys", "0.9.1"), ("bytes", "1.11.0"), ("bytes", "1.9.9")] {
            assert_eq!(check(DENY, &lock(name, version)).len(), 1, "{name} {version}");
        }
        for (name, version) in [("bytes", "1.11.1"), ("bytes", "1.12.0"), ("bytestring", "1.0.0")] {
            assert_eq!(check(DENY, &lock(name, version)).len(), 0, "{name} {version}");
        }
        assert_eq!(check("", &lock("bytes", "1.11.1")).len(), 1);
    }
}
