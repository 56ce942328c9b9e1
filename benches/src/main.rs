//! The pause laboratory: what a collector costs, measured side by side.
fn main() {}
