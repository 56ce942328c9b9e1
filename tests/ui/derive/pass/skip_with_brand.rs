use gc_core::{Gc, Trace};

#[derive(Trace)]
struct Node<'gc> {
    name: Gc<'gc, str>,
    next: Option<Gc<'gc, Node<'gc>>>,
    inner: Option<Box<Self>>,
    #[trace(skip)]
    thread: Option<std::thread::ThreadId>,
}

fn main() {}
