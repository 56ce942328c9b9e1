//! Derived types at work: what their fields point to lives, what they own is dropped once and counted.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::rc::Rc;

use gc_core::{Gc, GcCell, GcRefCell, Heap, Static, Trace, Weak};

/// Counts its drops.
#[derive(Trace)]
#[trace(static)]
struct Counted(Rc<Cell<u32>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[derive(Trace)]
struct Own<T> {
    value: Option<T>,
}

type Text<'gc> = Gc<'gc, str>;

#[derive(Trace)]
enum Everywhere<'gc, T> {
    Nowhere,
    Tuple(u8, Text<'gc>, [Text<'gc>; 2]),
    Struct { boxed: Box<Own<Text<'gc>>>, generic: T, cell: GcCell<Option<Gc<'gc, Self>>> },
}

#[derive(Trace)]
struct Root<'gc> {
    values: GcRefCell<Vec<Gc<'gc, Everywhere<'gc, Own<Text<'gc>>>>>>,
    texts: GcRefCell<Vec<Weak<'gc, str>>>,
}

#[test]
fn what_a_field_points_to_lives() {
    let mut heap =
        Heap::<Root<'_>>::new(|_| Root { values: GcRefCell::new(Vec::new()), texts: GcRefCell::new(Vec::new()) });
    heap.mutate(|mc, root| {
        let text = |content: &str| {
            let text = Gc::from_str(mc, content);
            root.write(mc, |root| &root.texts).borrow_mut().push(text.downgrade());
            text
        };
        let nowhere = Gc::new(mc, Everywhere::Nowhere);
        let tuple = Gc::new(mc, Everywhere::Tuple(0, text("0"), [text("1"), text("2")]));
        let named = Gc::new(
            mc,
            Everywhere::Struct {
                boxed: Box::new(Own { value: Some(text("3")) }),
                generic: Own { value: Some(text("4")) },
                cell: GcCell::new(Some(tuple)),
            },
        );
        let _dead = text("dead");
        root.write(mc, |root| &root.values).borrow_mut().extend([nowhere, named]);
    });
    for _ in 0..3 {
        heap.collect_young();
        heap.collect();
        heap.mutate(|mc, root| {
            let alive: Vec<_> = root.texts.borrow().iter().map(|text| text.upgrade(mc)).collect();
            let alive: Vec<_> = alive.iter().map(|text| text.as_deref()).collect();
            assert_eq!(alive, [Some("0"), Some("1"), Some("2"), Some("3"), Some("4"), None]);
        });
    }
}

#[derive(Trace)]
struct Holder<'gc> {
    _name: Gc<'gc, str>,
    _counted: Counted,
    _list: Vec<Counted>,
}

#[test]
fn the_destructors_of_fields_run_once() {
    let drops = Rc::new(Cell::new(0));
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        let counted = || Counted(Rc::clone(&drops));
        Gc::new(mc, Holder { _name: Gc::from_str(mc, "dead"), _counted: counted(), _list: vec![counted(), counted()] });
        Gc::new(mc, counted());
    });
    heap.collect();
    assert_eq!(drops.get(), 4);
    heap.collect();
    drop(heap);
    assert_eq!(drops.get(), 4);
}

#[derive(Trace)]
struct Document<'gc> {
    _title: Gc<'gc, str>,
    _text: Own<String>,
    #[trace(skip)]
    _cache: Vec<u8>,
    _foreign: Static<Vec<u8>>,
}

#[test]
fn memory_that_fields_own_is_counted_unless_skipped() {
    const TEXT: usize = 1 << 20;
    let mut heap = Heap::<()>::new(|_| ());
    let before = heap.stats().external_bytes;
    let kept = heap.mutate(|mc, _| {
        let document = Document {
            _title: Gc::from_str(mc, "title"),
            _text: Own { value: Some(String::with_capacity(TEXT)) },
            _cache: Vec::with_capacity(TEXT),
            _foreign: Static(Vec::with_capacity(TEXT)),
        };
        gc_core::Root::new(mc, Gc::new(mc, document))
    });
    heap.collect();
    assert_eq!(heap.stats().external_bytes - before, TEXT);
    drop(kept);
    heap.collect();
    assert_eq!(heap.stats().external_bytes, before);
}
