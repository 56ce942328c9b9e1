use gc_core::Trace;

#[derive(Trace)]
struct Point {
    x: f64,
    #[trace(skip)]
    y: f64,
}

#[derive(Trace)]
enum Shape {
    Circle(f64),
}

fn main() {}
