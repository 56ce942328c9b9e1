use gc_core::Trace;

#[derive(Trace)]
#[trace(static)]
struct Wrapper<T>(T);

fn can_be_held<'gc>(_: &impl Trace<'gc>) {}

fn hold(value: Wrapper<std::thread::ThreadId>) {
    can_be_held(&value);
}

fn main() {}
