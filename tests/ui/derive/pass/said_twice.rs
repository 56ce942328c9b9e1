use gc_core::Trace;

#[derive(Trace)]
#[trace(static)]
struct Point {
    x: f64,
}

#[derive(Trace)]
struct Other {
    #[trace(skip)]
    x: f64,
}

fn main() {}
