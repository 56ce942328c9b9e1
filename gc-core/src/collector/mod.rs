//! Which objects die, and when.

#[allow(dead_code)] // until the cycle calls it
mod pacer;
