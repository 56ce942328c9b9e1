//! Elements of all shapes, and what a vector does at its borders.

use super::*;

#[test]
fn elements_may_be_of_any_size_and_alignment() {
    #[derive(Clone, Copy, PartialEq, Debug)]
    #[repr(align(64))]
    struct Wide(u8);
    // SAFETY: the type holds no pointers.
    unsafe impl<'gc> Trace<'gc> for Wide {
        const NEEDS_TRACE: bool = false;
        fn trace(&self, _: &mut Tracer<'gc>) {}
        fn relocate(&mut self, _: &mut crate::Relocator<'gc>) {}
    }

    fn holds<'gc, T: Copy + Trace<'gc> + PartialEq>(
        mc: &crate::Mutation<'gc>,
        count: usize,
        element: impl Fn(usize) -> T,
    ) {
        let vec = GcVec::from_iter(mc, (0..count).map(&element));
        let expected: Vec<T> = (0..count).map(&element).collect();
        assert!(vec == expected[..] && vec.to_vec() == expected);
        assert!(vec.iter().rev().eq(expected.iter().rev().copied()));
        vec.fill(mc, element(3));
        assert!(vec.len() == count && vec.iter().all(|e| e == element(3)));
    }

    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        holds(mc, 5000, |_| ());
        holds(mc, 5000, |n| n as u8);
        holds(mc, 5000, |n| [n as u8; 3]);
        holds(mc, 5000, |n| [n as u32; 3]);
        holds(mc, 5000, |n| n as u128);
        holds(mc, 3000, |n| Wide(n as u8));
        holds(mc, 700, |n| [n; 100]);
        holds(mc, 70, |n| [n; 1000]);
        holds(mc, 20, |n| [n; 2000]);
        let vec = GcVec::from_iter(mc, (0..40).map(Wide));
        assert!((0..40).all(|n| {
            // SAFETY: the index is below the length.
            let at = unsafe { vec.0.chunk_of(n) }.as_ptr();
            at.addr() % 64 == 0
        }));
    });
    heap.collect();
}

#[test]
fn an_iterator_ends_when_the_vector_does() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        let vec = GcVec::from_iter(mc, 0..1000);
        let mut iter = vec.iter();
        assert_eq!((iter.next(), iter.next_back(), iter.len()), (Some(0), Some(999), 998));
        vec.push(mc, 1000);
        assert_eq!(iter.next_back(), Some(998));
        vec.truncate(mc, 3);
        assert_eq!((iter.len(), iter.next_back(), iter.next(), iter.next()), (2, Some(2), Some(1), None));
        vec.extend(mc, 0..10);
        assert_eq!((iter.next(), iter.next_back()), (None, None));
        vec.truncate(mc, 0);
        assert_eq!((vec.iter().next_back(), vec.iter().len()), (None, 0));
        // Each element is seen once, although the vector grows.
        vec.extend(mc, 0..5);
        vec.iter().for_each(|n| vec.push(mc, n));
        assert_eq!(vec, [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
        assert_eq!(vec.iter().nth(7), Some(2));
        assert_eq!(vec.iter().nth(10), None);
    });
}

#[test]
fn callbacks_may_change_the_vector() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        let vec = GcVec::from_iter(mc, 0..600);
        vec.retain(mc, |n| {
            if n == 400 {
                vec.clear(mc);
            }
            true
        });
        assert!(vec.is_empty());
        vec.extend(mc, (0..300).rev());
        vec.sort_by(mc, |a, b| {
            vec.truncate(mc, 10);
            a.cmp(b)
        });
        assert_eq!(vec, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        vec.extend(mc, (0..1000).inspect(|_| vec.truncate(mc, 9)));
        assert_eq!(vec.last(), Some(999));
    });
}

#[test]
fn a_push_at_the_limit_gives_the_value_back() {
    let config = Config::default().heap_limit(1 << 20);
    let mut heap = Heap::<GcVec<'static, u64>>::with_config(config, |mc| GcVec::new(mc));
    heap.mutate(|mc, vec| {
        let error = (0..u64::MAX).find_map(|n| vec.try_push(mc, n).err()).expect("the heap is limited");
        let len = vec.len();
        assert!(len > 10_000 && error.into_inner() == len as u64);
        assert!(vec.iter().eq(0..len as u64));
        assert!(vec.try_reserve(mc, usize::MAX).is_err());
        assert!(vec.try_extend_from_slice(mc, &[1; 4096]).is_err());
        assert_eq!(vec.len(), len);
        vec.clear(mc);
    });
    heap.collect();
    heap.mutate(|mc, vec| vec.extend(mc, 0..1000));
}

#[test]
#[should_panic = "index 3 is out of bounds: this GcVec has 3 elements"]
fn a_write_out_of_bounds_panics() {
    Heap::<GcVec<'static, u8>>::new(|mc| GcVec::from_slice(mc, &[1, 2, 3])).mutate(|mc, vec| vec.set(mc, 3, 4));
}

#[test]
fn vectors_of_vectors_are_traced() {
    let mut heap = Heap::<GcVec<'static, GcVec<'static, u32>>>::new(|mc| GcVec::new(mc));
    for n in 0..500 {
        heap.mutate(|mc, vec| vec.push(mc, GcVec::from_iter(mc, 0..n)));
        heap.collect_young();
    }
    heap.collect();
    heap.mutate(|_, vec| {
        for (n, inner) in vec.iter().enumerate() {
            assert!(inner.iter().eq(0..n as u32));
        }
        assert!(vec.get(7) == vec.get(7) && vec.get(7) != vec.get(8));
        assert_eq!(format!("{:?}", vec.get(3).unwrap()), format!("GcVec({:p}, len 3)", vec.get(3).unwrap().as_ptr()));
    });
}

#[test]
fn elements_move() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        let (a, b) = (Gc::new(mc, 1), Gc::new(mc, 2));
        let vec = GcVec::from_iter(mc, (0..300).map(|_| [a; 3]));
        vec.pop(mc);
        // SAFETY: the indices are below the capacity.
        let chunks: Vec<_> = (0..300).step_by(32).map(|n| unsafe { vec.0.chunk_of(n) }.object()).collect();
        assert_eq!(redirect(a, b, &chunks), 299 * 3);
        assert!(vec.iter().flatten().all(|word| word.ptr_eq(b)));
        let inner = GcVec::from_iter(mc, [vec]);
        let holder = Gc::new(mc, inner);
        // SAFETY: as above.
        let chunk = unsafe { inner.0.chunk_of(0) }.object();
        assert_eq!(redirect(vec.0, GcVec::new(mc).0, &[chunk, inner.0.object(), holder.object()]), 1);
        assert!(inner.get(0).unwrap().is_empty());
    });
}

#[test]
fn any_number_of_elements_without_a_size_lies_in_two_chunks() {
    let mut heap = Heap::<()>::with_config(crate::Config::default().heap_limit(1 << 20), |_| ());
    heap.mutate(|mc, _| {
        let vec = GcVec::<[Gc<'_, u32>; 0]>::with_capacity(mc, usize::MAX);
        for _ in 0..3000 {
            vec.push(mc, []);
        }
        assert_eq!((vec.len(), vec.iter().count(), vec.pop(mc)), (3000, 3000, Some([])));
        assert!(GcVec::<()>::new(mc).try_reserve(mc, usize::MAX).is_ok());
    });
    heap.collect();
    heap.verify();
}
