//! A program measures its own heap: the laboratory's recorder, around a cache that a server might keep.
//!
//! The page, the results and the trace are written to `target/gc-lab` (or to the folder that is given). Compare two runs,
//! before and after a change, with `gc-benches compare`.
//!
//! ```sh
//! cargo run --release -p gc-core --features lab --example lab
//! ```

use std::path::PathBuf;

use gc_core::lab::Recorder;
use gc_core::{Gc, GcMap, Heap, Trace};

#[derive(Trace)]
struct Page<'gc> {
    address: Gc<'gc, str>,
    lines: Vec<Gc<'gc, str>>,
}

/// Renders a page, unless it is in the cache; one page in a hundred goes out of date and is rendered anew.
fn serve(heap: &mut Heap<GcMap<'static, u32, Gc<'static, Page<'static>>>>, request: u32) -> usize {
    heap.mutate(|mc, cache| {
        let key = request.wrapping_mul(2_654_435_761) % 5_000;
        if request.is_multiple_of(100) {
            cache.remove(mc, &key);
        }
        let page = cache.get(&key).unwrap_or_else(|| {
            let address = Gc::from_str(mc, &format!("/page/{key}"));
            let lines = (0..50).map(|line| Gc::from_str(mc, &format!("line {line} of {key}"))).collect();
            let page = Gc::new(mc, Page { address, lines });
            cache.insert(mc, key, page);
            page
        });
        // What is rendered for this request alone is garbage soon.
        let body: Vec<Gc<'_, str>> = page.lines.iter().map(|line| Gc::from_str(mc, &line.to_uppercase())).collect();
        page.address.len() + body.iter().map(|line| line.len()).sum::<usize>()
    })
}

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "target/gc-lab".to_owned()));
    std::fs::create_dir_all(&folder)?;
    let mut heap = Heap::<GcMap<'_, u32, Gc<'_, Page<'_>>>>::new(|mc| GcMap::new(mc));

    let recorder = Recorder::start(&mut heap, "page cache");
    let bytes: usize = (0..100_000).map(|request| serve(&mut heap, request)).sum();
    let results = recorder.finish(&mut heap);
    results.write_page(folder.join("index.html"))?;
    results.write_json(folder.join("results.json"))?;
    results.write_perfetto(folder.join("trace.json"))?;

    let round = &results.programs[0].series[0].rounds[0];
    println!("{bytes} bytes served in {} ms", round.wall_ns / 1_000_000);
    println!("{} pauses, the longest {} µs", round.pauses.count(), round.pauses.max().unwrap_or(0) / 1000);
    println!("{}", folder.join("index.html").display());
    assert!(round.pauses.count() > 0 && !round.collections.is_empty());
    Ok(())
}
