//! Two tables about the Scheme on gc-core: its time beside that of `steel-core`, and the collector's share of it.
//!
//! `cargo run --release -p gc-benches --no-default-features --features scheme --bin gc-scheme-table`
//!
//! The first has four programs that both understand as they are, each run several times in turn on a machine of its
//! own; the least time counts, from text to value, without the making of the machine. The second has the programs of
//! `examples/scheme/programs`, each in a heap of three times what it has live at most (and 6 MiB at least): `Stats::time` over the time
//! that the program takes.

#![forbid(unsafe_code)]

mod share;
mod versus;

fn main() {
    versus::print_table(5);
    println!();
    share::print_table();
}
