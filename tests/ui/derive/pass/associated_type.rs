use gc_core::Trace;

trait Language {
    type Value;
}

trait Printer {}

#[derive(Trace)]
struct Register<L: Language + Printer> {
    value: <L as Language>::Value,
}

#[derive(Trace)]
struct Other<L: Language + Copy + Send> {
    value: L::Value,
}

fn main() {}
