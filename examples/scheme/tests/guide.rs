//! The guide points at code that is there.

use std::path::Path;

#[test]
fn every_link_of_the_guide_leads_to_what_it_names() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = include_str!("../README.md").replace('\n', " ");
    let mut links = 0;
    for (at, _) in guide.match_indices("](src/") {
        let (before, after) = (&guide[..at], &guide[at + 2..]);
        let file = &after[..after.find(')').unwrap()];
        let text = std::fs::read_to_string(package.join(file));
        let text = text.unwrap_or_else(|error| panic!("{file}: {error}"));
        let name = before[before.rfind('[').unwrap() + 1..].trim_matches('`');
        assert!(text.contains(name), "{file} has no `{name}`");
        links += 1;
    }
    assert!(links > 30, "{links} links");
}
