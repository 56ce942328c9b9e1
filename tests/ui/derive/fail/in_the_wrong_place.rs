use gc_core::Trace;

#[derive(Trace)]
#[trace(skip)]
struct Point {
    #[trace(static)]
    x: f64,
}

#[derive(Trace)]
enum Shape {
    #[trace(skip)]
    Circle(f64),
}

fn main() {}
