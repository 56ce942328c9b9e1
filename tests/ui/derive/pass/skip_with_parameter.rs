use gc_core::Trace;

#[derive(Trace)]
struct Slot<T> {
    #[trace(skip)]
    value: Option<T>,
}

fn can_be_held<'gc>(_: &impl Trace<'gc>) {}

fn hold(value: Slot<std::thread::ThreadId>) {
    can_be_held(&value);
}

fn main() {}
