//! A heap whose memory lies far apart, because the program has mapped terabytes between two of its parts.
#![cfg(all(target_os = "linux", target_pointer_width = "64"))]

use gc_core::{Config, Gc, GcCell, GcRefCell, Heap, Root, Trace};

/// Takes so many bytes of address space, for good.
fn take_address_space(bytes: usize) -> bool {
    use core::ffi::{c_int, c_long, c_void};
    // SAFETY: declared as the C library of every Linux with 64 bits does.
    unsafe extern "C" {
        fn mmap(at: *mut c_void, len: usize, prot: c_int, flags: c_int, file: c_int, offset: c_long) -> *mut c_void;
    }
    const PRIVATE_ANONYMOUS_NORESERVE: c_int = 0x2 | 0x20 | 0x4000;
    // SAFETY: nobody has the memory, which cannot even be read.
    let start = unsafe { mmap(core::ptr::null_mut(), bytes, 0, PRIVATE_ANONYMOUS_NORESERVE, -1, 0) };
    start.addr() != usize::MAX
}

#[derive(Trace)]
struct Pair<'gc> {
    id: u64,
    other: GcCell<Option<Gc<'gc, Pair<'gc>>>>,
}

type Pairs<'gc> = GcRefCell<Vec<Gc<'gc, Pair<'gc>>>>;

/// Adds some pairs.
fn add(heap: &mut Heap<Pairs<'static>>, count: usize) {
    for _ in 0..count / 1000 {
        heap.mutate(|mc, pairs| {
            let mut pairs = pairs.borrow_mut(mc);
            for _ in 0..1000 {
                let id = pairs.len() as u64;
                pairs.push(Gc::new(mc, Pair { id, other: GcCell::new(None) }));
            }
        });
    }
}

#[test]
fn pointers_follow_where_blocks_are_filled_that_lie_far_apart() {
    let mut heap = Heap::<Pairs>::with_config(Config::default(), |_| GcRefCell::default());
    // Twenty chunks or so, which come in regions of sixteen at most.
    const MANY: usize = 2_600_000;
    add(&mut heap, MANY);
    if !take_address_space(2 << 40) {
        return;
    }
    add(&mut heap, MANY);
    let kept: Root<Pairs> = heap.mutate(|mc, pairs| {
        let all = core::mem::take(&mut *pairs.borrow_mut(mc));
        // Every eighth part of a chunk stays as it is, and of the rest every other pair: what stays names what moves.
        let (dense, sparse): (Vec<_>, Vec<_>) = all.into_iter().partition(|pair| pair.id / 16_384 % 8 == 0);
        let sparse: Vec<_> = sparse.into_iter().filter(|pair| pair.id % 2 == 0).collect();
        for (pair, &other) in dense.iter().zip(sparse.iter().rev()) {
            pair.write(mc, |pair| &pair.other).set(Some(other));
        }
        *pairs.borrow_mut(mc) = dense;
        Gc::new(mc, GcRefCell::new(sparse)).root(mc)
    });
    let expected: Vec<(u64, u64)> = heap.mutate(|_, pairs| {
        pairs.borrow().iter().map(|pair| (pair.id, pair.other.get().map_or(0, |other| other.id))).collect()
    });
    let addresses: Vec<usize> = heap.mutate(|mc, _| {
        kept.get(mc).borrow().iter().map(|pair| core::ptr::from_ref::<Pair<'_>>(pair).addr()).collect()
    });
    let (least, most) = (addresses.iter().min().unwrap(), addresses.iter().max().unwrap());
    assert!(most - least > 1 << 40, "the heap lies together");
    assert!(heap.compact().moved_objects > 0);
    heap.mutate(|_, pairs| {
        for (pair, &(id, other)) in pairs.borrow().iter().zip(&expected) {
            assert_eq!((pair.id, pair.other.get().map_or(0, |other| other.id)), (id, other));
        }
    });
}
