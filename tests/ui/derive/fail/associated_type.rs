use gc_core::Trace;

trait Language {
    type Value;
}

trait Printer {}

#[derive(Trace)]
struct Register<L: Language + Printer> {
    value: L::Value,
}

fn main() {}
