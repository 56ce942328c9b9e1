//! A program that is watched between its slices.

mod common;

use gc_core::Config;

const LISTS: &str = "
    (define (build n) (if (= n 0) '() (cons n (build (- n 1)))))
    (let loop ((i 0) (kept '()))
      (if (= i 200) (length kept) (loop (+ i 1) (append (build 100) '()))))";

#[test]
fn the_program_stands_still_at_each_safepoint_and_goes_on() {
    let config = Config::default().nursery(64 << 10, 64 << 10);
    let (mut scheme, _) = common::interpreter(config, None, 60, &[]);
    let mut allocated = vec![scheme.stats().allocated_bytes];
    let value = scheme.run_watched(LISTS, "lists", |safepoint| allocated.push(safepoint.stats().allocated_bytes));
    assert_eq!(value.as_deref(), Ok("100"));
    assert!(allocated.len() > 10, "{} safepoints", allocated.len());
    assert!(allocated.is_sorted());
}

#[test]
fn garbage_may_be_freed_there() {
    let config = Config::default().nursery(64 << 10, 64 << 10);
    let (mut scheme, _) = common::interpreter(config, None, 60, &[]);
    scheme.collect();
    let (before, mut most) = (scheme.stats().live_bytes, 0);
    let value = scheme.run_watched(LISTS, "lists", |safepoint| {
        safepoint.collect();
        most = most.max(safepoint.stats().live_bytes);
    });
    assert_eq!(value.as_deref(), Ok("100"));
    assert!((before..before + (100 << 10)).contains(&most), "{most} bytes alive at most, {before} before");
}
