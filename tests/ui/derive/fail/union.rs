use gc_core::Trace;

#[derive(Trace)]
union Number {
    integer: u64,
    float: f64,
}

fn main() {}
