//! The protocol's promises, one test each. (`DESIGN.md`, section 6.)

mod bounds;
mod destructors;
mod limits;
mod overflow;
mod panics;
mod random;
mod segments;
mod snapshot;
mod weak;
