//! An embeddable, safe, tracing garbage collector with one-word pointers and short pauses.
