//! Integration tests of gc-core. They use its public API only.
