//! The page of made-up results, as text.

mod fixture;

use std::path::Path;

#[test]
fn the_page_is_written_whole() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let results = fixture::results();
    results.write_page(folder.join("page.html")).unwrap();
    results.write_json(folder.join("page.json")).unwrap();
    results.write_perfetto(folder.join("page.trace.json")).unwrap();
}
