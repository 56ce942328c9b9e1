//! Case 34: code of the `'static` member of a family does not run on a heap's objects.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Root, Trace};

#[derive(Trace)]
struct Leaky<'gc>(Gc<'gc, str>);

thread_local! {
    static SLOT: std::cell::RefCell<Option<Gc<'static, str>>> = const { std::cell::RefCell::new(None) };
}

impl std::fmt::Debug for Leaky<'static> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        SLOT.set(Some(self.0));
        Ok(())
    }
}
impl Clone for Leaky<'static> {
    fn clone(&self) -> Self {
        SLOT.set(Some(self.0));
        Leaky(self.0)
    }
}
impl std::hash::Hash for Leaky<'static> {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {
        SLOT.set(Some(self.0));
    }
}

fn main() {
    let mut heap = Heap::<Leaky>::new(|mc| Leaky(Gc::from_str(mc, "leaked")));
    heap.mutate(|_, root| println!("{:?}", *root));
    heap.mutate(|_, root| drop(root.as_ref().clone()));
    heap.mutate(|_, root| std::hash::Hash::hash(&root, &mut std::hash::DefaultHasher::new()));
}
