use gc_core::Trace;

#[derive(Trace)]
#[trace(static)]
#[trace(static)]
struct Point {
    x: f64,
}

#[derive(Trace)]
struct Other {
    #[trace(skip, skip)]
    x: f64,
}

fn main() {}
