use gc_core::Trace;

trait Language {
    type Value;
}

trait Printer {
    type Value;
}

/// Which of the two is unknown to the derive.
#[derive(Trace)]
struct Register<L: Language + Send> {
    value: L::Value,
}

fn main() {}
