use gc_core::Trace;

trait Language {
    type Value;
}

#[derive(Trace)]
struct Register<L: Language + Send> {
    value: <L as Language>::Value,
}

#[derive(Trace)]
struct Other<L: Language> {
    value: L::Value,
}

fn main() {}
