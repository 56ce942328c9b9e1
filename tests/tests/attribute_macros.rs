//! Case 14: a later attribute macro that rewrites a field's type cannot make the field untraced, since the derive
//! takes types from the values that it binds.

#![forbid(unsafe_code)]

use gc_core::{Config, Gc, GcCell, Heap, Stress, Trace};
use gc_tests_macros::rewrite_fields;

/// What the derive sees in this place; the field will be a `Gc`.
type Placeholder = u32;

#[derive(Trace)]
#[rewrite_fields]
struct Rewritten<'gc> {
    next: GcCell<Option<Gc<'gc, Rewritten<'gc>>>>,
    value: Placeholder,
}

#[test]
fn a_field_whose_type_was_rewritten_is_traced() {
    let never_written: Placeholder = 0;
    assert_eq!(never_written, 0);
    let config = Config::default().stress(Stress::all()).verify(true);
    let mut heap =
        Heap::<Rewritten>::with_config(config, |mc| Rewritten { next: GcCell::new(None), value: Gc::new(mc, 40) });
    for _ in 0..20 {
        heap.mutate(|mc, root| {
            let link = Rewritten { next: GcCell::new(root.next.get()), value: Gc::new(mc, *root.value + 2) };
            root.write(mc, |r| &r.next).set(Some(Gc::new(mc, link)));
        });
        heap.collect();
    }
    heap.mutate(|_, root| {
        let mut next = root.next.get();
        while let Some(link) = next {
            assert_eq!(*link.value, 42);
            next = link.next.get();
        }
    });
}
