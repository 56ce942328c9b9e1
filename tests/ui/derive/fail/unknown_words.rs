use gc_core::Trace;

#[derive(Trace)]
#[trace(leaf)]
struct Point {
    #[trace(ignore)]
    x: f64,
}

fn main() {}
