use gc_core::Trace;

#[derive(Trace)]
enum Number {
    Integer(u64),
    Float(f64),
}

#[derive(Trace)]
#[trace(static)]
union Bits {
    integer: u64,
    float: f64,
}

fn main() {}
