//! What compaction gains, and what it costs.
//!
//! Builds a heap of small objects, drops nine random ones out of ten, and compacts. Prints how full the
//! blocks are before and after, what a fresh heap with the same objects needs, and how long the move takes
//! beside a plain copy of the same bytes.
//!
//! ```sh
//! cargo run --release -p gc-core --example compaction             # 64 MiB of objects
//! cargo run --release -p gc-core --example compaction -- 1024     # 1 GiB
//! ```

use std::time::Instant;

use gc_core::stats::Phase;
use gc_core::{Config, Gc, GcCell, GcVec, Heap, Mutation, Trace};

/// A node of 48 bytes, header included.
#[derive(Trace)]
struct Node<'gc> {
    number: u64,
    text: Gc<'gc, str>,
    next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
}

#[derive(Trace)]
struct World<'gc> {
    nodes: GcCell<Gc<'gc, GcVec<'gc, Option<Gc<'gc, Node<'gc>>>>>>,
}

/// xorshift64*: Vigna, 2016.
fn random(state: &mut u64) -> u64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    state.wrapping_mul(0x2545_f491_4f6c_dd1d)
}

fn node<'gc>(mc: &Mutation<'gc>, number: u64, next: Option<Gc<'gc, Node<'gc>>>) -> Gc<'gc, Node<'gc>> {
    // A number of digits that varies, so that not all holes have one size.
    let text = Gc::from_str(mc, &number.wrapping_mul(0x9e37_79b9).to_string());
    Gc::new(mc, Node { number, text, next: GcCell::new(next) })
}

/// A heap with `count` nodes, of which those are kept whose number `keep` says.
fn grown(count: u64, keep: impl Fn(u64) -> bool) -> Heap<World<'static>> {
    let config = Config::default().retain_free(0);
    let mut heap = Heap::<World>::with_config(config, |mc| World { nodes: GcCell::new(Gc::new(mc, GcVec::new(mc))) });
    for first in (0..count).step_by(1000) {
        heap.mutate(|mc, world| {
            let nodes = world.nodes.get();
            for number in (first..count.min(first + 1000)).filter(|&number| keep(number)) {
                let last = nodes.iter().next_back().flatten();
                nodes.push(mc, Some(node(mc, number, last)));
            }
        });
    }
    heap
}

fn main() {
    let mib: u64 = std::env::args().nth(1).map_or(64, |arg| arg.parse().expect("a number of MiB"));
    // A node with its text takes 80 bytes, and 8 in the vector.
    let count = (mib << 20) / 88;
    let keep = |number: u64| {
        let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        random(&mut state).is_multiple_of(10)
    };

    let mut heap = grown(count, |_| true);
    heap.mutate(|mc, world| {
        let all = world.nodes.get();
        let kept = Gc::new(mc, GcVec::new(mc));
        for node in all.iter().flatten().filter(|node| keep(node.number)) {
            let last = kept.iter().next_back().flatten();
            node.write(mc, |n| &n.next).set(last);
            kept.push(mc, Some(node));
        }
        world.write(mc, |w| &w.nodes).set(kept);
    });
    heap.collect();
    let before = (heap.occupancy(), heap.stats());
    let start = Instant::now();
    let compacted = heap.compact();
    let whole = start.elapsed();
    let after = (heap.occupancy(), heap.stats());

    println!("{compacted}\n");
    let times = |phase| (after.1.time[phase] - before.1.time[phase]) as f64 / 1e6;
    let moving = times(Phase::Evacuate) + times(Phase::Relocate);
    println!("compact() took {:.1} ms, of which the move {moving:.1} ms", whole.as_secs_f64() * 1e3);
    println!("    (evacuate {:.1} ms, relocate {:.1} ms)", times(Phase::Evacuate), times(Phase::Relocate));
    let live = after.1.live_bytes;
    let copy = copy_time(compacted.moved_bytes as usize);
    println!("a plain copy of the bytes moved takes {copy:.1} ms: the move is {:.2} times that", moving / copy);
    println!("per GiB of live objects the move takes {:.0} ms", moving / live as f64 * (1_u64 << 30) as f64);

    let fresh = grown(count, keep).stats();
    let mib = |bytes: usize| bytes as f64 / (1 << 20) as f64;
    println!(
        "\nresident: {:.1} MiB before, {:.1} MiB after; {:.1} MiB in a fresh heap ({:+.1} %)",
        mib(before.1.resident_bytes),
        mib(after.1.resident_bytes),
        mib(fresh.resident_bytes),
        (after.1.resident_bytes as f64 / fresh.resident_bytes as f64 - 1.0) * 100.0
    );
    let picture = |name: &str, occupancy: &gc_core::stats::Occupancy| {
        let text = occupancy.to_string();
        let lines: Vec<&str> = text.lines().collect();
        println!("\n{name}, a line for each chunk of 4 MiB (of {}):", lines.len() - 1);
        lines[..lines.len() - 1].iter().take(60).for_each(|line| println!("    {line}"));
        println!("    {}", lines[lines.len() - 1]);
    };
    picture("before", &before.0);
    picture("after", &after.0);
    heap.mutate(|_, world| {
        let mut kept = (0..count).filter(|&number| keep(number));
        assert!(world.nodes.get().iter().flatten().all(|node| Some(node.number) == kept.next()));
    });
}

/// Milliseconds for copying as many bytes into fresh memory that has been touched.
fn copy_time(bytes: usize) -> f64 {
    let from = vec![1_u8; bytes];
    let mut to = vec![0_u8; bytes];
    let times = (0..5).map(|_| {
        let start = Instant::now();
        to.copy_from_slice(std::hint::black_box(&from));
        std::hint::black_box(&to);
        start.elapsed().as_secs_f64() * 1e3
    });
    times.fold(f64::INFINITY, f64::min)
}
