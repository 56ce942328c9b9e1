//! The brand: what belongs to a heap stays with it, and with the mutation.
//!
//! What the compiler refuses is in `ui/soundness`; here is what is told at run time, and what works.

#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use gc_core::{
    DynTrace, ExternalCharge, Gc, GcAny, GcCell, GcOnceCell, GcRefCell, Heap, Mutation, Root, Static, Trace, Weak,
    Write, gc_dyn,
};

/// True exactly where `T` implements the trait: an inherent constant is preferred to a trait's.
macro_rules! implements {
    ($ty:ty: $bound:path) => {{
        #[allow(dead_code, reason = "used where the bound does not hold")]
        trait Otherwise {
            const ANSWER: bool = false;
        }
        impl<T: ?Sized> Otherwise for T {}
        struct Ask<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "found only where the bound holds")]
        impl<T: ?Sized + $bound> Ask<T> {
            const ANSWER: bool = true;
        }
        <Ask<$ty>>::ANSWER
    }};
}

macro_rules! stays_on_its_thread {
    ($($ty:ty),+ $(,)?) => { $(
        assert!(!implements!($ty: Send), concat!(stringify!($ty), " is Send"));
        assert!(!implements!($ty: Sync), concat!(stringify!($ty), " is Sync"));
    )+ };
}

/// Case 7.
#[test]
fn heaps_and_all_that_belongs_to_them_stay_on_their_thread() {
    stays_on_its_thread![
        Heap<()>,
        Gc<'static, i32>,
        Gc<'static, [i32]>,
        Gc<'static, str>,
        GcAny<'static>,
        Root<i32>,
        Weak<'static, i32>,
        Mutation<'static>,
        ExternalCharge,
        &'static Write<GcCell<i32>>,
    ];
    // Cells of plain values are as Send as those of `core::cell`, and no more Sync.
    assert!(implements!(GcCell<i32>: Send) && implements!(GcRefCell<i32>: Send) && implements!(GcOnceCell<i32>: Send));
    assert!(
        !implements!(GcCell<i32>: Sync) && !implements!(GcRefCell<i32>: Sync) && !implements!(GcOnceCell<i32>: Sync)
    );
    assert!(!implements!(GcCell<Gc<'static, i32>>: Send));
}

/// Case 4.
#[test]
#[should_panic(expected = "this Root belongs to another heap")]
fn a_root_of_another_heap_is_told() {
    let mut mine = Heap::<()>::new(|_| ());
    let mut other = Heap::<()>::new(|_| ());
    let root = mine.mutate(|mc, _| Gc::new(mc, 1).root(mc));
    other.mutate(|mc, _| assert!(root.try_get(mc).is_none()));
    other.mutate(|mc, _| *root.get(mc));
}

/// Case 4.
#[test]
#[should_panic(expected = "this Root belongs to another heap")]
fn a_root_of_another_heap_is_not_set() {
    let mut mine = Heap::<()>::new(|_| ());
    let mut other = Heap::<()>::new(|_| ());
    let root = mine.mutate(|mc, _| Gc::new(mc, 1).root(mc));
    other.mutate(|mc, _| root.set(mc, Gc::new(mc, 2)));
}

/// Case 4: the address of the dead heap's state and roots may be that of the next heap's.
#[test]
fn a_root_of_a_dead_heap_is_told_from_one_of_the_next_at_the_same_address() {
    let mut roots = Vec::new();
    for round in 0..200 {
        let mut heap = Heap::<()>::new(|_| ());
        heap.mutate(|mc, _| {
            assert!(roots.iter().all(|root: &Root<i32>| root.try_get(mc).is_none()));
            roots.push(Gc::new(mc, round).root(mc));
            assert_eq!(*roots[round as usize].get(mc), round);
        });
    }
    let clones = roots.clone();
    drop(roots);
    drop(clones);
}

/// Case 6.
#[test]
fn a_heap_can_be_moved_replaced_and_leaked() {
    let make = |number| Heap::<GcCell<i32>>::new(move |_| GcCell::new(number));
    let mut heap = make(1);
    #[allow(clippy::redundant_closure, reason = "the function is not general over the brand")]
    let root = heap.mutate(|mc, root| Root::new(mc, root));
    let mut moved = Box::new(heap);
    moved.collect();
    moved.mutate(|mc, _| assert_eq!(root.get(mc).get(), 1));
    let mut old = std::mem::replace(&mut *moved, make(2));
    moved.mutate(|mc, root_2| {
        assert_eq!(root_2.get(), 2);
        assert!(root.try_get(mc).is_none());
    });
    std::mem::swap(&mut old, &mut moved);
    moved.mutate(|mc, _| root.get(mc).set(mc, 3));
    moved.collect();
    moved.mutate(|_, root| assert_eq!(root.get(), 3));
    // Leaked, as far as the roots can tell.
    let leaked = std::mem::ManuallyDrop::new(moved);
    drop(root);
    old.collect();
    drop(std::mem::ManuallyDrop::into_inner(leaked));
}

struct OnDrop<F: FnMut()>(F);
impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Case 6.
#[test]
fn a_heap_dropped_while_a_panic_unwinds_runs_its_destructors() {
    let count = Rc::new(Cell::new(0));
    let result = catch_unwind(AssertUnwindSafe(|| {
        let mut heap = Heap::<()>::new(|_| ());
        let mut root = None;
        heap.mutate(|mc, _| {
            for _ in 0..10 {
                let count = count.clone();
                root = Some(Gc::new(mc, Static(OnDrop(move || count.set(count.get() + 1)))).root(mc));
            }
            panic!("in a mutation");
        });
    }));
    assert_eq!(*result.unwrap_err().downcast::<&str>().unwrap(), "in a mutation");
    assert_eq!(count.get(), 10);
}

/// Case 6: of two thread-locals, the one that holds roots may go before or after the heap.
#[test]
fn a_heap_and_its_roots_can_go_with_their_thread_in_any_order() {
    type Roots = Vec<Root<Static<OnDrop<fn()>>>>;
    thread_local! {
        static EARLY: RefCell<Roots> = const { RefCell::new(Vec::new()) };
        static HEAP: RefCell<Option<Heap<()>>> = const { RefCell::new(None) };
        static LATE: RefCell<Roots> = const { RefCell::new(Vec::new()) };
    }
    static DROPPED: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    fn count() {
        DROPPED.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
    std::thread::spawn(|| {
        EARLY.with_borrow(|_| ());
        let mut heap = Heap::<()>::new(|_| ());
        heap.mutate(|mc, _| {
            for slot in [&EARLY, &LATE, &EARLY, &LATE] {
                slot.with_borrow_mut(|roots| roots.push(Gc::new(mc, Static(OnDrop(count as fn()))).root(mc)));
            }
        });
        heap.collect();
        HEAP.set(Some(heap));
    })
    .join()
    .unwrap();
    assert_eq!(DROPPED.load(std::sync::atomic::Ordering::Relaxed), 4);
}

/// Case 34: formatting, cloning and comparing what a heap gives to the outside runs no code of its objects. (That
/// such code cannot be run within a mutation either is in `ui/soundness`.)
#[test]
fn the_static_member_of_a_family_runs_no_code() {
    #[derive(Trace)]
    struct Leaky<'gc>(Gc<'gc, str>);
    impl std::fmt::Debug for Leaky<'static> {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("ran for {}", &*self.0)
        }
    }
    impl Clone for Leaky<'static> {
        fn clone(&self) -> Self {
            panic!("ran for {}", &*self.0)
        }
    }
    impl std::hash::Hash for Leaky<'static> {
        fn hash<H: std::hash::Hasher>(&self, _: &mut H) {
            panic!("ran for {}", &*self.0)
        }
    }
    let mut heap = Heap::<Leaky>::new(|mc| Leaky(Gc::from_str(mc, "secret")));
    let root = heap.mutate(|mc, root| root.root(mc));
    let shown = format!("{heap:?} {root:?} {:?} {:?}", root.clone(), heap.stats());
    assert!(!shown.contains("secret"));
    heap.mutate(|mc, root| {
        let any = GcAny::new(root);
        assert!(!format!("{root:?} {any:?} {:?} {mc:?}", root.downgrade()).contains("secret"));
    });
    heap.collect();
}

