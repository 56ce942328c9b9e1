//! Slices and strings of all lengths and alignments, and allocations that fail.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use gc_core::{Config, Gc, GcRefCell, Heap, OutOfMemory, Static, Stress, Trace};

fn stressed() -> Config {
    Config::default().stress(Stress::all())
}

fn panics<T>(work: impl FnOnce() -> T) -> Option<String> {
    let payload = catch_unwind(AssertUnwindSafe(work)).err()?;
    Some(
        payload
            .downcast_ref::<&str>()
            .copied()
            .map(str::to_owned)
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_default(),
    )
}

struct Liar(usize, usize);
impl Iterator for Liar {
    type Item = u32;
    fn next(&mut self) -> Option<u32> {
        self.1 = self.1.checked_sub(1)?;
        Some(self.1 as u32)
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0, Some(self.0))
    }
}
impl ExactSizeIterator for Liar {}

/// Case 24.
#[test]
fn slices_do_not_believe_what_an_iterator_says() {
    let mut heap = Heap::<GcRefCell<Vec<Gc<'static, [u32]>>>>::with_config(stressed(), |_| GcRefCell::default());
    heap.mutate(|mc, root| {
        for (said, given) in [(0, 100), (100, 0), (5, 6), (6, 5), (1000, 3000), (3000, 1000)] {
            let slice = Gc::from_iter(mc, Liar(said, given));
            assert!((0..given as u32).rev().eq(slice.iter().copied()));
            root.borrow_mut(mc).push(slice);
        }
        // Half-way.
        let dropped = Rc::new(());
        let elements = (0..100).map(|n| if n < 50 { dropped.clone() } else { panic!("half-way") });
        assert!(panics(|| Gc::from_iter(mc, elements)).is_some());
        assert_eq!(Rc::strong_count(&dropped), 1);
        // Again into the heap, and into the very cell.
        let slice = Gc::from_iter(
            mc,
            (0..3000).map(|n| {
                root.borrow_mut(mc).push(Gc::from_fn(mc, n % 10, |n| n as u32));
                Gc::new(mc, n)
            }),
        );
        assert!((0..3000).eq(slice.iter().map(|gc| **gc)));
        assert_eq!(Gc::from_fn(mc, 3, |n| Gc::from_fn(mc, n, |n| n)).iter().map(|s| s.len()).sum::<usize>(), 3);
    });
    heap.collect();
    heap.mutate(|_, root| assert_eq!(root.borrow().len(), 3006));
}

#[derive(Clone, Copy, Trace)]
#[repr(align(64))]
struct Aligned(u8);
#[derive(Clone, Copy, Trace)]
#[repr(align(4096))]
struct PageAligned(u8);
#[derive(Clone, Copy, Trace)]
#[repr(align(32))]
struct Empty32;

/// Case 24.
#[test]
fn objects_are_aligned_as_their_types_say() {
    let mut heap =
        Heap::<GcRefCell<Vec<(Gc<'static, Aligned>, Gc<'static, PageAligned>, Gc<'static, [Aligned]>)>>>::with_config(
            stressed(),
            |_| GcRefCell::default(),
        );
    for round in 0..40_u8 {
        heap.mutate(|mc, root| {
            Gc::new(mc, [round; 3]);
            assert!(Gc::new(mc, Empty32).as_ptr().is_aligned());
            assert!(Gc::from_slice(mc, &[Empty32; 5]).as_ptr().cast::<Empty32>().is_aligned());
            let slice = Gc::from_slice(mc, &vec![Aligned(round); usize::from(round) * 9]);
            root.borrow_mut(mc).push((Gc::new(mc, Aligned(round)), Gc::new(mc, PageAligned(round)), slice));
            if round % 4 == 0 {
                root.borrow_mut(mc).swap_remove(usize::from(round) / 3 % 2);
            }
        });
    }
    heap.mutate(|_, root| {
        for (a, b, c) in root.borrow().iter() {
            assert!(a.as_ptr().is_aligned() && b.as_ptr().is_aligned() && c.as_ptr().cast::<Aligned>().is_aligned());
            assert!(a.0 == b.0 && c.iter().all(|c| c.0 == a.0) && c.len() == usize::from(a.0) * 9);
        }
    });
}

/// Case 24.
#[test]
fn slices_and_strings_of_impossible_lengths_are_refused() {
    let mut heap = Heap::<()>::with_config(Config::default().heap_limit(64 << 20), |_| ());
    heap.mutate(|mc, _| {
        // 5 GiB, without touching them: a mapping of zeros that no page stands behind.
        let huge = vec![0_u8; 5 << 30];
        let error = Gc::try_from_vec(mc, huge).unwrap_err();
        assert!(matches!(error.reason(), OutOfMemory::HeapLimit { requested, .. } if requested > 5 << 30));
        assert_eq!(error.into_inner().len(), 5 << 30);
        let units = vec![(); usize::MAX];
        let error = Gc::try_from_vec(mc, units).unwrap_err();
        assert!(matches!(error.reason(), OutOfMemory::SizeOverflow { elements: usize::MAX, element_bytes: 0 }));
        assert_eq!(Gc::from_slice(mc, &[(); 1 << 40]).len(), 1 << 40);
        assert_eq!(Gc::<'_, [u64]>::from_vec(mc, Vec::new()).len(), 0);
        assert_eq!(&*Gc::from_str(mc, ""), "");
        assert_eq!(&*Gc::from_str(mc, "ä€𝄞"), "ä€𝄞");
        assert!(panics(|| Gc::from_str(mc, &"ä€𝄞"[..1])).is_some());
    });
    heap.collect();
}

/// Case 31 in small, for what lies outside, and case 22: the value of a failed allocation is given back or dropped.
#[test]
fn what_could_not_be_allocated_is_dropped_once() {
    let dropped = Rc::new(());
    let mut heap = Heap::<()>::with_config(Config::default().heap_limit(64 << 10), |_| ());
    heap.mutate(|mc, _| {
        let value = || (Static(dropped.clone()), [0_u64; 1 << 14]);
        let value = Box::new(value());
        assert!(panics(|| Gc::new(mc, *value)).is_some());
        assert_eq!(Rc::strong_count(&dropped), 1);
        let elements = vec![dropped.clone(); 1 << 14];
        {
            Gc::try_from_vec(mc, elements).unwrap_err();
        };
        assert_eq!(Rc::strong_count(&dropped), 1);
    });
}
