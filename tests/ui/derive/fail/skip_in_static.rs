use gc_core::Trace;

#[derive(Trace)]
#[trace(static)]
struct Handle {
    #[trace(skip)]
    thread: std::thread::ThreadId,
}

fn main() {}
