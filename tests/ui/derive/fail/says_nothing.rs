use gc_core::Trace;

#[derive(Trace)]
#[trace]
struct Point {
    #[trace()]
    x: f64,
    #[trace = "skip"]
    y: f64,
}

#[derive(Trace)]
enum Shape {
    #[trace]
    Circle(f64),
}

fn main() {}
