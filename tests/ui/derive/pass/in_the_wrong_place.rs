use gc_core::Trace;

#[derive(Trace)]
#[trace(static)]
struct Point {
    x: f64,
}

#[derive(Trace)]
enum Shape {
    Circle(#[trace(skip)] f64),
}

fn main() {}
