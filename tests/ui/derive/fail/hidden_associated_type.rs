use gc_core::Trace;

trait Language {
    type Value;
}

type ValueOf<L> = <L as Language>::Value;

#[derive(Trace)]
struct Register<L: Language> {
    value: ValueOf<L>,
}

fn main() {}
