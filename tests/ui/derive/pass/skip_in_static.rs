use gc_core::Trace;

#[derive(Trace)]
#[trace(static)]
struct Handle {
    thread: std::thread::ThreadId,
}

#[derive(Trace)]
struct Other {
    #[trace(skip)]
    thread: std::thread::ThreadId,
}

fn main() {}
