use gc_core::{Gc, Trace};

#[derive(Trace)]
#[trace(static)]
struct Wrapper<T>(T);

#[derive(Trace)]
struct Node<'gc> {
    name: Gc<'gc, Wrapper<std::thread::ThreadId>>,
}

fn main() {}
