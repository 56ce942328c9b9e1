use gc_core::{Gc, Trace};

#[derive(Trace)]
struct Slot<T> {
    #[trace(skip)]
    value: Option<T>,
}

#[derive(Trace)]
struct Node<'gc> {
    name: Gc<'gc, str>,
    thread: Slot<std::thread::ThreadId>,
}

fn main() {}
