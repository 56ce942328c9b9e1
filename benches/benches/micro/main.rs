//! Micro-benchmarks: one group for each question, each with a peer or the bound beside it.
//!
//! `cargo bench -p gc-benches`, or `cargo bench -p gc-benches -- allocate` for one group. They are for comparing gc-core
//! with itself, before and after a change; with other collectors the laboratory (`cargo run --release -p gc-benches`)
//! is the fairer judge, since here all share one process and one allocator (the system's).

mod on_bounds;
#[cfg(feature = "peers")]
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
    let steps: &[Step] = &[
        ("gc-core", on_gc_core::allocate),
        #[cfg(feature = "peers")]
        ("gc-arena", on_gc_arena::allocate),
        ("Rc", on_rc::allocate),
        ("bound: a pointer moved through 32 KB", on_bounds::allocate),
    ];
    group(criterion, "allocate 1000 dead objects of 32 bytes", steps);
}

fn read(criterion: &mut Criterion) {
    let steps: &[Step] = &[
        ("gc-core", on_gc_core::read),
        #[cfg(feature = "peers")]
        ("gc-arena", on_gc_arena::read),
        ("Rc", on_rc::read),
        ("bound: references", on_bounds::read),
    ];
    group(criterion, "read along a list of 1000", steps);
}

fn write(criterion: &mut Criterion) {
    let steps: &[Step] = &[
        ("gc-core", on_gc_core::write),
        #[cfg(feature = "peers")]
        ("gc-arena", on_gc_arena::write),
        ("Rc", on_rc::write),
        ("bound: plain stores", on_bounds::write),
    ];
    group(criterion, "write 1000 pointers, barrier untaken", steps);
}

fn write_old(criterion: &mut Criterion) {
    let steps: &[Step] = &[("gc-core", on_gc_core::write_old), ("bound: plain stores", on_bounds::write)];
    group(criterion, "write 1000 pointers into old objects, and collect what is young", steps);
}

fn root(criterion: &mut Criterion) {
    let steps: &[Step] = &[
        ("gc-core", on_gc_core::root),
        #[cfg(feature = "peers")]
        ("gc-arena", on_gc_arena::root),
        ("Rc", on_rc::root),
    ];
    group(criterion, "clone and drop a root", steps);
}

fn upgrade(criterion: &mut Criterion) {
    let steps: &[Step] = &[
        ("gc-core", on_gc_core::upgrade),
        #[cfg(feature = "peers")]
        ("gc-arena", on_gc_arena::upgrade),
        ("Rc", on_rc::upgrade),
    ];
    group(criterion, "upgrade a weak pointer", steps);
}

fn mark(criterion: &mut Criterion) {
    let steps: &[Step] = &[
        ("gc-core", on_gc_core::mark),
        #[cfg(feature = "peers")]
        ("gc-arena", on_gc_arena::mark),
        ("bound: going along the references", on_bounds::mark),
    ];
    group(criterion, "collect with 100,000 live objects", steps);
}

fn cells(criterion: &mut Criterion) {
    let steps: &[Step] = &[
        ("GcCell, get and set", on_gc_core::cell),
        ("GcRefCell, borrow_mut", on_gc_core::ref_cell),
        ("GcOnceCell, get", on_gc_core::once_cell),
        #[cfg(feature = "peers")]
        ("gc-arena's Lock, get and set", on_gc_arena::lock),
        #[cfg(feature = "peers")]
        ("gc-arena's RefLock, borrow_mut", on_gc_arena::ref_lock),
        ("bound: Cell, get and set", on_bounds::cell),
        ("bound: RefCell, borrow_mut", on_bounds::ref_cell),
    ];
    group(criterion, "change the number in 1000 cells", steps);
}

fn vec_push(criterion: &mut Criterion) {
    let steps: &[Step] = &[("GcVec", on_gc_core::vec_push), ("bound: Vec", on_bounds::vec_push)];
    group(criterion, "push 1000 pointers", steps);
}

fn vec_get(criterion: &mut Criterion) {
    let steps: &[Step] = &[("GcVec", on_gc_core::vec_get), ("bound: Vec", on_bounds::vec_get)];
    group(criterion, "get 1000 elements at random of 100,000", steps);
}

fn vec_set(criterion: &mut Criterion) {
    let steps: &[Step] = &[("GcVec", on_gc_core::vec_set), ("bound: Vec", on_bounds::vec_set)];
    group(criterion, "set 1000 elements at random of 100,000", steps);
}

fn vec_iter(criterion: &mut Criterion) {
    let steps: &[Step] = &[("GcVec", on_gc_core::vec_iter), ("bound: Vec", on_bounds::vec_iter)];
    group(criterion, "sum 100,000 elements", steps);
}

fn map_insert(criterion: &mut Criterion) {
    let steps: &[Step] = &[("GcMap", on_gc_core::map_insert), ("bound: HashMap", on_bounds::map_insert)];
    group(criterion, "insert 1000 keys into an empty map", steps);
}

fn map_get(criterion: &mut Criterion) {
    let steps: &[Step] = &[("GcMap", on_gc_core::map_get), ("bound: HashMap", on_bounds::map_get)];
    group(criterion, "get 1000 keys of 100,000", steps);
}

criterion_group!(steps, allocate, read, write, write_old, root, upgrade, mark, cells);
criterion_group!(collections, vec_push, vec_get, vec_set, vec_iter, map_insert, map_get);
criterion_main!(steps, collections);
