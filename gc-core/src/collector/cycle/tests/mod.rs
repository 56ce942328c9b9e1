//! The protocol's promises, one test each. (`DESIGN.md`, section 6.)

mod bounds;
mod destructors;
mod ephemerons;
mod evacuation;
mod faint;
mod guardians;
mod leaves;
mod limits;
mod overflow;
mod panics;
mod random;
mod rows;
mod segments;
mod snapshot;
mod waiting;
mod weak;
