use gc_core::Trace;

trait Language {
    type Value;
}

#[derive(Trace)]
struct Register<L: Language> {
    value: <L as Language>::Value,
}

fn main() {}