trait Shape<'gc>: DynTrace<'gc> {
    fn area(&self) -> f64;
}
gc_dyn!(Shape<'gc>);

#[derive(Trace, Debug, PartialEq, Clone, Copy)]
struct Square(f64);
impl<'gc> Shape<'gc> for Square {
    fn area(&self) -> f64 {
        self.0 * self.0
    }
}

/// Case 37.
#[test]
fn a_downcast_tells_families_apart() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        let byte = GcAny::from(Gc::new(mc, 7_u8));
        let bytes = GcAny::from(Gc::from_slice(mc, &[7_u8]));
        let string = GcAny::from(Gc::from_str(mc, "\u{7}"));
        let empty = GcAny::from(Gc::from_str(mc, ""));
        let shape: Gc<'_, dyn Shape<'_>> = Gc::new_dyn(mc, Square(2.0));
        let shape = GcAny::from(shape);
        let square = GcAny::from(Gc::new(mc, Square(2.0)));
        let answers = |any: GcAny<'_>| {
            [
                any.is::<u8>(),
                any.is::<[u8]>(),
                any.is::<str>(),
                any.is::<Square>(),
                any.is::<dyn Shape<'_>>(),
                any.is::<i8>(),
            ]
        };
        assert_eq!(answers(byte), [true, false, false, false, false, false]);
        assert_eq!(answers(bytes), [false, true, false, false, false, false]);
        assert_eq!(answers(string), [false, false, true, false, false, false]);
        assert_eq!(answers(empty), [false, false, true, false, false, false]);
        assert_eq!(answers(shape), [false, false, false, true, true, false]);
        assert_eq!(answers(square), [false, false, false, true, false, false]);
        assert_eq!(shape.downcast::<Square>().unwrap().0, 2.0);
        assert_eq!(shape.downcast::<dyn Shape<'_>>().unwrap().area(), 4.0);
        assert!(square.downcast::<dyn Shape<'_>>().is_none());
        assert_eq!(&*string.downcast::<str>().unwrap(), "\u{7}");
        let options = GcAny::from(Gc::new(mc, Some(Gc::new(mc, 1_u8))));
        assert!(
            options.is::<Option<Gc<'_, u8>>>() && !options.is::<Option<Gc<'_, i8>>>() && !options.is::<Gc<'_, u8>>()
        );
        let pointers = GcAny::from(Gc::new(mc, Static(str::len as for<'a> fn(&'a str) -> usize)));
        assert!(pointers.is::<Static<for<'a> fn(&'a str) -> usize>>());
        assert!(!pointers.is::<Static<fn(&'static str) -> usize>>());
    });
}
