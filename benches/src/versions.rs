//! Versions of what was measured, as the lock file had them when this was built.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;

const LOCK: &str = include_str!("../../Cargo.lock");

/// The packages whose versions matter to a reader.
const PACKAGES: [&str; 10] =
    ["boa_gc", "bumpalo", "dumpster", "gc", "gc-arena", "gc-benches", "gc-core", "gc-scheme", "mimalloc", "steel-core"];

/// Name to version.
pub(crate) fn all() -> BTreeMap<String, String> {
    let version = |name: &str| Some((name.to_owned(), version(LOCK, name)?.to_owned()));
    PACKAGES.into_iter().filter_map(version).collect()
}

fn version<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let after = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?.1;
    after.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_by_whole_names() {
        let lock = "[[package]]\nname = \"gc-arena\"\nversion = \"0.7.0\"\n\n[[package]]\nname = \"gc\"\nversion = \"0.5.1\"\n";
        assert_eq!(version(lock, "gc"), Some("0.5.1"));
        assert_eq!(version(lock, "gc-arena"), Some("0.7.0"));
        assert_eq!(version(lock, "arena"), None);
        assert_eq!(all()["gc-benches"], env!("CARGO_PKG_VERSION"));
    }
}
