//! Every container is filled with pointers to objects, traced, and relocated after they have moved.

mod constants;
mod external;
mod foreign;
mod harness;
mod on_a_heap;
mod pointers;
mod std_types;
