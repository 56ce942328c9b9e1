//! Micro-benchmarks of the smallest steps: allocate, read, write, root, upgrade, mark.
//!
//! `cargo bench -p gc-benches`. They are for comparing gc-core with itself, before and after a change;
//! with other collectors, the laboratory (`cargo run --release -p gc-benches`) is the fairer judge, since
//! here all share one process and one allocator (the system's).

mod on_gc_arena;
mod on_gc_core;
mod on_rc;

use criterion::{Bencher, Criterion, criterion_group, criterion_main};

/// How many objects one iteration allocates, reads, or writes to: the figures are for as many.
const OBJECTS: usize = 1000;

/// How many objects are marked.
const MARKED: usize = 100_000;

type Step = (&'static str, fn(&mut Bencher<'_>));

fn group(criterion: &mut Criterion, name: &str, steps: &[Step]) {
    let mut group = criterion.benchmark_group(name);
    for (collector, step) in steps {
        group.bench_function(*collector, step);
    }
    group.finish();
}

fn allocate(criterion: &mut Criterion) {
    let steps: &[Step] =
        &[("gc-core", on_gc_core::allocate), ("gc-arena", on_gc_arena::allocate), ("Rc", on_rc::allocate)];
    group(criterion, "allocate 1000 dead objects of 32 bytes", steps);
}

fn read(criterion: &mut Criterion) {
    let steps: &[Step] = &[("gc-core", on_gc_core::read), ("gc-arena", on_gc_arena::read), ("Rc", on_rc::read)];
    group(criterion, "read along a list of 1000", steps);
}

fn write(criterion: &mut Criterion) {
    let steps: &[Step] = &[("gc-core", on_gc_core::write), ("gc-arena", on_gc_arena::write), ("Rc", on_rc::write)];
    group(criterion, "write 1000 pointers, barrier untaken", steps);
}

fn root(criterion: &mut Criterion) {
    let steps: &[Step] = &[("gc-core", on_gc_core::root), ("gc-arena", on_gc_arena::root), ("Rc", on_rc::root)];
    group(criterion, "make and drop a root", steps);
}

fn upgrade(criterion: &mut Criterion) {
    let steps: &[Step] =
        &[("gc-core", on_gc_core::upgrade), ("gc-arena", on_gc_arena::upgrade), ("Rc", on_rc::upgrade)];
    group(criterion, "upgrade a weak pointer", steps);
}

fn mark(criterion: &mut Criterion) {
    let steps: &[Step] = &[("gc-core", on_gc_core::mark), ("gc-arena", on_gc_arena::mark)];
    group(criterion, "collect with 100,000 live objects", steps);
}

criterion_group!(steps, allocate, read, write, root, upgrade, mark);
criterion_main!(steps);
